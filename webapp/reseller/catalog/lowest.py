"""The lowest price of exactly this item in the 30 days before its price was reduced (Directive 98/6/EC, article 6a).

Prices and promotions change on days only, so the lowest one holds on the first day or on one on which something began
or had ended: only these are looked at. What the shop did not sell on a day had no price then. A price that is corrected
on the day on which it began counts as it was corrected: the log has what was asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from . import conditions as rules
from . import promotions
from .amounts import of_group
from .conditions import Conditions, Thing
from .models import Price, Promotion

#: Days before the reduction that count.
DAYS = 30
_ONE_DAY = timedelta(days=1)
_COLUMNS: tuple[Any, ...] = (
    *(Price.product_id, Price.operation, Price.years, Price.days, Price.amount),
    *(Price.group_id, Price.source, Price.valid_from, Price.valid_to, Price.id),
)
Key = TypeVar("Key")


@dataclass(frozen=True)
class Reduced:
    """An item whose price is reduced since a day."""

    thing: Thing
    since: date


@dataclass(frozen=True)
class Span:
    """An amount that held from a day to a day, both inclusive; None: open, or not for sale. The highest rank counts."""

    first: date
    last: date | None
    rank: tuple[Any, ...]
    amount: int | None

    def holds(self, day: date) -> bool:
        """True on the days of the span."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Past:
    """A promotion that everybody could use."""

    first: date
    last: date
    kind: str
    value: int
    conditions: Conditions


def before(
    session: Session, wanted: Mapping[Key, Reduced], currency: str, group_id: int | None = None
) -> dict[Key, int | None]:
    """key -> the lowest price of the 30 days before `since`, None where it had none. Two statements for all.

    A member of a price group compares with what the group paid.
    """
    if not wanted:
        return {}
    first = min(each.since for each in wanted.values()) - timedelta(days=DAYS)
    last = max(each.since for each in wanted.values()) - _ONE_DAY
    spans = _spans(session, {each.thing.product_id for each in wanted.values()}, currency, group_id, first, last)
    past = _past(promotions.ran_between(session, first, last))
    return {key: _lowest(each, spans, past) for key, each in wanted.items()}


_Spans = dict[tuple[int, str, int, int], list[Span]]


def _spans(
    session: Session, product_ids: Iterable[int], currency: str, group_id: int | None, first: date, last: date
) -> _Spans:
    mine = of_group(group_id)
    days = (Price.valid_from <= last, or_(Price.valid_to.is_(None), Price.valid_to >= first))
    where = (Price.product_id.in_(sorted(product_ids)), Price.currency == currency, mine, *days)
    found: _Spans = {}
    for row in session.execute(select(*_COLUMNS).where(*where)):
        found.setdefault((row.product_id, row.operation, row.years, row.days), []).append(_span(row))
    return found


def _span(row: Row[Any]) -> Span:
    rank = (row.group_id is not None, row.source == "own", row.valid_from, row.id)
    return Span(row.valid_from, row.valid_to, rank, row.amount)


def _past(found: Iterable[Promotion]) -> list[Past]:
    made = [Past(one.valid_from, one.valid_to, one.kind, one.value, rules.read(one.conditions)) for one in found]
    return [one for one in made if one.conditions.public]


def _lowest(reduced: Reduced, spans: _Spans, past: Sequence[Past]) -> int | None:
    thing, first, last = reduced.thing, reduced.since - timedelta(days=DAYS), reduced.since - _ONE_DAY
    mine = spans.get((thing.product_id, thing.operation, thing.years, thing.days), [])
    entry = spans.get((thing.product_id, rules.ENTRY, 1, 0), [])
    fitting = [one for one in past if rules.refused_thing(one.conditions, thing) is None]
    asked = (price_on(day, mine, entry, fitting) for day in _breakpoints(first, last, (*mine, *entry, *fitting)))
    return min((amount for amount in asked if amount is not None), default=None)


def _breakpoints(first: date, last: date, spans: Iterable[Span | Past]) -> set[date]:
    """The days of a period on which a price may be another one than the day before."""
    days = {first}
    for span in spans:
        days.add(span.first)
        if span.last is not None:
            days.add(span.last + _ONE_DAY)
    return {day for day in days if first <= day <= last}


def price_on(day: date, spans: Sequence[Span], entry: Sequence[Span], past: Sequence[Past]) -> int | None:
    """What the item cost on a day, by the best of the promotions that ran; None when it was not for sale."""
    amount = _amount_on(day, spans)
    if amount is None:
        return None
    first_year = _amount_on(day, entry)
    running = (one for one in past if one.first <= day <= one.last)
    return min((amount - _off(one, amount, first_year) for one in running), default=amount)


def _amount_on(day: date, spans: Sequence[Span]) -> int | None:
    holding = [span for span in spans if span.holds(day)]
    return max(holding, key=lambda span: span.rank).amount if holding else None


def _off(one: Past, amount: int, first_year: int | None) -> int:
    return rules.reduction(one.kind, one.value, rules.reduced_part(one.conditions, amount, first_year))
