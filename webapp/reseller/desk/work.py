"""What waits for the partner today, out of every room: each item leads to where it is done and is gone afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.leases import ScheduledRun
from webapp.reseller.billing.models import Proforma
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain

#: Items of one kind that are listed one by one; the rest is a number.
LISTED = 4


@dataclass(frozen=True)
class Waiting:
    """Things of one kind that wait: the first few of them, how many there are, and their sum in minor units."""

    kind: str
    total: int
    items: list[Any] = field(default_factory=list)
    amount: int = 0


def work(session: Session) -> list[Waiting]:
    """What waits, in the order in which one would do it; kinds with nothing to do are left out."""
    today = clock.today(partners.partner(session).timezone)
    found = [
        _proformas(session, "paid", Proforma.state == "paid", Proforma.origin != "manual"),
        _domains(session),
        _count(session, "funds", OrderLine, OrderLine.state == "awaiting_funds"),
        _proformas(session, "overdue", Proforma.state == "issued", Proforma.due_date < today),
        _proformas(session, "unpaid", Proforma.state == "issued", Proforma.due_date >= today),
        _count(session, "failed", Message, Message.state == "failed"),
    ]
    return [waiting for waiting in found if waiting.total]


def _proformas(session: Session, kind: str, *where: Any) -> Waiting:
    total, amount = session.execute(select(func.count(Proforma.id), func.sum(Proforma.gross)).where(*where)).one()
    query = select(Proforma).where(*where).order_by(Proforma.due_date, Proforma.id).limit(LISTED)
    return Waiting(kind, total, list(session.scalars(query)) if total else [], int(amount or 0))


def _domains(session: Session) -> Waiting:
    query = select(Domain).where(Domain.state == "needs_attention").order_by(Domain.id)
    found = list(session.scalars(query.limit(200)))
    return Waiting("attention", len(found), found[:LISTED])


def _count(session: Session, kind: str, model: Any, *where: Any) -> Waiting:
    return Waiting(kind, session.scalar(select(func.count(model.id)).where(*where)) or 0)


@dataclass(frozen=True)
class Expiring:
    """How many domains end within so many days from now, and in the stretch since the shorter period."""

    days: int
    total: int
    fresh: int


def expiring(session: Session, periods: tuple[int, ...] = (30, 60, 90)) -> list[Expiring]:
    """Domains that will end soon, by period; one statement each."""
    found: list[Expiring] = []
    for days in periods:
        until = clock.now() + timedelta(days=days)
        live = Domain.state.in_(("active", "expiring"))
        total = session.scalar(select(func.count(Domain.id)).where(live, Domain.expires_at <= until)) or 0
        found.append(Expiring(days, total, total - (found[-1].total if found else 0)))
    return found


def ends_by_month(session: Session, months: int = 13) -> list[tuple[date, int]]:
    """(first day of a month, how many domains end in it), from this month on. One statement."""
    first = clock.today(partners.partner(session).timezone).replace(day=1)
    starts = [_later(first, step) for step in range(months + 1)]
    live = Domain.state.in_(("active", "expiring"))
    sums = [func.coalesce(func.sum(case((_between(begin, end), 1), else_=0)), 0) for begin, end in pairwise(starts)]
    row = session.execute(select(*sums).select_from(Domain).where(live)).one()
    return [(month, int(total)) for month, total in zip(starts, row, strict=False)]


def _later(month: date, months: int) -> date:
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def _between(begin: date, end: date) -> ColumnElement[bool]:
    return and_(Domain.expires_at >= _midnight(begin), Domain.expires_at < _midnight(end))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def last_runs(session: Session) -> list[ScheduledRun]:
    """The last run of every periodic job, by name."""
    latest = select(func.max(ScheduledRun.id)).group_by(ScheduledRun.job)
    return list(session.scalars(select(ScheduledRun).where(ScheduledRun.id.in_(latest)).order_by(ScheduledRun.job)))


def hot_counts(session: Session) -> dict[str, int]:
    """What needs a person, for the navigation: "proformas" to activate, unclear "domains", failed "messages"."""
    wanted = {
        "proformas": (Proforma.id, (Proforma.state == "paid", Proforma.origin != "manual")),
        "domains": (Domain.id, (Domain.state == "needs_attention",)),
        "messages": (Message.id, (Message.state == "failed",)),
    }
    return {
        name: session.scalar(select(func.count(column)).where(*where)) or 0 for name, (column, where) in wanted.items()
    }
