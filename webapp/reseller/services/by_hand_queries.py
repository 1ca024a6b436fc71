"""Reads about services that a person of the partner provides, and about what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, counts, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.partners import search_keys

from .models import Service, ServiceFile, ServiceTask
from .states import in_states

#: States in which a subscriber has something of it, or soon will.
OWNED = ("active", "expiring", "expired", "suspended")


def services(
    session: Session,
    *,
    account_id: int | None = None,
    kind: str | None = None,
    state: str | None = None,
    text: str = "",
    page: int = 1,
) -> Page[Service]:
    """Services, the newest first. `text` is any part of what they are for."""
    query = select(Service)
    for column, wanted in ((Service.account_id, account_id), (Service.kind, kind), (Service.state, state)):
        if wanted:
            query = query.where(column == wanted)
    query = query.where(*search_keys.matching(text, "service", Service.id))
    return paginate(session, query.order_by(Service.id.desc()), Service.id, page)


def services_by_id(session: Session, ids: Sequence[int]) -> dict[int, Service]:
    """Services by their ids, in one statement."""
    return {row.id: row for row in session.scalars(select(Service).where(Service.id.in_(ids)))}


def counts_by_state(session: Session) -> dict[str, int]:
    """How many services are in each state where there are any, as far as paging counts."""
    return {state: number for state, number in counts(session, in_states(Service)).items() if number}


def files_of(session: Session, service_id: int) -> Sequence[ServiceFile]:
    """What the partner handed over with a service, oldest first."""
    mine = select(ServiceFile).where(ServiceFile.service_id == service_id)
    return session.scalars(mine.order_by(ServiceFile.id)).all()


def file(session: Session, service_id: int, file_id: int) -> ServiceFile:
    """One file of a service. Raises NotFound."""
    found = session.scalar(select(ServiceFile).where(ServiceFile.id == file_id, ServiceFile.service_id == service_id))
    if found is None:
        raise NotFound
    return found


def tasks(session: Session, state: str = "open", page: int = 1) -> Page[ServiceTask]:
    """What is to be done by hand, the most urgent first; ended tasks the newest first."""
    query = select(ServiceTask).where(ServiceTask.state == state)
    order = (ServiceTask.due_on, ServiceTask.id) if state == "open" else (ServiceTask.id.desc(),)
    return paginate(session, query.order_by(*order), ServiceTask.id, page)


def tasks_of(session: Session, service_id: int) -> Sequence[ServiceTask]:
    """Everything that was to be done for a service, newest first."""
    mine = select(ServiceTask).where(ServiceTask.service_id == service_id)
    return session.scalars(mine.order_by(ServiceTask.id.desc())).all()


def task_counts(session: Session, today: date) -> tuple[int, int]:
    """(open, of which overdue)."""
    open_ones = select(func.count(ServiceTask.id)).where(ServiceTask.state == "open")
    late = session.scalar(open_ones.where(ServiceTask.due_on < today)) or 0
    return session.scalar(open_ones) or 0, late
