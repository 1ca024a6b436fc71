"""Subscribers as the partner looks for them, and the facts that matter about one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account, Contact, Membership, UserSignIn
from webapp.reseller.billing.models import CreditBalance, Proforma
from webapp.reseller.catalog.models import PriceGroupMember
from webapp.reseller.orders.models import Order
from webapp.reseller.services.models import Domain, Service

STATUSES = ("active", "suspended", "merged", "erased")
#: States of services that are there: they run, or wait for somebody.
LIVE = ("provisioning", "needs_attention", "active", "expiring", "expired", "redemption", "suspended")
_BITE = 1000


@dataclass(frozen=True)
class Wanted:
    """Filters of the list. `status` "": those who are there; `since`: registered then or later."""

    text: str = ""
    kind: str = ""
    status: str = ""
    group_id: int | None = None
    owing: bool = False
    since: datetime | None = None


def found(session: Session, wanted: Wanted, page: int = 1) -> Page[Account]:
    """The newest first."""
    return accounts.search_accounts(session, wanted.text, page, _where(wanted))


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    statuses = (wanted.status,) if wanted.status else ("active", "suspended")
    open_ones = exists().where(Proforma.account_id == Account.id, Proforma.state == "issued")
    member = exists().where(PriceGroupMember.account_id == Account.id, PriceGroupMember.group_id == wanted.group_id)
    return [
        Account.status.in_(statuses),
        *([Account.kind == wanted.kind] if wanted.kind else []),
        *([member] if wanted.group_id else []),
        *([open_ones] if wanted.owing else []),
        *([Account.created_at >= wanted.since] if wanted.since else []),
    ]


def exported(session: Session, wanted: Wanted) -> Iterator[tuple[Account, Contact | None]]:
    """Everybody who fits, each with the default contact, in flat memory: each bite goes on behind the last one's id."""
    behind: list[ColumnElement[bool]] = []
    while part := accounts.search_accounts(session, wanted.text, 1, [*_where(wanted), *behind], _BITE).items:
        contacts = accounts.default_contacts(session, [account.id for account in part])
        yield from ((account, contacts.get(account.id)) for account in part)
        behind = [Account.id < part[-1].id]
        session.expunge_all()


def open_amounts(session: Session, ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Subscriber id -> currency -> sum of the proformas that wait for money."""
    waiting = (Proforma.account_id.in_(set(ids)), Proforma.state == "issued")
    owner, money = Proforma.account_id, Proforma.currency
    rows = session.execute(select(owner, money, func.sum(Proforma.gross)).where(*waiting).group_by(owner, money))
    sums: dict[int, dict[str, int]] = {}
    for account_id, currency, amount in rows:
        sums.setdefault(account_id, {})[currency] = int(amount)
    return sums


@dataclass(frozen=True)
class Facts:
    """What one asks first: money that waits (currency -> minor units), how many services, when somebody last did
    something; and what waits for the partner."""

    open: dict[str, int]
    credit: int
    domains: int
    services: int
    last_at: datetime
    overdue: int
    to_activate: int


def facts(session: Session, account: Account, currency: str, today: date) -> Facts:
    """About one subscriber, in a handful of statements."""
    mine = Proforma.account_id == account.id
    credit = (CreditBalance.account_id == account.id, CreditBalance.currency == currency)
    return Facts(
        open=open_amounts(session, [account.id]).get(account.id, {}),
        credit=session.scalar(select(CreditBalance.amount).where(*credit)) or 0,
        domains=_count(session, Domain, Domain.account_id == account.id, Domain.state.in_(LIVE)),
        services=_count(session, Service, Service.account_id == account.id, Service.state.in_(LIVE)),
        last_at=_last_at(session, account),
        overdue=_count(session, Proforma, mine, Proforma.state == "issued", Proforma.due_date < today),
        to_activate=_count(session, Proforma, mine, Proforma.state == "paid", Proforma.origin != "manual"),
    )


def _count(session: Session, model: Any, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(model.id)).where(*where)) or 0


def _last_at(session: Session, account: Account) -> datetime:
    """The last order or sign-in of its own people; looks of staff are none."""
    ordered = session.scalar(select(func.max(Order.placed_at)).where(Order.account_id == account.id))
    people = select(Membership.user_id).where(Membership.account_id == account.id)
    own = (UserSignIn.user_id.in_(people), UserSignIn.staff_id.is_(None))
    signed_in = session.scalar(select(func.max(UserSignIn.created_at)).where(*own))
    return max(filter(None, (account.created_at, ordered, signed_in)))


def names_held_by(session: Session, contact_id: int) -> int:
    """How many live domains have this contact as their registrant: its data stand at the registry too."""
    return _count(session, Domain, Domain.registrant_id == contact_id, Domain.state.in_(LIVE))
