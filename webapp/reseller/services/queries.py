"""Reads of the services room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.paging import Page, counts, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.partners import search_keys

from .models import Domain, NameWatch, ProvisioningOperation, Service, ServiceTask
from .states import in_states


def domain(session: Session, domain_id: int, account_id: int | None = None) -> Domain:
    """A domain; with `account_id`, only if it is that account's. Raises NotFound."""
    query = select(Domain).where(Domain.id == domain_id)
    if account_id is not None:
        query = query.where(Domain.account_id == account_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def domains(
    session: Session,
    *,
    account_id: int | None = None,
    state: str | None = None,
    text: str = "",
    ends_within: int | None = None,
    page: int = 1,
) -> Page[Domain]:
    """Domains by name; with `ends_within` (days) live ones that end by then, the soonest first.

    `text` is any part of the name, as typed or in A-labels.
    """
    query = select(Domain)
    if ends_within is not None:
        until = clock.now() + timedelta(days=ends_within)
        query = query.where(Domain.state.in_(("active", "expiring")), Domain.expires_at <= until)
        query = query.order_by(Domain.expires_at)
    if account_id is not None:
        query = query.where(Domain.account_id == account_id)
    if state:
        query = query.where(Domain.state == state)
    query = query.where(*search_keys.matching(text, "domain", Domain.id))
    return paginate(session, query.order_by(Domain.name, Domain.id), Domain.id, page)


def exist(session: Session, model: type[Domain | Service | NameWatch], account_id: int | None = None) -> bool:
    """Whether there are any at all, of the partner or of one account: what one has stays in menus (H-20)."""
    wanted = select(model.id).limit(1)
    return session.scalar(wanted if account_id is None else wanted.where(model.account_id == account_id)) is not None


def domains_by_id(session: Session, ids: Sequence[int]) -> dict[int, Domain]:
    """Domains by their ids, in one statement."""
    return {row.id: row for row in session.scalars(select(Domain).where(Domain.id.in_(ids)))}


def expiring(session: Session, days: int, account_id: int | None = None) -> Sequence[Domain]:
    """Domains that end within `days`, soonest first."""
    until = clock.now() + timedelta(days=days)
    query = select(Domain).where(Domain.state.in_(("active", "expiring", "expired")), Domain.expires_at <= until)
    if account_id is not None:
        query = query.where(Domain.account_id == account_id)
    return session.scalars(query.order_by(Domain.expires_at).limit(200)).all()


def counts_by_state(session: Session) -> dict[str, int]:
    """How many domains are in each state where there are any, as far as paging counts."""
    return {state: number for state, number in counts(session, in_states(Domain)).items() if number}


def operations_of(session: Session, domain_id: int) -> Sequence[ProvisioningOperation]:
    """What was asked of the registry for a domain, newest first."""
    mine = select(ProvisioningOperation).where(ProvisioningOperation.domain_id == domain_id)
    return session.scalars(mine.order_by(ProvisioningOperation.id.desc())).all()


def operation(session: Session, operation_id: int) -> ProvisioningOperation:
    """One operation. Raises NotFound."""
    found = session.get(ProvisioningOperation, operation_id)
    if found is None:
        raise NotFound
    return found


def service(session: Session, service_id: int, account_id: int | None = None) -> Service:
    """A service; with `account_id`, only if it is that account's. Raises NotFound."""
    query = select(Service).where(Service.id == service_id)
    if account_id is not None:
        query = query.where(Service.account_id == account_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def task(session: Session, task_id: int) -> ServiceTask:
    """Something to be done by hand. Raises NotFound."""
    found = session.scalar(select(ServiceTask).where(ServiceTask.id == task_id))
    if found is None:
        raise NotFound
    return found
