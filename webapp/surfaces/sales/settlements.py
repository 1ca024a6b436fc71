"""Settlements: payments as they arrived, the credit of subscribers, the balance with the operator."""

from __future__ import annotations

from flask import url_for

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import lists
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .proformas import METHODS

VIEWS = {
    "": (N_("Payments"), "sales.settlements"),
    "credit": (N_("Credit of subscribers"), "sales.credit"),
    "papers": (N_("Papers"), "sales.papers"),
    "balance": (N_("Balance with the operator"), "sales.balance"),
}


def tabs_of(current: str) -> list[dict[str, object]]:
    """The tabs of the settlements, one of them current."""
    return [
        {"label": _(label), "href": url_for(endpoint), "current": view == current, "count": 0}
        for view, (label, endpoint) in VIEWS.items()
    ]


@bp.get("/settlements")
def settlements() -> str:
    """Payments, the newest first, and how much arrived this month."""
    text, today = wanted("q"), clock.today(site().timezone)
    with database().reading() as session:
        found = lists.payments(session, text, page_number())
        owners = lists.account_names(session, [payment.account_id for payment in found.items])
        numbers = lists.proforma_numbers(session, [payment.proforma_id for payment in found.items])
        paid = billing.proformas(session, state="paid").items
        month = lists.received_since(session, site().currency, today.replace(day=1))
    return render(
        "sales/settlements.html",
        title=_("Settlements"),
        tab_list=tabs_of(""),
        found=found,
        owners=owners,
        numbers=numbers,
        month=month,
        paid=[document for document in paid if document.origin != "manual"],
        text=text,
        methods={value: _(label) for value, label in METHODS},
        page_url=pages_of("sales.settlements", q=text),
    )


@bp.get("/settlements/credit")
def credit() -> str:
    """Subscribers with money on their credit."""
    text = wanted("q")
    with database().reading() as session:
        found = lists.credit_balances(session, text, page_number())
        owners = lists.account_names(session, [row.account_id for row in found.items])
    page_url = pages_of("sales.credit", q=text)
    return render(
        "sales/credits.html",
        title=_("Settlements"),
        tab_list=tabs_of("credit"),
        found=found,
        owners=owners,
        text=text,
        page_url=page_url,
    )


@bp.get("/settlements/balance")
def balance() -> str:
    """What the partner has with the operator, and what moved it."""
    with database().reading() as session:
        amount, limit = billing.wholesale_balance(session, site().currency)
        found = lists.wholesale_postings(session, site().currency, page_number())
        names = lists.names_paid(session, found.items)
    return render(
        "sales/balance.html",
        title=_("Settlements"),
        tab_list=tabs_of("balance"),
        found=found,
        names=names,
        balance=amount,
        credit_limit=limit,
        page_url=pages_of("sales.balance"),
    )
