"""What waits for the partner today, out of every room: each item leads to where it is done and is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.leases import FAILED, ScheduledRun
from webapp.foundation.paging import COUNTED, counts
from webapp.foundation.walls import column_of
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.models import Proforma
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import renewal_queries
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain, ServiceTask

#: Items of one kind that are listed one by one; the rest is a number.
LISTED = 4
#: How far into the day a daily job may be without anybody worrying.
LATE = timedelta(hours=2)


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
    by_page = hot_counts(session)
    found = [
        _proformas(session, "paid", Proforma.state == "paid", Proforma.origin != "manual"),
        _readdressed(session),
        _domains(session),
        _count(session, "funds", OrderLine, OrderLine.state == "awaiting_funds"),
        _proformas(session, "overdue", Proforma.state == "issued", Proforma.due_date < today),
        _proformas(session, "unpaid", Proforma.state == "issued", Proforma.due_date >= today),
        *_stuck_renewals(session),
        Waiting("tasks", by_page["tasks"]),
        Waiting("bank", by_page["bank_page"]),
        Waiting("online", by_page["online_payments"]),
        Waiting("failed", by_page["messages"]),
    ]
    return [waiting for waiting in found if waiting.total]


def _readdressed(session: Session) -> Waiting:
    """Subscribers who ask for another buyer: by the index of those, which has no other order than that of the ids."""
    asked = (Proforma.asked_at.is_not(None), Proforma.state == "issued")
    return _proformas(session, "readdress", *asked, order=(Proforma.id,))


def _proformas(
    session: Session, kind: str, *where: Any, order: Sequence[Any] = (Proforma.due_date, Proforma.id)
) -> Waiting:
    found = select(Proforma.id, Proforma.gross).where(*where).order_by(*order)
    first = found.limit(COUNTED + 1).subquery()
    total, amount = session.execute(select(func.count(), func.sum(column_of(first, "gross"))).select_from(first)).one()
    query = select(Proforma).where(*where).order_by(*order).limit(LISTED)
    return Waiting(kind, total, list(session.scalars(query)) if total else [], int(amount or 0))


def _stuck_renewals(session: Session) -> list[Waiting]:
    """What ends soon and gets no proforma, by what is missing."""
    stuck = renewal_queries.stuck(session)
    by_reason = {why: [each for each in stuck if each.why == f"no_{why}"] for why in ("address", "price")}
    return [Waiting(f"renewals_without_{why}", len(found), found[:LISTED]) for why, found in by_reason.items()]


def _domains(session: Session) -> Waiting:
    query = select(Domain).where(Domain.state == "needs_attention").order_by(Domain.name, Domain.id)
    found = list(session.scalars(query.limit(200)))
    return Waiting("attention", len(found), found[:LISTED])


def _count(session: Session, kind: str, model: Any, *where: Any) -> Waiting:
    return Waiting(kind, counts(session, {kind: select(model.id).where(*where)})[kind])


@dataclass(frozen=True)
class Expiring:
    """How many domains end within so many days from now, and in the stretch since the shorter period."""

    days: int
    total: int
    fresh: int


def expiring(session: Session, periods: tuple[int, ...] = (30, 60, 90)) -> list[Expiring]:
    """Domains that will end soon, by period, as far as paging counts; one statement."""
    found: list[Expiring] = []
    live = Domain.state.in_(("active", "expiring"))
    until = {str(days): clock.now() + timedelta(days=days) for days in periods}
    ending = {name: select(Domain.id).where(live, Domain.expires_at <= end) for name, end in until.items()}
    totals = counts(session, ending)
    for days in periods:
        total = totals[str(days)]
        found.append(Expiring(days, total, total - (found[-1].total if found else 0)))
    return found


def ends_by_month(session: Session, months: int = 13) -> list[tuple[date, int]]:
    """(first day of a month, how many domains end in it), from this month on. One statement."""
    first = clock.today(partners.partner(session).timezone).replace(day=1)
    starts = [_later(first, step) for step in range(months + 1)]
    live = Domain.state.in_(("active", "expiring"))
    wanted = {str(begin): select(Domain.id).where(live, _between(begin, end)) for begin, end in pairwise(starts)}
    return [(date.fromisoformat(month), total) for month, total in counts(session, wanted).items()]


def _later(month: date, months: int) -> date:
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def _between(begin: date, end: date) -> ColumnElement[bool]:
    return and_(Domain.expires_at >= _midnight(begin), Domain.expires_at < _midnight(end))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    """A daily job: its last run that ended, the one that goes on now, when the next is due, and whether it is late.

    `result`: done | failed (the last try; the next one follows by itself) | "" before the first. What a run says of
    itself counts everybody's rows, and is for the operator.
    """

    name: str
    finished_at: datetime | None
    result: str
    running_since: datetime | None
    next_at: datetime | None  # None: at once
    is_stale: bool


def jobs(session: Session, names: Iterable[str]) -> list[Job]:
    """Every daily job (H-04), whether it ever ran or not. Jobs run once a day, soon after midnight UTC."""
    now = clock.now()
    runs: dict[str, list[ScheduledRun]] = {}
    recent = ScheduledRun.day >= now.date() - timedelta(days=14)
    for run in session.scalars(select(ScheduledRun).where(recent).order_by(ScheduledRun.day.desc())):
        runs.setdefault(run.job, []).append(run)
    return [_job(name, runs.get(name, []), now) for name in names]


def _job(name: str, runs: Sequence[ScheduledRun], now: datetime) -> Job:
    done = next((run for run in runs if run.finished_at), None)
    today = _midnight(now.date())
    ran_today = bool(done and done.day >= now.date())
    open_one = runs[0] if runs and runs[0].finished_at is None else None
    failed = open_one is not None and open_one.result == FAILED
    begun = open_one.started_at if open_one and not failed else None
    # Late: two hours into the day, and this day's run has not ended, or there was none at all yesterday.
    stale = not ran_today and (now - today > LATE or not done or done.day < now.date() - timedelta(days=1))
    next_at = today + timedelta(days=1) if ran_today else None
    result = "failed" if failed else "done" if done else ""
    return Job(name, done.finished_at if done else None, result, begun, next_at, stale)


def last_runs(session: Session) -> list[ScheduledRun]:
    """The last run of every periodic job, by name."""
    latest = select(func.max(ScheduledRun.id)).group_by(ScheduledRun.job)
    return list(session.scalars(select(ScheduledRun).where(ScheduledRun.id.in_(latest)).order_by(ScheduledRun.job)))


def hot_counts(session: Session) -> dict[str, int]:
    """What needs a person, by the page that shows it, for the menu: as far as paging counts, in one statement."""
    return counts(
        session,
        {
            "proformas": select(Proforma.id).where(Proforma.state == "paid", Proforma.origin != "manual"),
            "domains": select(Domain.id).where(Domain.state == "needs_attention"),
            "tasks": select(ServiceTask.id).where(ServiceTask.state == "open"),
            "bank_page": select(BankLine.id).where(BankLine.state == "open"),
            "online_payments": select(GatewayPayment.id).where(
                GatewayPayment.problem != "", GatewayPayment.state != "failed"
            ),
            "messages": select(Message.id).where(Message.state == "failed"),
        },
    )
