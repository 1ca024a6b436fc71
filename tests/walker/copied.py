"""The furnished house on another kind of database, without furnishing it anew."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from tests.harness.log_rows import unguarded
from tests.walker.house import platform_engine
from webapp.foundation.schema import Base


def copy_rows(source: str, target: str) -> None:
    """Fill a migrated PostgreSQL database with all rows of another database, and let its numbers go on behind them."""
    given, taken = platform_engine(source), platform_engine(target)
    with given.connect() as reader, taken.begin() as writer, unguarded(writer):
        for table in Base.metadata.sorted_tables:
            writer.execute(table.delete())
        for table in Base.metadata.sorted_tables:
            if rows := [dict(row) for row in reader.execute(select(table).order_by(table.c.id)).mappings()]:
                writer.execute(insert(table), rows)
            last = select(func.max(table.c.id)).scalar_subquery()
            writer.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
    given.dispose()
    taken.dispose()
