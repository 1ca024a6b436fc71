"""How the business goes: new subscribers, orders, income and margin by day or month; domains by ending.

Asked for by a fragment of the first page, so that the page itself does not wait. Each sum runs over one partner's rows
of the period, by an index; the rows are grouped by the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.walls import column_of
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.catalog.models import Tld
from webapp.reseller.orders.models import Order
from webapp.reseller.services.models import Domain, ProvisioningOperation

#: Domains of which the endings are counted, by name: more take longer than a page may.
COUNTED = 20_000


@dataclass(frozen=True)
class Day:
    """One day; amounts in minor units. Margin: what activated proformas are worth net, less what registries cost."""

    day: date
    subscribers: int
    orders: int
    income: int
    margin: int


def days(session: Session, since: date, until: date, currency: str) -> list[Day]:
    """Every day of a period, both ends included. Five statements."""
    begin, end = _midnight(since), _midnight(until + timedelta(days=1))
    people = _instants(session, Account.created_at, Account.id, begin, end)
    orders = _instants(session, Order.placed_at, Order.id, begin, end)
    paid = _sums(
        session, Payment.received_on, Payment.amount, Payment.received_on.between(since, until),
        Payment.currency == currency, Payment.undone_at.is_(None),
    )  # fmt: skip
    sold = _sums(
        session, Proforma.issue_date, Proforma.net, Proforma.issue_date.between(since, until),
        Proforma.state == "activated", Proforma.currency == currency,
    )  # fmt: skip
    cost = _costs(session, begin, end, currency)
    every = (since + timedelta(days=step) for step in range((until - since).days + 1))
    return [
        Day(day, people.get(day, 0), orders.get(day, 0), paid.get(day, 0), sold.get(day, 0) - cost.get(day, 0))
        for day in every
    ]


def months(found: Iterable[Day]) -> list[Day]:
    """The same by month; the day is its first."""
    sums: dict[date, Day] = {}
    for each in found:
        first = each.day.replace(day=1)
        old = sums.get(first, Day(first, 0, 0, 0, 0))
        sums[first] = Day(
            first,
            old.subscribers + each.subscribers,
            old.orders + each.orders,
            old.income + each.income,
            old.margin + each.margin,
        )
    return list(sums.values())


def endings(session: Session, most: int = 10) -> list[tuple[str, int]]:
    """(ending, live domains), the most first."""
    live = select(Domain.tld_id).where(Domain.state.in_(("active", "expiring"))).limit(COUNTED).subquery()
    number = func.count()
    named = select(Tld.name, number).join(live, column_of(live, "tld_id") == Tld.id).group_by(Tld.name)
    rows = session.execute(named.order_by(number.desc(), Tld.name))
    return [(row[0], int(row[1])) for row in rows.fetchmany(most)]


def _instants(session: Session, column: Any, key: Any, begin: datetime, end: datetime) -> dict[date, int]:
    day = func.date(column)
    rows = session.execute(select(day, func.count(key)).where(column >= begin, column < end).group_by(day))
    return _by_day(rows, int)


def _sums(session: Session, day: Any, amount: Any, *where: Any) -> dict[date, int]:
    return _by_day(session.execute(select(day, func.sum(amount)).where(*where).group_by(day)), int)


def _costs(session: Session, begin: datetime, end: datetime, currency: str) -> dict[date, int]:
    made = ProvisioningOperation
    when = (made.created_at >= begin, made.created_at < end)
    day = func.date(made.created_at)
    held = (made.state == "confirmed", made.wholesale_currency == currency)
    return _by_day(session.execute(select(day, func.sum(made.wholesale_amount)).where(*when, *held).group_by(day)), int)


def _by_day(rows: Iterable[Any], number: Callable[[Any], int]) -> dict[date, int]:
    """SQLite gives days as texts."""
    return {date.fromisoformat(str(row[0])[:10]): number(row[1] or 0) for row in rows}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
