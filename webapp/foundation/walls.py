"""The four walls between tenants. Each holds alone; tests switch the other three off.

1. criteria: every ORM select, update and delete is narrowed to the session's tenant; anything that cannot be
   narrowed (raw text, Core tables, ORM bulk inserts) is refused; no scope, no query.
2. flush: no object of another tenant is ever written or carried into a session (there a refresh would read it past
   wall 1), and a new object without a tenant gets the session's.
3. keys: foreign keys between tenant tables are composite `(partner_id, ...)` (schema.tenant_key).
4. rows: PostgreSQL row-level security, forced on every tenant table (`row_level_policies`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, Connection, Subquery, Table, event, inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import (
    InstanceState,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    with_loader_criteria,
)

from .schema import Base, TenantOwned, TenantRoot
from .tenancy import Platform, ScopeError, Tenant

CRITERIA, FLUSH = "criteria", "flush"
ALL_WALLS = frozenset({CRITERIA, FLUSH})

#: Execution option by which foundation/db.py says that it has checked the rows of a bulk insert itself.
TENANT_CHECKED = "witryna_tenant_checked"


def column_of(part: Subquery | CTE, name: str) -> ColumnElement[Any]:
    """A column of a part of a statement. The part was selected from mapped classes, so wall 1 has narrowed it.

    Raises TypeError for anything else: a column of a bare table would pass wall 1 as it is.
    """
    if not isinstance(part, Subquery | CTE):
        raise TypeError(f"{part!r} is not a part of a statement")
    return part.c[name]


def arm(factory: type[Session], walls: frozenset[str]) -> None:
    """Hang walls 1 and 2 on a session class."""
    if CRITERIA in walls:
        event.listen(factory, "do_orm_execute", _narrow)
    if FLUSH in walls:
        event.listen(factory, "before_flush", _guard_flush)
        event.listen(factory, "before_attach", _guard_door)
    event.listen(factory, "before_flush", _guard_readers)


def _narrow(state: ORMExecuteState) -> None:
    scope = state.session.info["scope"]
    if state.is_insert and not state.execution_options.get(TENANT_CHECKED):
        raise ScopeError("bulk inserts go through db.insert_rows")
    if not state.is_orm_statement:
        raise ScopeError("raw statements are not for rooms: add a named function to foundation/db.py")
    if (state.is_update or state.is_delete) and not state.session.info["writes"]:
        raise RuntimeError("a reading session cannot write")
    if isinstance(scope, Platform) or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(*_criteria(scope.partner_id))


@lru_cache(maxsize=1024)
def _criteria(partner_id: int) -> tuple[Any, ...]:
    return (
        with_loader_criteria(TenantOwned, lambda cls: cls.partner_id == partner_id, include_aliases=True),
        with_loader_criteria(TenantRoot, lambda cls: cls.id == partner_id, include_aliases=True),
    )


def _guard_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    scope = session.info["scope"]
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantOwned):
            _check_owner(row, scope)
        elif isinstance(row, TenantRoot) and isinstance(scope, Tenant) and _row_id(row) != scope.partner_id:
            raise ScopeError(f"{type(row).__name__} is another tenant, or made from inside one")


def _guard_door(session: Session, row: object) -> None:
    """A stored object that comes from elsewhere is this tenant's, and says so without being asked for (no reload)."""
    scope = session.info["scope"]
    if not isinstance(scope, Tenant) or not isinstance(row, TenantOwned | TenantRoot):
        return
    state: InstanceState[Any] = inspect(row)
    owner = state.dict.get("partner_id" if isinstance(row, TenantOwned) else "id")
    if state.key is not None and owner != scope.partner_id:
        raise ScopeError(f"{type(row).__name__} of another tenant, or of none that it can tell")


def _row_id(row: object) -> int | None:
    return getattr(row, "id", None)


def _check_owner(row: TenantOwned, scope: Tenant | Platform) -> None:
    owner: int | None = row.partner_id  # None until the first flush
    if owner is None and isinstance(scope, Tenant):
        row.partner_id = scope.partner_id
    elif owner is None:
        raise ScopeError(f"{type(row).__name__} without a tenant in platform work")
    elif isinstance(scope, Tenant) and owner != scope.partner_id:
        raise ScopeError(f"{type(row).__name__} of another tenant")


def _guard_readers(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if not session.info["writes"] and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a reading session cannot write")


# --- wall 4 -------------------------------------------------------------------------------------------------


def begin_for_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Begin PostgreSQL's transaction and tell it whose it is, in one round trip: this comes before every read.

    Transaction-local, so a pooled connection remembers nothing.
    """
    scope = session.info["scope"]
    value = int(scope.partner_id) if isinstance(scope, Tenant) else "platform"
    begin = "" if transaction.nested else "BEGIN; " if session.info["writes"] else "BEGIN READ ONLY; "
    say(connection, f"{begin}SET LOCAL witryna.tenant = '{value}'")


def say(connection: Connection, statement: str) -> None:
    """A statement straight to psycopg, past SQLAlchemy's compiler (half of its cost). Fails as SQLAlchemy's own do."""
    raw = cast(Any, connection.connection.dbapi_connection)
    try:
        raw.execute(statement, prepare=False)
    except connection.dialect.loaded_dbapi.Error as problem:
        connection.invalidate(problem)
        raise OperationalError(statement, None, problem) from problem


def tenant_tables() -> dict[str, str]:
    """Every tenant table and the column that names its tenant."""
    columns = {}
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, TenantRoot | TenantOwned):
            table = cast(Table, mapper.local_table).name
            columns[table] = "id" if issubclass(mapper.class_, TenantRoot) else "partner_id"
    return columns


def row_level_policies(table: str, column: str) -> list[str]:
    """SQL that puts wall 4 around one table. FORCE binds the owner too, so one database role is enough."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} {policy_rules(column)}",
    ]


def policy_rules(column: str) -> str:
    """Which rows a policy shows and takes: the tenant's own, or all of them for the platform.

    The setting stands in a SELECT, so that it is read once a statement and not once a row, and so that the planner
    does not take the wall for a filter that leaves one row of a hundred: it chose sorts where an index was in order.
    """
    setting = "current_setting('witryna.tenant', true)"
    rule = f"(SELECT {setting} = 'platform') OR ({column})::text = (SELECT {setting})"
    return f"USING ({rule}) WITH CHECK ({rule})"
