"""The log's hash chain: each link is a SHA-256 over the link before it and one event, per partner, 1, 2, 3 ...

Events are sealed a few seconds after their commit, in the order of their ids; one whose transaction took longer than
its neighbours' is sealed when it is seen. Deeds need not wait for each other for that. Who changes, drops or puts in
an event (the database refuses; somebody with its files need not ask) would have to make every later link anew, and
the last link is told to whoever keeps it elsewhere (`head`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, tenancy
from webapp.foundation.db import Database

from .models import AuditEvent, AuditSeal, Partner

#: What stands before the first link.
START = "0" * 64
#: Links in a transaction, and in one beat of the tick.
BATCH, BEAT = 500, 4000
#: How far back (in ids of the whole install) late commits are looked for; the daily pass looks everywhere.
LATE = 20_000
#: An event without a link is a fault when it is older than this.
PATIENCE = timedelta(minutes=10)

_FIELDS = (
    *("id", "partner_id", "actor_kind", "actor_id", "actor_label", "action", "object_kind", "object_id"),
    *("object_label", "through", "data", "ip", "request_id"),
)


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold: whose, which, and why ("event", "link", "gap", "unsealed")."""

    partner_id: int
    sequence: int
    event_id: int
    why: str


@dataclass(frozen=True)
class Verdict:
    """What a look at the chain says: how many links hold, the last of them, and what is broken (None: nothing)."""

    links: int
    head: str
    broken: Broken | None = None


def link(previous: str, event: AuditEvent) -> str:
    """The hash of an event after `previous`."""
    facts: dict[str, Any] = {name: getattr(event, name) for name in _FIELDS}
    facts["at"] = event.at.isoformat(timespec="microseconds")
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}|{text}".encode()).hexdigest()


# --- sealing -------------------------------------------------------------------------------------------------


def seal(session: Session, *, everywhere: bool = False) -> int:
    """Seal up to BATCH events of the session's tenant; returns how many. `everywhere`: without the floor of LATE."""
    # Whoever seals holds the partner's row: two links never follow the same one.
    session.execute(select(Partner.id).where(Partner.id == _tenant(session)).with_for_update())
    last = _last(session)
    floor = 0 if everywhere or last is None else _floor(session)
    events = session.scalars(_unsealed(floor).limit(BATCH)).all()
    links, previous = (last.sequence, last.hash) if last else (0, START)
    rows = []
    for sequence, event in enumerate(events, links + 1):
        previous = link(previous, event)
        rows.append({"sequence": sequence, "event_id": event.id, "hash": previous})
    db.insert_rows(session, AuditSeal, rows)
    return len(rows)


def seal_all(database: Database, *, everywhere: bool = False, most: int = BEAT) -> int:
    """Seal what is there, partner by partner, about `most` events; returns how many. One transaction a batch."""
    with database.reading(tenancy.Platform("seal-log")) as session:
        waiting = _partners_with_unsealed(session, everywhere)
    sealed = 0
    for partner_id in waiting:
        while sealed < most:
            with tenancy.tenant(partner_id), database.writing() as session:
                done = seal(session, everywhere=everywhere)
            sealed += done
            if done < BATCH:
                break
    return sealed


class Context(Protocol):
    """What the daily pass needs of the tick's context."""

    @property
    def database(self) -> Database: ...


def seal_everywhere(context: Context) -> str:
    """The daily pass: what came too late for the floor of the others."""
    return f"{seal_all(context.database, everywhere=True, most=1_000_000)} links"


def _partners_with_unsealed(session: Session, everywhere: bool) -> Sequence[int]:
    highest = session.scalar(select(func.max(AuditEvent.id))) or 0
    floor = 0 if everywhere else highest - LATE
    free = (AuditEvent.id > floor, ~_sealed())
    return session.scalars(select(AuditEvent.partner_id).where(*free).distinct()).all()


def _sealed() -> Any:
    return exists().where(AuditSeal.partner_id == AuditEvent.partner_id, AuditSeal.event_id == AuditEvent.id)


def _unsealed(floor: int) -> Select[AuditEvent]:
    return select(AuditEvent).where(AuditEvent.id > floor, ~_sealed()).order_by(AuditEvent.id)


def _floor(session: Session) -> int:
    return (session.scalar(select(func.max(AuditSeal.event_id))) or 0) - LATE


def _last(session: Session) -> AuditSeal | None:
    return session.scalar(select(AuditSeal).order_by(AuditSeal.sequence.desc()).limit(1))


def _tenant(session: Session) -> int:
    scope = session.info["scope"]
    assert isinstance(scope, tenancy.Tenant)
    return scope.partner_id


# --- verifying -----------------------------------------------------------------------------------------------


def verify(session: Session) -> Verdict:
    """Walk the whole chain of the session's tenant in small bites; the first fault ends the walk."""
    partner_id, previous, links = _tenant(session), START, 0
    for seals, events in _bites(session):
        for each in seals:
            event = events.get(each.event_id)
            why = _fault(each, event, links, previous)
            if why:
                return Verdict(links, previous, Broken(partner_id, links + 1, each.event_id, why))
            previous, links = each.hash, links + 1
    return Verdict(links, previous, _forgotten(session, partner_id, links))


def _fault(seal_row: AuditSeal, event: AuditEvent | None, links: int, previous: str) -> str:
    if seal_row.sequence != links + 1:
        return "gap"
    if event is None:
        return "event"
    return "" if link(previous, event) == seal_row.hash else "link"


def _bites(session: Session) -> Iterator[tuple[Sequence[AuditSeal], dict[int, AuditEvent]]]:
    """Links in their order with their events; what was read is let go, so that memory stays flat."""
    after = 0
    while True:
        in_order = select(AuditSeal).where(AuditSeal.sequence > after).order_by(AuditSeal.sequence)
        seals = session.scalars(in_order.limit(BATCH)).all()
        if not seals:
            return
        wanted = select(AuditEvent).where(AuditEvent.id.in_([each.event_id for each in seals]))
        yield seals, {event.id: event for event in session.scalars(wanted)}
        after = seals[-1].sequence
        session.expunge_all()


def _forgotten(session: Session, partner_id: int, links: int) -> Broken | None:
    """An event that should long have a link: put in later with an old date, or its link was dropped at the end."""
    old = _unsealed(0).where(AuditEvent.at < clock.now() - PATIENCE).with_only_columns(AuditEvent.id)
    event_id = session.scalar(old.limit(1))
    return None if event_id is None else Broken(partner_id, links + 1, event_id, "unsealed")


def verify_all(database: Database) -> dict[int, Verdict]:
    """Partner -> what its chain says; for the command line and the operator's page."""
    with database.reading(tenancy.Platform("verify-log")) as session:
        partners = session.scalars(select(Partner.id).order_by(Partner.id)).all()
    found = {}
    for partner_id in partners:
        with tenancy.tenant(partner_id), database.reading() as session:
            found[partner_id] = verify(session)
    return found
