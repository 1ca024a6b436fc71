"""The compact panel: what the person owns and what is to be paid. Everything else is a click away in the shop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import session as visit
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.queries import AccountAccess
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import subscriber
from webapp.reseller.services import by_hand_queries
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, Service
from webapp.surfaces.shared import badges
from webapp.surfaces.shared.current import database, signed_in, site
from webapp.surfaces.shared.people import role
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.shopping.buyer import CHOSEN

from .blueprint import bp

#: Rows of each kind; the subscriber panel has the rest.
MOST = 8
#: Rights that open proformas, as in the subscriber panel.
_PAPERS = frozenset(("view", "order", "pay"))


@dataclass(frozen=True)
class Owned:
    """The first of each kind, and how many there are in all."""

    domains: tuple[Domain, ...] = ()
    domains_in_all: int = 0
    paid: frozenset[int] = frozenset()
    services: tuple[Service, ...] = ()
    services_in_all: int = 0
    services_paid: frozenset[int] = frozenset()
    to_pay: tuple[Proforma, ...] = ()
    to_pay_in_all: int = 0


@bp.get("/<lang:lang>/panel")
@role("user")
def panel() -> str:
    """Services and open proformas of the account at hand."""
    who = signed_in()
    with database().reading() as session:
        mine = accounts.accounts_of(session, who.id)
        here = next((each for each in mine if each.account.id == visit.get(CHOSEN)), mine[0] if mine else None)
        owned = _owned(session, here) if here else Owned()
    values = {"who": who, "here": here, "owned": owned, "today": clock.today(site().timezone), "day": _day}
    return render("frames/panel.html", title=_("Your account"), badges=badges, **values)


def _owned(session: Session, here: AccountAccess) -> Owned:
    account = here.account.id
    owned = Owned()
    if "view" in here.rights:
        page = services.domains(session, account_id=account)
        first = page.items[:MOST]
        paid = frozenset(subscriber.paid_for(session, [each.id for each in first]))
        others = by_hand_queries.services(session, account_id=account)
        newest = tuple(others.items[:MOST])
        waiting = frozenset(subscriber.services_paid_for(session, [each.id for each in newest]))
        owned = Owned(tuple(first), page.total, paid, newest, others.total, waiting)
    if here.rights & _PAPERS:
        unpaid = billing.proformas(session, account_id=account, state="issued")
        due = sorted(unpaid.items, key=lambda each: (each.due_date, each.id))[:MOST]
        owned = replace(owned, to_pay=tuple(due), to_pay_in_all=unpaid.total)
    return owned


def _day(instant: datetime) -> date:
    return instant.astimezone(ZoneInfo(site().timezone)).date()
