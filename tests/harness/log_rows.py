"""Writing past the triggers of the log and of invoices, as somebody would who has the database in his hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

TABLES = ("audit_events", "audit_seals", "invoice_copies", "invoice_lines", "invoices")


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Within the block these tables can be changed; afterwards their guards stand as before."""
    postgresql = connection.dialect.name == "postgresql"
    guards = [] if postgresql else _triggers(connection)
    opening = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES] if postgresql else guards
    for each in opening:
        connection.execute(text(each if isinstance(each, str) else f"DROP TRIGGER {each[0]}"))
    yield
    closing = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES] if postgresql else guards
    for each in closing:
        connection.execute(text(each if isinstance(each, str) else each[1]))


def _triggers(connection: Connection) -> list[tuple[str, str]]:
    names = ", ".join(f"'{table}'" for table in TABLES)
    wanted = text(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})")
    return [(row[0], row[1]) for row in connection.execute(wanted)]
