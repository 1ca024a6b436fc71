"""The one clock. Everything that asks for the time asks here, so that tests and `tick --as-of` can move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta())
_frozen: ContextVar[datetime | None] = ContextVar("clock_frozen", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC) + _shift.get()


def today(zone: str) -> date:
    """The business date in an IANA time zone ("Europe/Warsaw")."""
    return now().astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a business date in an IANA time zone; of the first and last days that there are, nearly."""
    possible = min(max(day, date.min + timedelta(days=2)), date.max - timedelta(days=2))
    return datetime.combine(possible, time(), ZoneInfo(zone))


def as_of(day: date) -> datetime:
    """Noon UTC of a date: the instant that `tick --as-of` takes for the whole run."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Within the block, `now()` is always `instant`."""
    if instant.tzinfo is None:
        raise ValueError("the clock needs an aware instant")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Within the block, time runs on but `by` ahead (or behind)."""
    token = _shift.set(_shift.get() + by)
    try:
        yield
    finally:
        _shift.reset(token)


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February falls on the 28th where the year has none.

    Always compute from the first anchor (`anchor + n`), never year by year: chaining loses the 29th for good.
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
