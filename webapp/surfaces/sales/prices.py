"""Prices: the table of endings beside what they cost, edited in place or on a page of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField
from wtforms.validators import Optional

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries, retail
from webapp.reseller.catalog.facts import OPERATIONS, REGISTER, RENEW
from webapp.reseller.catalog.queries import PriceCell, ProductPrices
from webapp.reseller.desk.pricing import Margin, margin
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

Keys = tuple[tuple[str, int], ...]


class PriceForm(Form):
    """Prices of one ending; the amount fields are added per period."""

    in_step = BooleanField(
        lazy("Change the prices of longer periods in step"),
        description=lazy("Each further year then costs what a renewal costs."),
    )


@lru_cache(maxsize=64)
def _form_class(keys: Keys) -> type[PriceForm]:
    """A form with one amount per (operation, years). A field left empty: not for sale for so long."""
    fields = {f"{operation}_{years}": AmountField(f"{operation} {years}", [Optional()]) for operation, years in keys}
    return type("PriceForm", (PriceForm,), fields)


def _yearly() -> Keys:
    return tuple((operation, 1) for operation in OPERATIONS)


def _all_periods(row: ProductPrices) -> Keys:
    years = range(row.min_years, row.max_years + 1)
    long = tuple((operation, number) for operation in (REGISTER, RENEW) for number in years)
    return (*long, *((operation, 1) for operation in OPERATIONS if operation not in (REGISTER, RENEW)))


def _form(row: ProductPrices, keys: Keys) -> PriceForm:
    data: dict[str, Any] = {f"{operation}_{years}": row.cell(operation, years).amount for operation, years in keys}
    return _form_class(keys)(data={**data, "in_step": keys == _yearly()})


def _typed(form: PriceForm, keys: Keys) -> dict[tuple[str, int], int | None]:
    return {(operation, years): form[f"{operation}_{years}"].data for operation, years in keys}


def cell_margin(cell: PriceCell) -> Margin | None:
    """What a price leaves, for the templates."""
    return margin(cell.amount, cell.wholesale, site().tax_mode, site().tax_rate_bp)


def _words(**more: Any) -> dict[str, Any]:
    return {"operations": OPERATIONS, "margin": cell_margin, "unicode_tld": to_unicode, **more}


def _row(product_id: int) -> ProductPrices:
    with database().reading() as session:
        found = retail.prices_of(session, product_id)
    if found is None:
        raise NotFound
    return found


@bp.get("/prices")
@people.role("owner")
def prices() -> str:
    """Every ending: wholesale beside retail, and what is left (H-41)."""
    with database().reading() as session:
        rows = queries.price_rows(session, site().currency, clock.today(site().timezone))
    return render("sales/prices.html", title=_("Prices"), rows=rows, **_words())


@bp.get("/prices/<int:product_id>/row")
@people.role("owner")
def price_row(product_id: int) -> str:
    """One row of the table: to read, or with `?edit=1` to change."""
    row = _row(product_id)
    if request.args.get("edit") != "1":
        return render("sales/_price_row.html", row=row, **_words())
    return render("sales/_price_row_form.html", row=row, form=_form(row, _yearly()), **_words())


@bp.post("/prices/<int:product_id>/row")
@people.role("owner")
def save_price_row(product_id: int) -> ResponseReturnValue:
    """The prices for a year, from the row."""
    row, keys = _row(product_id), _yearly()
    form = _form_class(keys)()
    if _saved(form, row, keys):
        if not getattr(request, "is_htmx", False):
            return redirect(url_for("sales.prices"), 303)
        return render("sales/_price_row.html", row=_row(product_id), saved=True, **_words())
    return respond("sales/_price_row_form.html", form, row=row, **_words())


@bp.route("/prices/<int:product_id>", methods=["GET", "POST"])
@people.role("owner")
def price_page(product_id: int) -> ResponseReturnValue:
    """Every period of one ending."""
    row = _row(product_id)
    keys = _all_periods(row)
    form = _form(row, keys)
    if request.method == "POST" and _saved(form, row, keys):
        flash(_("The prices of .%(tld)s hold from now on.", tld=to_unicode(row.tld)))
        return redirect(url_for("sales.price_page", product_id=product_id), 303)
    title = _("Prices of .%(tld)s", tld=to_unicode(row.tld))
    return respond("sales/price.html", form, title=title, row=row, **_words())


def _saved(form: PriceForm, row: ProductPrices, keys: Keys) -> bool:
    """Store what was typed; False when something has to be put right."""
    if not form.accepted():
        return False
    amounts = _typed(form, keys)
    if form.in_step.data:
        # What somebody typed for a longer period stands; the others follow.
        changed = {key: amount for key, amount in amounts.items() if amount != row.cell(*key).amount}
        amounts = retail.in_step(row, _of_one_year(amounts)) | changed
    try:
        with database().writing() as session:
            retail.set_amounts(session, actor(), row.product_id, amounts)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _of_one_year(amounts: Mapping[tuple[str, int], int | None]) -> dict[str, int | None]:
    return {operation: amount for (operation, years), amount in amounts.items() if years == 1}


@bp.post("/prices/<int:product_id>/sale")
@people.role("owner")
@people.idempotent
def set_on_sale(product_id: int) -> ResponseReturnValue:
    """Put an ending on sale or take it off."""
    with database().writing() as session:
        catalog.set_on_sale(session, actor(), product_id, request.form.get("on_sale") == "1")
    if getattr(request, "is_htmx", False):
        return render("sales/_price_row.html", row=_row(product_id), saved=True, **_words())
    return redirect(url_for("sales.prices"), 303)
