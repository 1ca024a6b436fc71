"""Engines, sessions and the tenant walls. The only module that may speak raw SQL (migrations apart).

Two ways to work, each a context manager around one session and one transaction:

* `database.reading()` never writes; SQLite gets a plain BEGIN, PostgreSQL a READ ONLY transaction.
* `database.writing()` commits when the block ends and rolls back when it raises; SQLite gets BEGIN IMMEDIATE
  (without it, concurrent increments were lost by the hundred), PostgreSQL READ COMMITTED.

A session belongs to one scope for its whole life. The four walls between tenants are in `walls.py`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any, NoReturn, cast

from sqlalchemy import CursorResult, Engine, event, insert, text, update
from sqlalchemy import create_engine as sa_create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.elements import ColumnElement

from . import tenancy
from .config import usual_origin
from .schema import Base, TenantOwned
from .walls import ALL_WALLS, TENANT_CHECKED, arm, begin_for_tenant, say

log = logging.getLogger(__name__)

_writing = threading.local()

#: Execution option of an engine whose sessions begin their transactions themselves (walls.begin_for_tenant).
SESSION_BEGINS = "witryna_session_begins"

#: How long a writer waits for another one, in milliseconds.
BUSY_MS = 15_000


class NetworkInTransaction(RuntimeError):
    """Somebody called the outside world while a write transaction was open."""


def assert_no_write_transaction() -> None:
    """Called by every client of the outside world before it speaks: no lock is held while we wait for others."""
    if getattr(_writing, "depth", 0):
        raise NetworkInTransaction("a network call inside a write transaction: commit first, then call")


class ScopedSession(Session):
    """A session for one scope. `info["scope"]` and `info["writes"]` are set once, at birth."""

    def connection(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Closed: a raw connection would pass the tenant walls. Raw statements live in foundation/db.py."""
        raise tenancy.ScopeError("raw connections are not for rooms: add a named function to foundation/db.py")


