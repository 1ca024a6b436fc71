"""After each test that moved money the books must hold (promises I1 to I7): its database is looked at before it goes.

One engine a kind for the whole process: its statements stay compiled, and a look takes a few milliseconds.
Tests that break the books on purpose say so: `pytest.mark.broken_books`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from time import thread_time
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

MARK = "broken_books"
#: What the fast tier looks at; the full one looks at everything but what is slow or about time rather than money.
IN_SHORT = ("I1 each activated", "I3 each ledger", "I3 each credit", "I4 each paid", "I4 payments less", "I6 proforma")
LEFT_OUT = ("I1 each open operation", "I6 each invoice", "I6 the chain", "I8", "I9", "I10")
_MONEY = "SELECT EXISTS (SELECT 1 FROM proformas) OR EXISTS (SELECT 1 FROM payments)"


class Look:
    """Who is looked at now, and what all the looks have cost (seconds of computing)."""

    url = ""
    excused = False
    count = 0
    seconds = 0.0


def look(url: str) -> None:
    """Raises AssertionError with every rule that is broken in the database; one without money is in order."""
    if Look.excused:
        return
    started = thread_time()
    Look.url = url
    found = list(_broken(url.startswith("sqlite")))
    Look.count, Look.seconds = Look.count + 1, Look.seconds + thread_time() - started
    assert not found, "\n".join(["after this test the books do not hold:", *found])


def _broken(is_sqlite: bool) -> Iterator[str]:
    with closing(_sqlite() if is_sqlite else _postgresql()) as connection:
        if not _has_money(connection):
            return
    with Session(_engine("sqlite" if is_sqlite else "postgresql+psycopg")) as session:
        if not is_sqlite:
            session.execute(text("SELECT set_config('witryna.tenant', 'platform', true)"))
        for name, find in _checks().items():
            yield from (f"{name}: {offender}" for offender in find(session))


def _has_money(connection: Any) -> bool:
    """False also where there are no tables: a database that no migration has seen."""
    try:
        if isinstance(connection, psycopg.Connection):
            connection.execute("SELECT set_config('witryna.tenant', 'platform', false)")
        return bool(connection.execute(_MONEY).fetchone()[0])
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return False


@cache
def _checks() -> dict[str, Callable[[Session], Any]]:
    from webapp.reseller.desk.books import CHECKS

    if os.environ.get("WITRYNA_TEST_TIER", "fast") != "full":
        return {name: find for name, find in CHECKS.items() if name.startswith(IN_SHORT)}
    return {name: find for name, find in CHECKS.items() if not name.startswith(LEFT_OUT)}


@cache
def _engine(dialect: str) -> Engine:
    opened = _sqlite if dialect == "sqlite" else _postgresql
    return create_engine(f"{dialect}://", creator=opened, poolclass=NullPool)


def _sqlite() -> sqlite3.Connection:
    return sqlite3.connect(make_url(Look.url).database or "", timeout=15)


def _postgresql() -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(Look.url).set(drivername="postgresql").render_as_string(hide_password=False))
