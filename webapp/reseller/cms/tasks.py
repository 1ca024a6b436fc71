"""Jobs of the cms room: pages that are due, and versions that nobody will ask for again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database, change

from . import operations
from .models import Page, PageVersion

#: Autosaved versions younger than this are all kept: undo walks over them.
KEPT_WHOLE = timedelta(days=2)
#: Between the two, the last one of each hour is kept; before that, the last one of each day.
KEPT_HOURLY = timedelta(days=30)
#: Versions in one transaction, and in one run.
CHUNK, MOST = 500, 20_000
_SCOPE = tenancy.Platform("tick")


class Context(Protocol):
    """What these jobs need of the worker's and the tick's context."""

    @property
    def database(self) -> Database: ...


def publish_due(context: Context, lease: outbox.Lease) -> None:
    """Publish what was scheduled for this time; nothing when the plan has changed since."""
    wanted = lease.payload
    with context.database.writing() as session:
        at = datetime.fromtimestamp(wanted["at"], UTC)
        operations.publish_scheduled(session, wanted["page_id"], wanted["version_id"], at)
        outbox.complete(session, lease)


def thin_versions(context: Context) -> str:
    """Old autosaved versions go, except the last of each hour or day.

    Never: what is published, scheduled or open in the editor, and what somebody saved by hand or restored.
    """
    with context.database.reading(_SCOPE) as session:
        parents = _superfluous(session)
    ids = sorted(parents)
    for at in range(0, len(ids), CHUNK):
        with context.database.writing(_SCOPE) as session:
            _forget(session, ids[at : at + CHUNK], parents)
    return f"{len(ids)} versions"


def _superfluous(session: Session) -> dict[int, int | None]:
    """version id -> its parent, of what may go."""
    now = clock.now()
    rows: Sequence[Any] = session.execute(
        select(PageVersion.id, PageVersion.page_id, PageVersion.parent_id, PageVersion.created_at)
        .where(PageVersion.kind == "auto", PageVersion.created_at < now - KEPT_WHOLE, *_unnamed())
        .order_by(PageVersion.id)
        .limit(MOST)
    ).all()
    return {row.id: row.parent_id for row in _all_but_last(rows, now)}


def _unnamed() -> list[ColumnElement[bool]]:
    """No page points at the version."""
    pointers = (Page.draft_version_id, Page.published_version_id, Page.scheduled_version_id)
    return [PageVersion.id.not_in(select(pointer).where(pointer.is_not(None))) for pointer in pointers]


def _all_but_last(rows: Iterable[Any], now: datetime) -> list[Any]:
    groups: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        unit = "%Y%m%d%H" if row.created_at > now - KEPT_HOURLY else "%Y%m%d"
        groups.setdefault((row.page_id, row.created_at.strftime(unit)), []).append(row)
    return [row for group in groups.values() for row in group[:-1]]


def _forget(session: Session, ids: list[int], parents: dict[int, int | None]) -> None:
    """Delete versions; what was made from them now hangs on the nearest one before that stays."""
    children = session.execute(select(PageVersion.id, PageVersion.parent_id).where(PageVersion.parent_id.in_(ids)))
    for child, parent in children.all():
        kept = parent
        while kept in parents:
            kept = parents[kept]
        change(session, PageVersion, PageVersion.id == child, parent_id=None if child in parents else kept)
    statement = delete(PageVersion).where(PageVersion.id.in_(ids), *_unnamed())
    session.execute(statement.execution_options(synchronize_session=False))
