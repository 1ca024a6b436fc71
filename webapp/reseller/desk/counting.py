"""Writing down what processes have counted: visits, searches, orders after a search, views and clicks.

Keys are (kind, partner id, ...): ("visit", p, host, path), ("search", p, host), ("order", p, host), ("name", p, name),
("view", p, campaign id), ("click", p, campaign id). None of them leads to a person. The day is the partner's, at the
moment of writing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.foundation.counts import Key
from webapp.foundation.db import Database, add_counts
from webapp.reseller.cms.models import Campaign, CampaignDay
from webapp.reseller.partners.models import Partner

from .models import SearchDay, SearchedName, VisitDay

log = logging.getLogger(__name__)

#: Different names and pages of one partner and day: who searches for more of them in a day is no customer.
MOST_NAMES, MOST_PAGES = 2000, 2000
LONGEST = 200

_Counted = dict[str, dict[Any, int]]


def write(database: Database, counted: Mapping[Key, int]) -> dict[Key, int]:
    """Add what was counted to the tables, one transaction per partner; returns what has to be tried again."""
    left: dict[Key, int] = {}
    for partner_id, sums in _by_partner(counted).items():
        try:
            with database.writing(tenancy.Tenant(partner_id)) as session:
                _add(session, _by_kind(sums))
        except IntegrityError:
            # Its campaign went away between two statements: such numbers would fail for ever.
            log.warning("counts dropped", extra={"partner": partner_id, "numbers": len(sums)})
        except SQLAlchemyError:
            log.exception("counts wait for the database", extra={"partner": partner_id})
            left |= sums
    return left


def _by_partner(counted: Mapping[Key, int]) -> dict[int, dict[Key, int]]:
    found: dict[int, dict[Key, int]] = defaultdict(dict)
    for key, number in counted.items():
        found[key[1]][key] = number
    return found


def _by_kind(sums: Mapping[Key, int]) -> _Counted:
    found: _Counted = defaultdict(dict)
    for (kind, _partner, *what), number in sums.items():
        found[kind][tuple(what)] = number
    return found


def _add(session: Session, sums: _Counted) -> None:
    day = clock.today(session.scalars(select(Partner.timezone)).one())
    _add_visits(session, day, sums["visit"])
    _add_searches(session, day, sums["search"], sums["order"])
    _add_names(session, day, sums["name"])
    _add_campaigns(session, day, sums["view"], sums["click"])


def _add_visits(session: Session, day: date, visits: Mapping[Any, int]) -> None:
    paths = _within(session, VisitDay, VisitDay.path, day, MOST_PAGES, (path[:LONGEST] for _, path in visits))
    rows = [
        {"day": day, "host": host, "path": path[:LONGEST], "views": number}
        for (host, path), number in visits.items()
        if path[:LONGEST] in paths
    ]
    add_counts(session, VisitDay, rows, by=("day", "host", "path"))


def _add_searches(session: Session, day: date, searches: Mapping[Any, int], orders: Mapping[Any, int]) -> None:
    rows = [
        {"day": day, "host": key[0], "searches": searches.get(key, 0), "orders": orders.get(key, 0)}
        for key in {*searches, *orders}
    ]
    add_counts(session, SearchDay, rows, by=("day", "host"))


def _add_names(session: Session, day: date, names: Mapping[Any, int]) -> None:
    known = _within(session, SearchedName, SearchedName.name, day, MOST_NAMES, (name for (name,) in names))
    rows = [{"day": day, "name": name, "searches": number} for (name,), number in names.items() if name in known]
    add_counts(session, SearchedName, rows, by=("day", "name"))


def _add_campaigns(session: Session, day: date, views: Mapping[Any, int], clicks: Mapping[Any, int]) -> None:
    keys = {*views, *clicks}
    if not keys:
        return
    there = session.scalars(select(Campaign.id).where(Campaign.id.in_([campaign for (campaign,) in keys])))
    rows = [
        {"campaign_id": each, "day": day, "views": views.get((each,), 0), "clicks": clicks.get((each,), 0)}
        for each in there
    ]
    add_counts(session, CampaignDay, rows, by=("campaign_id", "day"))


def _within(session: Session, model: Any, column: Any, day: date, most: int, wanted: Iterable[str]) -> set[str]:
    """Of these texts those that may be counted: all while there is room for new ones that day, else the known ones."""
    texts = set(wanted)
    if not texts:
        return texts
    room = most - (session.scalar(select(func.count(func.distinct(column))).where(model.day == day)) or 0)
    if room >= len(texts):
        return texts
    known = set(session.scalars(select(column).where(model.day == day, column.in_(texts))))
    return known | set(sorted(texts - known)[: max(room, 0)])
