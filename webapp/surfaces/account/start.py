"""The first page after signing in: what needs me now, then what I own. And changing from one account to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import current_locale, format_money
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import plans
from webapp.reseller.orders import documents, subscriber
from webapp.reseller.orders.subjects import name_of
from webapp.reseller.services import by_hand_queries
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, Service
from webapp.surfaces.shared import badges, people
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from . import mine, words
from .blueprint import bp

#: How many days ahead an ending name is something to do, and how long returned money is news.
SOON, NEWS = 30, 60
#: How many of each the page shows; the lists have the rest.
MOST_TODO, MOST_OWN = 5, 10


@dataclass(frozen=True)
class ToPay:
    """An open proforma and what must still arrive for it."""

    document: Proforma
    amount: int


@bp.get("/")
def start() -> str:
    """What needs me now, what I own, what is on my credit."""
    values: dict[str, Any] = {"to_pay": [], "unpaid": 0, "ending": [], "returned": [], "own": None, "credit": 0}
    values |= {"documents": [], "others": None}
    with database().reading() as session:
        if mine.may(*mine.PAPERS):
            values |= _money(session, mine.account_id())
        if mine.may("view"):
            values |= _names(session, mine.account_id())
            values["documents"] = documents.waiting(session, mine.account_id())
    return render("account/start.html", title=_("Overview"), badge_of=badges.domain_badge, **values)


def _money(session: Session, account_id: int) -> dict[str, Any]:
    unpaid = billing.proformas(session, account_id=account_id, state="issued")
    first = sorted(unpaid.items, key=lambda each: (each.due_date, each.id))[:MOST_TODO]
    credit = billing.credit(session, account_id, site().currency)
    return {
        # The credit can be used once: it is shown with the proforma that is due first.
        "to_pay": [
            ToPay(each, each.gross if at else billing.open_amount(session, each)) for at, each in enumerate(first)
        ],
        "unpaid": unpaid.total,
        "credit": credit,
        "returned": _returned(session, account_id) if credit else [],
    }


def _returned(session: Session, account_id: int) -> list[tuple[str, str]]:
    since = clock.now() - timedelta(days=NEWS)
    return [
        words.returned_said(
            each.operation, each.outcome, name_of(each.subject), format_money(each.amount, each.currency)
        )
        for each in subscriber.returned(session, account_id, since)[:MOST_TODO]
    ]


def _names(session: Session, account_id: int) -> dict[str, Any]:
    ending = services.expiring(session, SOON, account_id)
    renewing = subscriber.open_renewals(session, [domain.id for domain in ending])
    return {
        "ending": [domain for domain in ending if domain.id not in renewing][:MOST_TODO],
        "own": _own(session, account_id),
        "others": _others(session, account_id),
    }


@dataclass(frozen=True)
class Own:
    """The first names of an account, how many there are in all, and which of them are paid but not activated yet."""

    first: list[Domain]
    total: int
    paid: set[int]


def _own(session: Session, account_id: int) -> Own:
    page = services.domains(session, account_id=account_id)
    first = page.items[:MOST_OWN]
    return Own(first, page.total, subscriber.paid_for(session, [each.id for each in first]))


@dataclass(frozen=True)
class Others:
    """The newest services that are no names, how many there are in all, the products' names, which are paid."""

    first: list[Service]
    total: int
    names: dict[int, str]
    paid: set[int]


def _others(session: Session, account_id: int) -> Others:
    page = by_hand_queries.services(session, account_id=account_id)
    first = page.items[:MOST_OWN]
    found = plans.by_id(session, sorted({each.product_id for each in first}))
    names = {key: plans.name_in(product, current_locale(), site().locale) for key, product in found.items()}
    return Others(first, page.total, names, subscriber.services_paid_for(session, [each.id for each in first]))


@bp.post("/switch")
@people.idempotent
def switch() -> ResponseReturnValue:
    """Look at another of my accounts."""
    wanted = number_in(request.form, "account")
    if wanted is None:
        raise NotFound
    mine.choose(wanted)
    return redirect(url_for("account.start"), 303)
