"""Tables that only ever grow: the database itself refuses to change or drop a row, whoever asks and however."""

from __future__ import annotations

from collections.abc import Sequence

_FUNCTION = "refuse_change"
_SAID = "rows of this table are never changed"


def append_only(table: str, dialect: str, columns: Sequence[str] = ()) -> list[str]:
    """SQL for a migration, after the table has its final shape: SQLite's batches rebuild it without triggers.

    With `columns`, only those are kept from changing; no row is dropped in any case.
    """
    change = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    return _postgresql(table, change) if dialect == "postgresql" else _sqlite(table, change)


def _sqlite(table: str, change: str) -> list[str]:
    # REPLACE deletes the old row without any DELETE trigger, so that a known id is refused before it comes to that.
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608  a name of ours
    events = (("update", change, ""), ("delete", "DELETE", ""), ("replace", "INSERT", known))
    return [
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        for name, event, when in events
    ]


def _postgresql(table: str, change: str) -> list[str]:
    body = f"BEGIN RAISE EXCEPTION '{_SAID}: %', TG_TABLE_NAME; END"
    events = f"BEFORE {change} OR DELETE OR TRUNCATE"
    return [
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {table}_append_only {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()",
    ]
