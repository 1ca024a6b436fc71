"""The registry's time: the machine's clock plus an offset that a test can set, and dates as EPP writes them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

from sandbox.store import set_setting, setting


def now(db: sqlite3.Connection) -> datetime:
    """The current instant of the registry, UTC, cut to milliseconds (that is what answers carry)."""
    instant = datetime.now(UTC) + timedelta(seconds=float(setting(db, "clock_offset")))
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def set_now(db: sqlite3.Connection, instant: datetime) -> None:
    """Make it ``instant`` now; the clock goes on running from there."""
    set_setting(db, "clock_offset", (instant - datetime.now(UTC)).total_seconds())


def write(instant: datetime) -> str:
    """An xs:dateTime in UTC of fixed width, so that stored instants compare as text."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def read(value: str) -> datetime:
    """The instant of an ISO text; UTC unless the text says otherwise. Raises ``ValueError``."""
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def read_date(value: str) -> date:
    """The day of an xs:date; its time zone, if any, is ignored. Raises ``ValueError``."""
    return date.fromisoformat(value[:10])


def add_years(instant: datetime, years: int) -> datetime:
    """The same day ``years`` later; 29 February becomes the 28th where the year has none."""
    try:
        return instant.replace(year=instant.year + years)
    except ValueError:
        return instant.replace(year=instant.year + years, day=28)
