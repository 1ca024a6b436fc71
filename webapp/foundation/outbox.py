"""The outbox: every outside effect starts as a row that is written together with the state that asks for it.

The database is the truth; the queue only carries "wake up". A worker leases due rows (`claim`), runs the task of each
row's kind within the row's tenant, and ends the row *in the transaction that stores the task's result* (`complete`),
which checks the lease's fence: a worker that lost its lease (it slept, it was killed and came back) changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import clock, tenancy
from .db import Database, change, insert_once
from .schema import Base, LongText, TenantOwned, tenant_args

LEASE = timedelta(minutes=3)
#: After this many tries a row is dead: it stays, is counted on the operator's health page, and may be revived.
MAX_ATTEMPTS = 40


class OutboxRow(TenantOwned, Base):
    """One effect to bring about. `key` makes it unique per tenant: asking twice is asking once."""

    __tablename__ = "outbox"

    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(LongText, default="")

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "key"),
        Index("ix_outbox_due", "done_at", "dead_at", "available_at"),
    )


@dataclass(frozen=True)
class Lease:
    """The right to work on one row until somebody else takes it over."""

    row_id: int
    partner_id: int
    kind: str
    key: str
    payload: dict[str, Any]
    fence: int
    attempts: int


class LeaseLost(RuntimeError):
    """Another worker holds the row now: throw this work away."""


class Later(Exception):
    """Raised by a task to be called again after `delay`, without counting as a failure."""

    def __init__(self, delay: timedelta, why: str = "") -> None:
        super().__init__(why)
        self.delay = delay


def enqueue(session: Session, kind: str, key: str, payload: dict[str, Any], *, after: timedelta | None = None) -> None:
    """Ask for an effect within the caller's transaction. The same key again changes nothing."""
    now = clock.now()
    due = {"created_at": now, "available_at": now + (after or timedelta())}
    row = {"kind": kind, "key": f"{kind}:{key}", "payload": payload, **due}
    row_id = insert_once(session, OutboxRow, row, by=["key"])
    if row_id is not None and after is None:
        session.info["wake"].append(row_id)


def claim(database: Database, *, limit: int = 50, only: Sequence[int] = ()) -> list[Lease]:
    """Lease up to `limit` due rows of any tenant, oldest first. Two workers never get the same row."""
    now = clock.now()
    with database.writing(tenancy.Platform("outbox")) as session:
        rows = session.scalars(
            select(OutboxRow)
            .where(*_due(now), *([OutboxRow.id.in_(only)] if only else []))
            .order_by(OutboxRow.available_at, OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.fence, row.attempts, row.lease_until = row.fence + 1, row.attempts + 1, now + LEASE
        return [
            Lease(row.id, row.partner_id, row.kind, row.key, dict(row.payload), row.fence, row.attempts) for row in rows
        ]


def _due(now: datetime) -> tuple[Any, ...]:
    return (
        OutboxRow.done_at.is_(None),
        OutboxRow.dead_at.is_(None),
        OutboxRow.available_at <= now,
        or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < now),
    )


def lengthen(session: Session, lease: Lease) -> None:
    """Keep a row for another LEASE from now, in the transaction of a step of long work. Raises LeaseLost as below."""
    mine = (OutboxRow.id == lease.row_id, OutboxRow.fence == lease.fence, OutboxRow.done_at.is_(None))
    if not change(session, OutboxRow, *mine, lease_until=clock.now() + LEASE):
        raise LeaseLost(f"outbox row {lease.row_id}")


def complete(session: Session, lease: Lease) -> None:
    """End the row in the caller's transaction. Raises LeaseLost (and so rolls back) when the fence has moved."""
    done = change(
        session,
        OutboxRow,
        OutboxRow.id == lease.row_id,
        OutboxRow.fence == lease.fence,
        OutboxRow.done_at.is_(None),
        done_at=clock.now(),
        lease_until=None,
        last_error="",
    )
    if not done:
        raise LeaseLost(f"outbox row {lease.row_id}")


def put_back(database: Database, lease: Lease, delay: timedelta, error: str, *, failed: bool) -> None:
    """Give a row back for a later try. A row that failed MAX_ATTEMPTS times is dead."""
    now = clock.now()
    values: dict[str, Any] = {"available_at": now + delay, "lease_until": None, "last_error": error[:2000]}
    if not failed:
        values["attempts"] = OutboxRow.attempts - 1
    elif lease.attempts >= MAX_ATTEMPTS:
        values["dead_at"] = now
    with database.writing(tenancy.Tenant(lease.partner_id)) as session:
        change(session, OutboxRow, OutboxRow.id == lease.row_id, OutboxRow.fence == lease.fence, **values)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s doubling to 30 min."""
    return timedelta(seconds=min(5 * 2 ** min(attempts - 1, 12), 1800))


def dead_rows(session: Session, limit: int = 50) -> Sequence[OutboxRow]:
    """Rows that were given up, the newest first; for the operator's start page."""
    dead = select(OutboxRow).where(OutboxRow.dead_at.is_not(None)).order_by(OutboxRow.dead_at.desc(), OutboxRow.id)
    return session.scalars(dead.limit(limit)).all()


def revive(session: Session, row_id: int) -> OutboxRow | None:
    """Try a dead row again from the start; None when it is not dead (any more)."""
    row = session.scalar(select(OutboxRow).where(OutboxRow.id == row_id))
    fresh: dict[str, Any] = {"dead_at": None, "attempts": 0, "available_at": clock.now(), "lease_until": None}
    if not change(session, OutboxRow, OutboxRow.id == row_id, OutboxRow.dead_at.is_not(None), **fresh):
        return None
    session.info["wake"].append(row_id)
    return row


def backlog(session: Session) -> tuple[int, int, datetime | None]:
    """(open rows, dead rows, oldest due instant) over all tenants; for metrics and the operator's health page."""
    open_rows = (OutboxRow.done_at.is_(None), OutboxRow.dead_at.is_(None))
    count = session.scalar(select(func.count(OutboxRow.id)).where(*open_rows)) or 0
    dead = session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.dead_at.is_not(None))) or 0
    oldest = session.scalar(select(func.min(OutboxRow.available_at)).where(*open_rows))
    return count, dead, oldest
