"""Jobs of the services room. Thin: read, speak to the registry without a transaction, store."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database, change
from webapp.providers.registry.port import ContactCard, RegistryPort
from webapp.reseller.accounts.models import Contact
from webapp.reseller.catalog.models import Tld
from webapp.reseller.partners import queries as partners

from .models import Domain
from .operations import mark_sent, store_outcome
from .registrar import Intent, perform
from .states import TRANSITIONS

#: How long a name counts as "expiring" before its end.
EXPIRING = timedelta(days=30)
#: A registry that comes back finds its waiting orders within this time.
SLOWEST = timedelta(minutes=2)


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...
    @property
    def registry(self) -> RegistryPort: ...


def provision(context: Context, lease: outbox.Lease) -> None:
    """Register or renew one name. The last transaction stores the outcome and ends the outbox row, or neither."""
    operation_id = lease.payload["operation_id"]
    with context.database.writing() as session:
        intent = _intent(session, operation_id)
    if intent is None:
        with context.database.writing() as session:
            outbox.complete(session, lease)
        return
    outcome = perform(context.registry, intent)
    with context.database.writing() as session:
        ended = store_outcome(session, operation_id, outcome)
        if ended:
            outbox.complete(session, lease)
    if not ended:
        raise outbox.Later(min(outbox.backoff(intent.attempt), SLOWEST), outcome.detail)


def _intent(session: Session, operation_id: int) -> Intent | None:
    operation = mark_sent(session, operation_id)
    if operation is None:
        return None
    state_before, operation.state = operation.state, "sent"
    domain = session.scalars(select(Domain).where(Domain.id == operation.domain_id)).one()
    holder = session.scalars(select(Contact).where(Contact.id == domain.registrant_id)).one()
    return Intent(
        kind=operation.kind,
        name=domain.name,
        years=operation.years,
        key=operation.client_transaction,
        auth_info=operation.auth_info,
        holder=_card(holder, operation.registrant_handle),
        nameservers=tuple(partners.partner(session).nameservers),
        current_expiry=operation.current_expiry,
        unclear=state_before != "intended",
        tried_before=operation.tries > 1,
        attempt=operation.tries,
    )


def _card(contact: Contact, handle: str) -> ContactCard:
    return ContactCard(
        handle=handle,
        name=contact.name or contact.organisation,
        organisation=contact.organisation or None,
        street=(contact.street,),
        city=contact.city,
        postcode=contact.postcode,
        country=contact.country,
        phone=contact.phone,
        email=contact.email,
    )


def age_domains(context: Context) -> str:
    """Move domains along their life by the calendar, over all partners; returns a line for the log.

    The steps come in the order of a life, so that one run after weeks of downtime takes as many as are due.
    """
    now = clock.now()
    moved = {"expiring": 0, "expired": 0, "redemption": 0, "deleted": 0}
    with context.database.writing(tenancy.Platform("tick")) as session:
        for (grace, redemption), endings in _by_periods(session).items():
            for state, ended_by in (
                ("expiring", now + EXPIRING),
                ("expired", now),
                ("redemption", now - grace),
                ("deleted", now - grace - redemption),
            ):
                sources = [s for s in ("active", "expiring", "expired", "redemption") if state in TRANSITIONS[s]]
                where = (Domain.tld_id.in_(endings), Domain.state.in_(sources), Domain.expires_at < ended_by)
                moved[state] += change(session, Domain, *where, state=state)
    return ", ".join(f"{count} {state}" for state, count in moved.items())


def _by_periods(session: Session) -> dict[tuple[timedelta, timedelta], list[int]]:
    """(grace, redemption) -> ids of the endings that have these: few pairs for many endings."""
    found: dict[tuple[timedelta, timedelta], list[int]] = {}
    for number, grace, redemption in session.execute(select(Tld.id, Tld.grace_days, Tld.redemption_days)):
        found.setdefault((timedelta(days=grace), timedelta(days=redemption)), []).append(number)
    return found


def recheck(context: Context) -> str:
    """Make due every provisioning row whose operation is open: the daily safety net behind the retries."""
    row = outbox.OutboxRow
    where = (row.kind == "domain.provision", row.done_at.is_(None), row.lease_until.is_(None))
    with context.database.writing(tenancy.Platform("tick")) as session:
        count = change(session, row, *where, available_at=clock.now(), dead_at=None)
    return f"{count} made due"
