"""What the partner pays (H-46), read-only, beside what it charges; and whose exchange rates turn one into the other."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import exchange, rate_tables, recompute
from webapp.reseller.catalog.facts import OPERATIONS
from webapp.reseller.catalog.price_table import price_rows
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from . import price_words
from .blueprint import bp
from .prices import holds


class RatesForm(Form):
    """Whose tables convert wholesale prices."""

    rates = RadioField(lazy("Rates of"))


@bp.get("/prices/wholesale")
def wholesale_prices() -> str:
    """What a year of each ending costs, what will change, and what the sale leaves."""
    which, text = wanted("show", ("", "changes")), wanted("q")
    with database().reading() as session:
        every = price_rows(session, site().currency, clock.today(site().timezone))
    found = [row for row in every if holds(row, text)]
    changing = [row for row in found if any(row.first_cell(name).next_cost_from for name in OPERATIONS)]
    labels = {"": _("All"), "changes": _("Will change")}
    chips = chips_of("sales.wholesale_prices", "show", which, labels, q=text)
    counts = (len(found), len(changing))
    return render(
        "sales/wholesale_prices.html",
        title=_("Wholesale prices"),
        rows=changing if which else found,
        text=text,
        which=which,
        chips_list=[chip | {"count": count} for chip, count in zip(chips, counts, strict=True)],
        rates=price_words.rates_used(cell for row in every for cell in row.cells.values()),
        tabs_list=price_words.tabs_of("sales.wholesale_prices"),
        **price_words.words(operations=OPERATIONS),
    )


@bp.route("/prices/rates", methods=["GET", "POST"])
@people.idempotent
def price_rates() -> ResponseReturnValue:
    """Whose rates convert, and the tables that are known with their dates."""
    with database().reading() as session:
        partner = partners.partner(session)
        chosen, latest = exchange.source_of(partner), rate_tables.latest(session, partner.currency)
        rows = price_rows(session, partner.currency, clock.today(partner.timezone))
    form = RatesForm(data={"rates": chosen})
    form.rates.choices = [(name, _(word)) for name, word in price_words.BANKS.items()]
    if form.accepted() and _saved(form):
        flash(_("The rates are chosen; prices that the rules make follow."))
        return redirect(url_for("sales.price_rates"), 303)
    values: dict[str, Any] = price_words.words(latest=latest, tabs_list=price_words.tabs_of("sales.price_rates"))
    values["rates"] = price_words.rates_used(cell for row in rows for cell in row.cells.values())
    return respond("sales/price_rates.html", form, title=_("Exchange rates"), **values)


def _saved(form: RatesForm) -> bool:
    try:
        with database().writing() as session:
            exchange.choose_source(session, actor(), partners.partner(session), form.rates.data or "")
            recompute.recompute(session, actor())
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
