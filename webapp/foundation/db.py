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
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from select import POLLIN, poll
from typing import Any, NoReturn, cast

from sqlalchemy import (
    BigInteger,
    CursorResult,
    Engine,
    Table,
    any_,
    bindparam,
    event,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import create_engine as sa_create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault
from sqlalchemy.types import NullType

from . import tenancy
from .config import usual_origin
from .schema import Base, TenantOwned
from .walls import ALL_WALLS, TENANT_CHECKED, arm, begin_for_tenant, say

log = logging.getLogger(__name__)

_writing = threading.local()

Rows = Sequence[dict[str, Any]]

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
        _begin_sqlite(cast(Any, connection.connection.dbapi_connection), "BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _begin_sqlite(raw: Any, statement: str) -> None:
    """Fails as SQLAlchemy's own statements do: whoever survives a busy database must know the error."""
    try:
        raw.execute(statement)
    except sqlite3.Error as problem:
        raise OperationalError(statement, None, problem) from problem


def _read_json(stored: str) -> Any:
    """SQLite keeps whatever was written: a row that is no JSON any more is its text, and whoever reads it must cope."""
    try:
        return json.loads(stored)
    except ValueError:
        log.error("a stored value is no JSON: %d characters", len(stored))
        return stored


def _postgresql_engine(url: str) -> Engine:
    url_with_driver = make_url(url).set(drivername="postgresql+psycopg")
    # Days are days in UTC on every server, as with SQLite: date() of an instant asks for the session's zone.
    limits = "-c timezone=UTC -c lock_timeout=15s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
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


def change(session: Session, model: type[Base], *where: ColumnElement[bool], **values: Any) -> int:
    """One conditional UPDATE on a mapped class within the scope; returns the number of rows that matched.

    This is how balances and states move: the condition stands in the statement, the caller checks the count.
    """
    statement = update(model).where(*where).values(**values).execution_options(synchronize_session=False)
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount


def insert_rows(session: Session, model: type[TenantOwned], rows: Rows) -> None:
    """Bulk insert for the session's tenant: stamps `partner_id` on each row, refuses a foreign one."""
    mine = _tenant_of(session)
    for row in rows:
        if row.setdefault("partner_id", mine) != mine:
            raise tenancy.ScopeError("a row of another tenant in a bulk insert")
    if rows:
        session.execute(insert(model), list(rows), execution_options={TENANT_CHECKED: True})


def insert_shared(session: Session, model: type[Base], rows: Rows) -> None:
    """Bulk insert into a table that belongs to no tenant, such as facts and wholesale prices; platform work."""
    if issubclass(model, TenantOwned) or not isinstance(session.info["scope"], tenancy.Platform):
        raise tenancy.ScopeError("shared rows are written by platform work, and only into tables of no tenant")
    if rows:
        session.execute(insert(model), list(rows), execution_options={TENANT_CHECKED: True})


def insert_once(session: Session, model: Any, row: dict[str, Any], *, by: Sequence[str]) -> int | None:
    """Insert a row of the session's tenant and return its id; None when its key (`by`) is there, or is just written."""
    statement = _insert_here(session, model).on_conflict_do_nothing(index_elements=["partner_id", *by])
    stamped = [{**row, "partner_id": _tenant_of(session)}]
    made = session.execute(statement.returning(model.id), stamped, execution_options={TENANT_CHECKED: True})
    return cast("int | None", made.scalar())


def add_counts(session: Session, model: type[TenantOwned], rows: Rows, *, by: Sequence[str]) -> None:
    """Add to counters of the session's tenant: one row per key (`by`), begun where there is none. Every other value
    of a row is a number to add."""
    mine = _tenant_of(session)
    if not rows:
        return
    statement = _insert_here(session, model)
    added = {name: getattr(model, name) + statement.excluded[name] for name in rows[0] if name not in by}
    statement = statement.on_conflict_do_update(index_elements=["partner_id", *by], set_=added)
    stamped = [{**row, "partner_id": mine} for row in rows]
    session.execute(statement, stamped, execution_options={TENANT_CHECKED: True})


def next_ids(session: Session, model: type[TenantOwned], count: int) -> list[int]:
    """Ids for so many rows to come, so that rows of several tables can name each other before they are written.

    Platform work only. SQLite: the write transaction holds the one lock, so nobody else can take them.
    """
    _platform_only(session)
    table = _table(model).name
    if session.get_bind().dialect.name == "postgresql":
        taken = "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"
        return list(_raw(session).execute(text(taken), {"name": table, "count": count}).scalars())
    last = _raw(session).execute(select(func.coalesce(func.max(_table(model).c.id), 0))).scalar_one()
    return list(range(last + 1, last + 1 + count))


def insert_for_many(session: Session, model: type[TenantOwned], rows: Rows, partner_ids: frozenset[int]) -> None:
    """Bulk insert for several tenants in platform work. Each row names its partner, which is one of `partner_ids`.

    PostgreSQL gets the rows as one JSON value: binding each column of each row costs more than writing them.
    """
    _platform_only(session)
    if any(row["partner_id"] not in partner_ids for row in rows):
        raise tenancy.ScopeError("a row of a tenant that this piece of work is not for")
    if not rows:
        return
    table = _table(model)
    if session.get_bind().dialect.name != "postgresql":
        _raw(session).execute(insert(table), list(rows))
        return
    usual = _defaults(table)
    full = [{**usual, **row} for row in rows]
    _raw(session).execute(_from_json(insert(table), table, list(full[0])), _packed(full))


def _from_json(statement: Any, table: Table, names: list[str]) -> Any:
    """The insert of rows that come as one JSON list, each read as a row of the very table: by its columns' types."""
    source = func.json_populate_recordset(literal_column(f"NULL::{table.name}"), bindparam("rows", type_=NullType()))
    given = source.table_valued(*(table.c[name] for name in names), name="given")
    return statement.from_select(names, select(*(given.c[name] for name in names)), include_defaults=False)


def _packed(rows: Rows) -> dict[str, str]:
    return {"rows": json.dumps(rows, default=_as_text)}


def _defaults(table: Table) -> dict[str, Any]:
    """What the columns get that nobody names."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.default, ScalarElementColumnDefault):
            found[column.name] = column.default.arg
        elif isinstance(column.default, CallableColumnDefault):
            found[column.name] = column.default.arg(cast(Any, None))
    return found


def raise_counters(
    session: Session, model: type[TenantOwned], rows: Rows, *, by: Sequence[str], counter: str
) -> dict[int, int]:
    """Add to one counter of each of several tenants (platform work); partner id -> the counter afterwards.

    One statement. The rows come in the order of their partners, so that two transactions never wait in a ring.
    """
    _platform_only(session)
    table, ordered = _table(model), sorted(rows, key=lambda row: int(row["partner_id"]))
    if session.get_bind().dialect.name == "postgresql":
        statement: Any = _from_json(postgresql.insert(table), table, list(ordered[0]))
        given = _packed(ordered)
    else:
        statement, given = sqlite.insert(table).values(ordered), {}
    raised = {counter: table.c[counter] + statement.excluded[counter]}
    statement = statement.on_conflict_do_update(index_elements=["partner_id", *by], set_=raised)
    found = _raw(session).execute(statement.returning(table.c.partner_id, table.c[counter]), given)
    return {row[0]: row[1] for row in found}


def among(session: Session, column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """`column IN ids` for hundreds of ids: PostgreSQL gets them as one array, not as so many parameters."""
    if session.get_bind().dialect.name == "postgresql":
        found: ColumnElement[bool] = column == any_(literal(list(ids), postgresql.ARRAY(BigInteger)))
        return found
    within: ColumnElement[bool] = column.in_(list(ids))
    return within


def _tenant_of(session: Session) -> int:
    scope = session.info["scope"]
    if not isinstance(scope, tenancy.Tenant):
        raise tenancy.ScopeError("rows like these belong to one tenant")
    return scope.partner_id


def _insert_here(session: Session, model: type[TenantOwned]) -> Any:
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(model)


def _platform_only(session: Session) -> None:
    if not isinstance(session.info["scope"], tenancy.Platform) or not session.info["writes"]:
        raise tenancy.ScopeError("rows of several tenants are written by platform work")


def _raw(session: Session) -> Connection:
    return Session.connection(session)


def _table(model: type[TenantOwned]) -> Table:
    return cast(Table, cast(Any, model).__table__)


def _as_text(value: date) -> str:
    return value.isoformat()


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
