"""Leases by name (who may run the tick) and the record of periodic runs (what ran for which day)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import clock, tenancy
from .db import Database, change
from .schema import Base, LongText

#: What stands as the result of a run whose last try failed, as long as none has succeeded.
FAILED = "failed, see the log"


class NamedLease(Base):
    """A row per exclusive process role. Global: it names no tenant."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(unique=True)
    holder: Mapped[str]
    until: Mapped[datetime]
    fence: Mapped[int] = mapped_column(default=0)


class ScheduledRun(Base):
    """One periodic job on one date; the unique pair makes a job run once a day however often it is started."""

    __tablename__ = "scheduled_runs"

    job: Mapped[str]
    day: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(LongText, default="")

    __table_args__ = (UniqueConstraint("job", "day"),)


def hold(database: Database, name: str, holder: str, seconds: int) -> bool:
    """Take or prolong the lease `name`; False while somebody else holds it."""
    now = clock.now()
    with database.writing(tenancy.Platform("tick")) as session:
        if session.scalar(select(NamedLease.id).where(NamedLease.name == name)) is None:
            session.add(NamedLease(name=name, holder=holder, until=now + timedelta(seconds=seconds)))
            return True
        free = or_(NamedLease.holder == holder, NamedLease.until < now)
        values = {"holder": holder, "until": now + timedelta(seconds=seconds), "fence": NamedLease.fence + 1}
        return change(session, NamedLease, NamedLease.name == name, free, **values) == 1


def release(database: Database, name: str, holder: str) -> None:
    """Let go of a lease, so that the next process need not wait for it to lapse."""
    with database.writing(tenancy.Platform("tick")) as session:
        change(session, NamedLease, NamedLease.name == name, NamedLease.holder == holder, until=clock.now())


def start_run(session: Session, job: str, day: date) -> ScheduledRun | None:
    """The run of `job` for `day`, or None when it has already finished. An unfinished one is taken up again."""
    run = session.scalar(select(ScheduledRun).where(ScheduledRun.job == job, ScheduledRun.day == day))
    if run is None:
        run = ScheduledRun(job=job, day=day, started_at=clock.now())
        session.add(run)
        session.flush()
    return None if run.finished_at else run
