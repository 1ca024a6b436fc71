"""The latest tables of the central banks, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .exchange import BASES, SOURCES
from .facts import CONVERTED, CURRENCIES
from .models import ExchangeRate


@dataclass(frozen=True)
class RateTable:
    """One bank's last table: what one unit of its base is worth (ECB), or what one unit is worth in its base (NBP)."""

    source: str
    base: str
    day: date
    number: str
    rates: Mapping[str, Decimal]


def latest(session: Session, currency: str) -> list[RateTable]:
    """The last table of each bank that has one, with the currencies of shops. Two statements."""
    last = select(ExchangeRate.source, func.max(ExchangeRate.day)).group_by(ExchangeRate.source)
    days = {row[0]: row[1] for row in session.execute(last)}
    shown = {currency, *CURRENCIES, *CONVERTED}
    rows = session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.day.in_(set(days.values())), ExchangeRate.currency.in_(shown))
        .order_by(ExchangeRate.currency)
    ).all()
    return [_table(source, days[source], rows) for source in SOURCES if source in days]


def _table(source: str, day: date, rows: Sequence[ExchangeRate]) -> RateTable:
    mine = [row for row in rows if row.source == source and row.day == day]
    number = mine[0].number if mine else ""
    return RateTable(source, BASES[source], day, number, {row.currency: Decimal(row.rate) for row in mine})
