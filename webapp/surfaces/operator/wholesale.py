"""Wholesale prices by currency, changed ending by ending; the facts of endings to read."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField
from wtforms.validators import InputRequired

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import queries
from webapp.reseller.catalog import wholesale as prices
from webapp.reseller.catalog.facts import CURRENCIES, OPERATIONS
from webapp.reseller.catalog.models import Tld
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .amounts import MoneyField
from .blueprint import bp

_AMOUNT = InputRequired(lazy("Enter a price."))


def _form(currency: str, amounts: dict[str, int]) -> Form:
    class WholesaleForm(Form):
        register = MoneyField(lazy("Registration, first year"), [_AMOUNT], currency=currency)
        renew = MoneyField(lazy("Renewal, each year"), [_AMOUNT], currency=currency)
        transfer = MoneyField(lazy("Transfer"), [_AMOUNT], currency=currency)
        restore = MoneyField(lazy("Recovery"), [_AMOUNT], currency=currency)
        valid_from = DateField(lazy("Holds from"), [InputRequired(lazy("Choose a day."))])

    return WholesaleForm(data={**amounts, "valid_from": clock.today("UTC")})


def _currency() -> str:
    asked = request.args.get("currency", "")
    return asked if asked in CURRENCIES else CURRENCIES[0]


@bp.get("/wholesale")
def wholesale() -> str:
    """Every ending with its prices for a year, and its facts."""
    currency = _currency()
    with database().reading() as session:
        rows = prices.table(session, currency, clock.today("UTC"))
    chips = [
        {
            "label": code,
            "href": url_for("operator.wholesale", currency=code),
            "current": code == currency,
            "count": None,
        }
        for code in CURRENCIES
    ]
    words = {"currency": currency, "operations": OPERATIONS, "unicode_tld": to_unicode}
    return render("operator/wholesale.html", title=_("Wholesale prices"), rows=rows, chips_list=chips, **words)


@bp.route("/wholesale/<int:tld_id>", methods=["GET", "POST"])
@people.idempotent
def wholesale_price(tld_id: int) -> ResponseReturnValue:
    """One ending in one currency: facts, prices from a day on, what they were. The same again changes nothing."""
    currency = _currency()
    with database().reading() as session:
        tld = queries.tld(session, tld_id)
        if tld is None:
            raise NotFound
        row = next(row for row in prices.table(session, currency, clock.today("UTC")) if row.tld.id == tld_id)
        history = prices.history(session, tld_id, currency)
    form = _form(currency, row.amounts)
    if form.accepted() and _saved(form, tld, currency):
        return redirect(url_for("operator.wholesale_price", tld_id=tld_id, currency=currency), 303)
    title = _("Wholesale prices of .%(tld)s", tld=to_unicode(tld.name))
    context: dict[str, Any] = {"tld": tld, "currency": currency, "history": history, "unicode_tld": to_unicode}
    return respond("operator/wholesale_price.html", form, title=title, **context)


def _saved(form: Form, tld: Tld, currency: str) -> bool:
    amounts = {operation: form[operation].data for operation in OPERATIONS}
    try:
        with database().writing() as session:
            changed = prices.set_wholesale(session, actor(), tld.id, currency, amounts, form["valid_from"].data)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    text = ngettext(
        "%(num)s price changed, longer periods included.", "%(num)s prices changed, longer periods included.", changed
    )
    flash(text if changed else _("Nothing changed: these prices hold already."))
    return True
