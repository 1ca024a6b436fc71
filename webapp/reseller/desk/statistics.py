"""What happened in the shop, by day: visits, searches, orders that a search led to, names that were searched.

All of it are sums (counting.py); nothing here leads to a person. Kept for 25 months, so that a month can be compared
with the same one of two years ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.reseller.cms.models import CampaignDay

from .housekeeping import Context
from .models import SearchDay, SearchedName, VisitDay

KEPT_MONTHS = 25
#: Rows of the lists beside the charts, and of an export.
MOST_LISTED, MOST_EXPORTED = 20, 100_000


@dataclass(frozen=True)
class Scope:
    """Which figures are wanted: from a day on; of one host and of one page, or of all ("")."""

    since: date
    host: str = ""
    path: str = ""


@dataclass(frozen=True)
class Counted:
    """A host, page or name with its number."""

    label: str
    number: int


def visits_by_day(session: Session, scope: Scope) -> dict[date, int]:
    """day -> pages shown; days without one are missing."""
    statement = _visits(select(VisitDay.day, func.sum(VisitDay.views)), scope)
    return {day: int(number) for day, number in session.execute(statement.group_by(VisitDay.day))}


def searches_by_day(session: Session, scope: Scope) -> dict[date, tuple[int, int]]:
    """day -> (searches, orders that ended one); of a host if one is named."""
    statement = select(SearchDay.day, func.sum(SearchDay.searches), func.sum(SearchDay.orders))
    statement = statement.where(SearchDay.day >= scope.since)
    if scope.host:
        statement = statement.where(SearchDay.host == scope.host)
    return {day: (int(asked), int(ended)) for day, asked, ended in session.execute(statement.group_by(SearchDay.day))}


def top_pages(session: Session, scope: Scope) -> list[Counted]:
    """The pages that were shown most."""
    return _most(
        session, _visits(select(VisitDay.path, func.sum(VisitDay.views)), scope), VisitDay.path, VisitDay.views
    )


def top_hosts(session: Session, scope: Scope) -> list[Counted]:
    """The hosts by the pages that they showed."""
    return _most(
        session, _visits(select(VisitDay.host, func.sum(VisitDay.views)), scope), VisitDay.host, VisitDay.views
    )


def top_names(session: Session, scope: Scope) -> list[Counted]:
    """The names that were searched most, over all hosts."""
    statement = select(SearchedName.name, func.sum(SearchedName.searches)).where(SearchedName.day >= scope.since)
    return _most(session, statement, SearchedName.name, SearchedName.searches)


def _visits(statement: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    statement = statement.where(VisitDay.day >= scope.since)
    if scope.host:
        statement = statement.where(VisitDay.host == scope.host)
    return statement.where(VisitDay.path == scope.path) if scope.path else statement


def _most(session: Session, statement: Select[*tuple[Any, ...]], label: Any, number: Any) -> list[Counted]:
    ordered = statement.group_by(label).order_by(func.sum(number).desc(), label).limit(MOST_LISTED)
    return [Counted(text, int(total)) for text, total in session.execute(ordered)]


# --- export --------------------------------------------------------------------------------------------------


def export(session: Session, scope: Scope) -> Iterator[tuple[str, str, str, str, int]]:
    """Every number as (day, what, host, page or name, number), the newest day first."""
    visits = _visits(select(VisitDay.day, VisitDay.host, VisitDay.path, VisitDay.views), scope)
    for day, host, path, views in session.execute(_newest(visits, VisitDay)):
        yield day.isoformat(), "visits", host, path, views
    if scope.path:
        return
    searched = select(SearchDay.day, SearchDay.host, SearchDay.searches, SearchDay.orders)
    searched = searched.where(SearchDay.day >= scope.since, *([SearchDay.host == scope.host] if scope.host else []))
    for day, host, asked, ended in session.execute(_newest(searched, SearchDay)):
        yield day.isoformat(), "searches", host, "", asked
        yield day.isoformat(), "orders after a search", host, "", ended
    if not scope.host:
        names = select(SearchedName.day, SearchedName.name, SearchedName.searches)
        for day, name, number in session.execute(_newest(names.where(SearchedName.day >= scope.since), SearchedName)):
            yield day.isoformat(), "name searched", "", name, number


def _newest(statement: Select[*tuple[Any, ...]], model: Any) -> Select[*tuple[Any, ...]]:
    return statement.order_by(model.day.desc(), model.id).limit(MOST_EXPORTED)


# --- housekeeping --------------------------------------------------------------------------------------------


def months_before(day: date, months: int) -> date:
    """The first day of the month that many months ago."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def forget_counts(context: Context) -> str:
    """Daily job: figures older than 25 months are removed."""
    before = months_before(clock.now().date(), KEPT_MONTHS)
    removed = 0
    with context.database.writing(tenancy.Platform("tick")) as session:
        for model in (VisitDay, SearchDay, SearchedName, CampaignDay):
            old = delete(model).where(model.day < before).execution_options(synchronize_session=False)
            removed += cast("CursorResult[Any]", session.execute(old)).rowcount
    return f"{removed} figures"
