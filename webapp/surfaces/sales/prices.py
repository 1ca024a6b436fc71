"""Prices (H-41): every ending with what it costs, what it sells for and what is left, changed in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import price_groups, price_undo, retail, rules
from webapp.reseller.catalog.facts import OPERATIONS, REGISTER
from webapp.reseller.catalog.price_groups import GroupRow
from webapp.reseller.catalog.price_table import ProductPrices, price_rows
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from . import price_forms, price_words
from .blueprint import bp

#: How long the last import is spoken of here; on its own page it stays until a price of it changes.
_LATELY = timedelta(days=1)
FILTERS: dict[str, str] = {
    "": N_("All"),
    "own": N_("Own prices"),
    "rule": N_("By the rule"),
    "loss": N_("Below cost"),
    "none": N_("Without a price"),
    "off": N_("Off sale"),
}


def _sources(row: ProductPrices) -> set[str]:
    return {cell.source for cell in row.every_cell().values() if cell.source}


#: Which rows a filter keeps.
_FITS: Mapping[str, Callable[[ProductPrices], bool]] = {
    "": lambda _row: True,
    "own": lambda row: "own" in _sources(row),
    "rule": lambda row: "rule" in _sources(row),
    "loss": lambda row: bool(row.losses),
    "none": lambda row: _entry(row) is None,
    "off": lambda row: not row.on_sale,
}


def _entry(row: ProductPrices) -> int | None:
    """What registering costs, for as short as it goes."""
    cell = row.first_cell(REGISTER)
    return cell.common if cell.amount is None else cell.amount


@bp.get("/prices")
def prices() -> str:
    """The table, narrowed by a filter and a part of an ending; `?group=` shows a price group's."""
    group, which, text = price_forms.group_of_address(), wanted("show", tuple(FILTERS)), wanted("q")
    today = clock.today(site().timezone)
    with database().reading() as session:
        every = price_rows(session, site().currency, today, group.id if group else None)
        book, groups = rules.in_force(session, today), price_groups.groups(session)
        imported = price_undo.last(session, since=clock.now() - _LATELY)
    found = [row for row in every if holds(row, text)]
    return render(
        "sales/prices.html",
        title=_("Prices"),
        rows=[row for row in found if _FITS[which](row)],
        every=every,
        which=which,
        text=text,
        groups=groups,
        chips_list=_chips(found, which, text, group),
        rule_list=book.mine("domain", group.id if group else None),
        imported=imported,
        rates=price_words.rates_used(cell for row in every for cell in row.cells.values()),
        tabs_list=price_words.tabs_of("sales.prices"),
        **_words(group),
    )


def holds(row: ProductPrices, text: str) -> bool:
    """Whether an ending has this part."""
    asked = text.strip().lstrip(".").lower()
    return asked in row.tld or asked in to_unicode(row.tld)


def _chips(rows: Sequence[ProductPrices], which: str, text: str, group: GroupRow | None) -> list[dict[str, Any]]:
    labels = {name: _(label) for name, label in FILTERS.items()}
    chips = chips_of("sales.prices", "show", which, labels, q=text, group=group.id if group else None)
    return [chip | {"count": sum(map(_FITS[name], rows))} for chip, name in zip(chips, FILTERS, strict=True)]


def _words(group: GroupRow | None) -> dict[str, Any]:
    kept = {"group": group.id} if group else {}
    return price_words.words(operations=OPERATIONS, group=group, group_args=kept, soon=_soon)


def _soon(day: date | None) -> bool:
    """A change of the cost that is near enough to think about."""
    return day is not None and (day - clock.today(site().timezone)).days <= 60


@bp.get("/prices/<int:product_id>/row")
def price_row(product_id: int) -> str:
    """One row of the table: to read, or with `?edit=1` to change."""
    group = price_forms.group_of_address()
    row = price_forms.row_of(product_id, group)
    if request.args.get("edit") != "1":
        return render("sales/_price_row.html", row=row, **_words(group))
    form = price_forms.form_of(row, price_forms.shortest(row), in_step=group is None)
    return render("sales/_price_row_form.html", row=row, form=form, **_words(group))


@bp.post("/prices/<int:product_id>/row")
def save_price_row(product_id: int) -> ResponseReturnValue:
    """The prices of the shortest periods, from the row."""
    group = price_forms.group_of_address()
    row = price_forms.row_of(product_id, group)
    keys = price_forms.shortest(row)
    form = price_forms.form_of(row, keys)
    if price_forms.saved(form, row, keys, group):
        return _row_again(product_id, group)
    return respond("sales/_price_row_form.html", form, row=row, **_words(group))


@bp.post("/prices/<int:product_id>/back")
@people.idempotent
def back_to_rule(product_id: int) -> ResponseReturnValue:
    """Leave the prices of one operation (or of all) to the rule again, from today on."""
    group = price_forms.group_of_address()
    operation = request.values.get("back", "")
    with database().writing() as session:
        count = retail.back_to_rules(session, actor(), product_id, operation, group.id if group else None)
    price_forms.row_of(product_id, group)
    if not getattr(request, "is_htmx", False):
        flash(_("The rule makes these prices again.") if count else _("No price of it was set by hand."))
        return redirect(url_for("sales.price_page", product_id=product_id, group=group.id if group else None), 303)
    return _row_again(product_id, group)


@bp.post("/prices/<int:product_id>/sale")
@people.idempotent
def set_on_sale(product_id: int) -> ResponseReturnValue:
    """Put an ending on sale or take it off."""
    group = price_forms.group_of_address()
    with database().writing() as session:
        catalog.set_on_sale(session, actor(), product_id, request.form.get("on_sale") == "1")
    return _row_again(product_id, group)


def _row_again(product_id: int, group: GroupRow | None) -> ResponseReturnValue:
    if not getattr(request, "is_htmx", False):
        return redirect(url_for("sales.prices", group=group.id if group else None), 303)
    row = price_forms.row_of(product_id, group)
    return render("sales/_price_row.html", row=row, saved=True, **_words(group))