def create_engine(url: str) -> Engine:
    """The engine for a database URL, with the pragmas and limits that the product depends on."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql_engine(url)
    raise ValueError(f"unsupported database {parsed.get_backend_name()!r}: use sqlite or postgresql")


def _sqlite_engine(url: str) -> Engine:
    threads = {"check_same_thread": False}
    engine = sa_create_engine(url, connect_args=threads, pool_size=20, max_overflow=20, json_deserializer=_read_json)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw = cast(Any, connection)
        raw.isolation_level = None  # we say BEGIN ourselves; pysqlite's own way loses updates
        for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", True)
        cast(Any, connection.connection.dbapi_connection).execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _read_json(stored: str) -> Any:
    """SQLite keeps whatever was written: a row that is no JSON any more is its text, and whoever reads it must cope."""
    try:
        return json.loads(stored)
    except ValueError:
        log.error("a stored value is no JSON: %d characters", len(stored))
        return stored


def _postgresql_engine(url: str) -> Engine:
    url_with_driver = make_url(url).set(drivername="postgresql+psycopg")
    limits = "-c lock_timeout=15s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
    arguments = {"options": limits, "autocommit": True}  # as with SQLite, we say BEGIN ourselves
    engine = sa_create_engine(url_with_driver, pool_size=10, max_overflow=20, connect_args=arguments)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(SESSION_BEGINS):
            say(connection, "BEGIN")

    @event.listens_for(engine, "checkout")
    def still_there(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: object) -> None:
        # Instead of a ping, which would cost every request a round trip: a server that hangs up says so first.
        waiting = poll()
        waiting.register(cast(Any, connection).fileno(), POLLIN)
        if waiting.poll(0):
            raise DisconnectionError("the server closed this connection while nobody used it")

    return engine


class Database:
    """One database and its sessions. `walls` exists so that tests can show each wall alone."""

    def __init__(self, url: str, *, walls: frozenset[str] = ALL_WALLS) -> None:
        self.engine = create_engine(url)
        self.is_postgresql = self.engine.dialect.name == "postgresql"
        self.walls = walls
        #: Called after a commit with the ids of the outbox rows it wrote. Wiring sets it to wake the workers.
        self.wake: Callable[[list[int]], None] = lambda _ids: None
        #: Origin of a stored host, for links in mails (urls.link). Wiring sets it to the settings' own `origin`.
        self.origin: Callable[[str], str] = usual_origin
        begins = {SESSION_BEGINS: self.is_postgresql}
        self._read_engine = self.engine.execution_options(writes=False, **begins)
        self._write_engine = self.engine.execution_options(writes=True, **begins)
        self.session_class = type("WalledSession", (ScopedSession,), {})
        arm(self.session_class, walls)
        if self.is_postgresql:
            event.listen(self.session_class, "after_begin", begin_for_tenant)

    def _open(self, engine: Engine, scope: tenancy.Scope | None, writes: bool) -> Session:
        info: dict[str, Any] = {
            "scope": scope or tenancy.current(),
            "writes": writes,
            "wake": [],
            "origin": self.origin,
        }
        return cast(Session, self.session_class(bind=engine, info=info, expire_on_commit=False, autoflush=True))

    @contextmanager
    def reading(self, scope: tenancy.Scope | None = None) -> Iterator[Session]:
        """A session that only reads, in the current scope (or the given one)."""
        session = self._open(self._read_engine, scope, writes=False)
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def writing(self, scope: tenancy.Scope | None = None) -> Iterator[Session]:
        """A session that commits at the end of the block: the edge of a request or job, never deeper."""
        if getattr(_writing, "depth", 0):
            raise RuntimeError("a write transaction is already open in this thread: one commit, at the edge")
        session = self._open(self._write_engine, scope, writes=True)
        _writing.depth = 1
        try:
            yield session
            session.commit()
        finally:
            _writing.depth = 0
            session.close()
        if session.info["wake"]:
            self.wake(session.info["wake"])

    def dispose(self) -> None:
        """Close the pooled connections (before a fork, at the end of a test)."""
        self.engine.dispose()


# --- named statements: what rooms may use instead of raw SQL -------------------------------------------------


def change(
    session: Session,
    model: type[Base],
    *where: ColumnElement[bool],
    **values: Any,
) -> int:
    """One conditional UPDATE on a mapped class within the scope; returns the number of rows that matched.

    This is how balances and states move: the condition stands in the statement, the caller checks the count.
    """
    statement = update(model).where(*where).values(**values).execution_options(synchronize_session=False)
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount


def insert_rows(session: Session, model: type[TenantOwned], rows: Sequence[dict[str, Any]]) -> None:
    """Bulk insert for the session's tenant: stamps `partner_id` on each row, refuses a foreign one."""
    scope = session.info["scope"]
    if not isinstance(scope, tenancy.Tenant):
        raise tenancy.ScopeError("bulk inserts are for one tenant")
    for row in rows:
        if row.setdefault("partner_id", scope.partner_id) != scope.partner_id:
            raise tenancy.ScopeError("a row of another tenant in a bulk insert")
    if rows:
        session.execute(insert(model), list(rows), execution_options={TENANT_CHECKED: True})


def add_counts(
    session: Session, model: type[TenantOwned], rows: Sequence[dict[str, Any]], *, by: Sequence[str]
) -> None:
    """Add to counters of the session's tenant: one row per key (`by`), begun where there is none. Every other value
    of a row is a number to add."""
    scope = session.info["scope"]
    if not isinstance(scope, tenancy.Tenant):
        raise tenancy.ScopeError("counts belong to one tenant")
    if not rows:
        return
    insert_here = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement: Any = insert_here(model)
    added = {name: getattr(model, name) + statement.excluded[name] for name in rows[0] if name not in by}
    statement = statement.on_conflict_do_update(index_elements=["partner_id", *by], set_=added)
    stamped = [{**row, "partner_id": scope.partner_id} for row in rows]
    session.execute(statement, stamped, execution_options={TENANT_CHECKED: True})


@contextmanager
def narrowed(session: Session, partner_id: int) -> Iterator[None]:
    """Within the block, a platform session works for one tenant: for a job that makes a tenant and fills it at once.

    Only ever narrows; a tenant's session cannot become another tenant's.
    """
    wide = session.info["scope"]
    if not isinstance(wide, tenancy.Platform):
        raise tenancy.ScopeError("only platform work can be narrowed to a tenant")
    session.flush()
    session.info["scope"] = tenancy.Tenant(partner_id)
    try:
        with tenancy.tenant(partner_id):
            yield
            session.flush()
    finally:
        session.info["scope"] = wide


def ping(database: Database) -> None:
    """Raises when the database does not answer."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
