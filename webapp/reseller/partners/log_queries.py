"""The log as one looks through it: by filters, the newest first, in pages that begin where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import matching

from .models import AuditEvent, AuditSeal

PAGE, _BITE = 50, 1000


@dataclass(frozen=True)
class Wanted:
    """Filters. `action` is a whole name or a family ("proforma."); `until` is exclusive."""

    actor_kind: str = ""
    action: str = ""
    object_kind: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Slice:
    """Events and the id before which the next page begins; None: that was all."""

    items: list[AuditEvent]
    older: int | None


def events(session: Session, wanted: Wanted, before: int | None = None) -> Slice:
    """One page. No page counts the rows before it, so that the last one costs what the first one does."""
    # In the order of writing: nobody's clock can put a deed elsewhere.
    chosen = select(AuditEvent).where(*_where(wanted, before)).order_by(AuditEvent.id.desc())
    found = list(session.scalars(chosen.limit(PAGE + 1)))
    more = len(found) > PAGE
    return Slice(found[:PAGE], found[PAGE - 1].id if more else None)


def exported(session: Session, wanted: Wanted) -> Iterator[tuple[AuditEvent, str]]:
    """Every event with the hash of its link ("" while it has none), in flat memory."""
    before: int | None = None
    both = select(AuditEvent, AuditSeal.hash).outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
    newest = AuditEvent.id.desc()
    while rows := session.execute(both.where(*_where(wanted, before)).order_by(newest).limit(_BITE)).all():
        yield from ((row[0], row[1] or "") for row in rows)
        before = rows[-1][0].id
        session.expunge_all()


def _where(wanted: Wanted, before: int | None) -> list[ColumnElement[bool]]:
    family = AuditEvent.action.startswith(wanted.action, autoescape=True)
    return [
        *([AuditEvent.id < before] if before is not None else []),
        *([AuditEvent.actor_kind == wanted.actor_kind] if wanted.actor_kind else []),
        *([family] if wanted.action else []),
        *([AuditEvent.object_kind == wanted.object_kind] if wanted.object_kind else []),
        *([AuditEvent.at >= wanted.since] if wanted.since else []),
        *([AuditEvent.at < wanted.until] if wanted.until else []),
        *matching(wanted.text, AuditEvent.actor_label, AuditEvent.object_label, AuditEvent.through, AuditEvent.action),
    ]
