"""Price lists out and in (H-41): a file, what it would change, and changing it as it was shown."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired

from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import price_files, price_groups, price_imports, price_sheets, price_undo
from webapp.reseller.catalog.price_files import Sheet
from webapp.reseller.catalog.price_imports import Preview
from webapp.surfaces.shared import people, sheets
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from . import price_words
from .blueprint import bp

#: Changes and problems that the page names one by one.
MOST_SHOWN = 200


class PriceImportForm(Form):
    """A price list."""

    file = FileField(
        lazy("Price list"),
        [FileRequired(lazy("Choose a file."))],
        description=lazy("CSV or XLSX, up to 5 MB. Begin with an export of your prices: it has the right columns."),
        render_kw={"accept": ".csv,.xlsx,.txt"},
    )


@bp.get("/prices/export.csv")
def prices_as_csv() -> ResponseReturnValue:
    """Every price of today; what comes out can go in again."""
    with database().reading() as session:
        header, rows = price_files.export(session)
    return sheets.csv_file("prices", header, rows)


@bp.get("/prices/export.xlsx")
def prices_as_xlsx() -> ResponseReturnValue:
    """The same as a workbook."""
    with database().reading() as session:
        header, rows = price_files.export(session)
    return sheets.xlsx_file("prices", header, rows)


@bp.get("/prices/import")
def price_import() -> ResponseReturnValue:
    """The place for a file."""
    return _page(PriceImportForm(formdata=None))


@bp.post("/prices/import")
@people.idempotent
def read_price_list() -> ResponseReturnValue:
    """What the file would change; nothing is applied."""
    form = PriceImportForm()
    if not form.accepted():
        return _page(form)
    content, name = form.file.data.read(price_sheets.LARGEST_FILE + 1), form.file.data.filename or ""
    try:
        with database().reading() as session:
            sheet = price_files.read(session, content, name)
            shown = None if sheet.problems else price_imports.preview(session, sheet.rows)
        kept = "" if shown is None else packed(price_sheets.as_csv(price_sheets.lines(content, name)))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form)
    return _shown(sheet, shown, kept, 422 if sheet.problems else 200)


@bp.post("/prices/import/apply")
def apply_price_list() -> ResponseReturnValue:
    """Change the prices as the page before showed it."""
    kept, mark = request.form.get("prices", ""), request.form.get("mark", "")
    content = unpacked(kept)
    try:
        with database().writing() as session:
            sheet = price_files.read(session, content, "prices.csv")
            if sheet.problems:
                return _shown(sheet, None, "", 422)
            changed = price_imports.apply(session, actor(), sheet.rows, mark)
    except Refusal as refusal:
        return _again(content, kept, refusal)
    flash(ngettext("%(num)s price has changed.", "%(num)s prices have changed.", changed))
    return redirect(url_for("sales.prices"), 303)


@bp.post("/prices/import/undo")
def undo_import() -> ResponseReturnValue:
    """Take the last import back."""
    with told():
        with database().writing() as session:
            count = price_undo.undo(session, actor(), request.form.get("mark", ""))
        flash(
            ngettext(
                "Taken back: %(num)s price is what it was.", "Taken back: %(num)s prices are what they were.", count
            )
        )
    return redirect(url_for("sales.prices"), 303)


def _again(content: bytes, kept: str, refusal: Refusal) -> ResponseReturnValue:
    """Prices moved meanwhile: the same file beside those of now. A file that is none begins again."""
    form = PriceImportForm(formdata=None)
    form.refuse(refusal)
    if refusal.code != "changed":
        return _page(form)
    with database().reading() as session:
        sheet = price_files.read(session, content, "prices.csv")
        shown = None if sheet.problems else price_imports.preview(session, sheet.rows)
    return _shown(sheet, shown, kept, 422, form)


# --- parts ---------------------------------------------------------------------------------------------------


def packed(text: str) -> str:
    """A list as the page carries it to its confirmation: nothing has to be kept, and it is read again as strictly."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpacked(text: str) -> bytes:
    """Back again; "" for what is none, or would unfold to more than a file may have."""
    try:
        unfolding = zlib.decompressobj()
        content = unfolding.decompress(base64.b64decode(text, validate=True), price_sheets.LARGEST_FILE)
    except (binascii.Error, zlib.error, ValueError):
        return b""
    return b"" if unfolding.unconsumed_tail else content


def _page(form: PriceImportForm) -> ResponseReturnValue:
    values = price_words.words(tabs_list=price_words.tabs_of("sales.price_import"), columns=price_sheets.COLUMNS)
    with database().reading() as session:
        values["imported"] = price_undo.last(session)
    return respond("sales/price_import.html", form, title=_("Import and export of prices"), **values)


def _shown(
    sheet: Sheet, shown: Preview | None, kept: str, status: int, form: PriceImportForm | None = None
) -> ResponseReturnValue:
    with database().reading() as session:
        names = {one.id: one.name for one in price_groups.groups(session)}
    values: dict[str, Any] = price_words.words(sheet=sheet, shown=shown, kept=kept, names=names, most=MOST_SHOWN)
    values |= {"form": form or PriceImportForm(formdata=None), "problem_text": _problem_text}
    values |= {"below": [] if shown is None else [one for one in shown.changes if one.margin and one.margin.amount < 0]}
    page = render("sales/price_import_preview.html", title=_("What the list would change"), **values)
    return page, status


def _problem_text(problem: price_sheets.Problem) -> str:
    return _(problem.text) % dict(problem.params) if problem.params else _(problem.text)
