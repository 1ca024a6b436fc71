"""The CSV of a bank that we do not know: the partner says once which column is what, and sees what comes of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import statements
from webapp.reseller.billing.csv_settings import keep_profile, profile_of
from webapp.reseller.billing.statements import CsvProfile, csv_files, letters
from webapp.reseller.billing.statements.csv_profiles import DATE_FORMATS
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

_ROWS = 8
_WIDEST = 60
DAYS = dict(
    zip(DATE_FORMATS, ("2026-12-31", "31-12-2026", "31.12.2026", "31/12/2026", "20261231", "12/31/2026"), strict=True)
)


def _column(label: str, *, needed: bool = False) -> IntegerField:
    must = InputRequired(lazy("Write the number of the column.")) if needed else Optional()
    between = NumberRange(1, _WIDEST, lazy("Columns are counted from 1."))
    return IntegerField(label, [must, between], render_kw={"inputmode": "numeric"})


class ColumnsForm(Form):
    """Columns are counted from 1, as people count them."""

    file = FileField(
        lazy("A file to try it with"),
        description=lazy("Nothing of it is stored. Without a file only the description is kept."),
        render_kw={"accept": ".csv,.txt"},
    )
    delimiter = SelectField(lazy("Between the columns"))
    encoding = SelectField(lazy("Letters"))
    date_format = SelectField(lazy("How days are written"))
    decimal = SelectField(lazy("Decimal sign"))
    skip = IntegerField(
        lazy("Rows above the first movement"),
        [InputRequired(lazy("Write 0 if there are none.")), NumberRange(0, 100, lazy("Write a number from 0 to 100."))],
        render_kw={"inputmode": "numeric"},
    )
    date = _column(lazy("Day"), needed=True)
    amount = _column(lazy("Amount"), needed=True)
    title = _column(lazy("Title"), needed=True)
    name = _column(lazy("Name of the payer"))
    payer_account = _column(lazy("Account of the payer"))
    currency = _column(lazy("Currency"))
    reference = _column(lazy("The bank's number of the movement"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delimiter.choices = [(";", ";"), (",", ","), ("tab", _("tabulator")), ("|", "|")]
        self.encoding.choices = [("", _("find out")), *((name, name.upper()) for name in letters.ENCODINGS)]
        self.date_format.choices = list(DAYS.items())
        self.decimal.choices = [(",", _("comma: 1 234,50")), (".", _("point: 1,234.50"))]

    def profile(self) -> CsvProfile:
        """What was typed, as the reader of files wants it."""
        names = ("date", "amount", "title", "name", "payer_account", "currency", "reference")
        places: dict[str, Any] = {name: None if self[name].data is None else self[name].data - 1 for name in names}
        places["title"], places["account"] = (places["title"],), places.pop("payer_account")
        return CsvProfile(
            "\t" if self.delimiter.data == "tab" else self.delimiter.data,
            date_format=self.date_format.data,
            decimal=self.decimal.data,
            encoding=self.encoding.data,
            skip=self.skip.data or 0,
            **places,
        )


def own_profile() -> CsvProfile | None:
    """The description that the partner has kept, if any."""
    with database().reading() as session:
        return profile_of(partners.partner(session))


@bp.route("/bank/columns", methods=["GET", "POST"])
@people.idempotent
def bank_columns() -> ResponseReturnValue:
    """Describe, try, keep."""
    form = ColumnsForm()
    if not form.is_submitted():
        return _page(ColumnsForm(formdata=None, data=_kept(own_profile())))
    if not form.accepted():
        return _page(form)
    profile, raw = form.profile(), form.file.data.stream.read(statements.MAX_BYTES + 1) if form.file.data else b""
    if raw:
        return _tried(form, profile, raw)
    with database().writing() as session:
        keep_profile(session, actor(), profile)
    flash(_("The description is kept. Import the file now."))
    return redirect(url_for("sales.bank_page"), 303)


def _kept(profile: CsvProfile | None) -> dict[str, Any]:
    if profile is None:
        return {"delimiter": ";", "decimal": ",", "skip": 1, "date": 1, "date_format": DATE_FORMATS[0]}
    facts = {name: getattr(profile, name) for name in ("encoding", "date_format", "decimal", "skip")}
    facts["delimiter"] = "tab" if profile.delimiter == "\t" else profile.delimiter
    places = {name: getattr(profile, name) for name in ("date", "amount", "name", "account", "currency", "reference")}
    places["title"], places["payer_account"] = profile.title[0] if profile.title else None, places.pop("account")
    return facts | {name: None if place is None else int(place) + 1 for name, place in places.items()}


def _tried(form: ColumnsForm, profile: CsvProfile, raw: bytes) -> ResponseReturnValue:
    """Show the first rows as they stand and as they are read; the description is not kept yet."""
    rows: list[list[str]] = []
    try:
        text = letters.decoded(raw, profile.encoding)
        rows = csv_files.rows_of(text, profile.delimiter)[:_ROWS]
        (found,) = csv_files.read(text, profile, site().currency)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form, rows)
    return _page(form, rows, list(found.lines[:_ROWS]))


def _page(form: ColumnsForm, rows: Any = (), lines: Any = ()) -> ResponseReturnValue:
    width = max((len(row) for row in rows), default=0)
    title = _("CSV of another bank")
    page = render("sales/bank_columns.html", title=title, form=form, rows=rows, width=min(width, _WIDEST), lines=lines)
    return page, form.status if form.errors else 200
