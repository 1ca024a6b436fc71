"""What may be done to domains: ordered, intended at the registry, and the registry's answer stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.db import change
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import search_keys
from webapp.reseller.partners.audit import SYSTEM, Actor, record

from .models import Domain, ProvisioningOperation, RegistrantHandle
from .registrar import Outcome
from .renewal_settings import settings_of
from .states import move

#: An outcome that stays unknown for this many tries is shown as "needs attention"; the re-check goes on.
PATIENCE = 3
#: (currency, minor units): what the operator charges for an operation. Margins and the restricted balance add it up.
Price = tuple[str, int]
#: operation state -> the states that it may come from
ENDS = {"done": "confirmed", "lost": "refused", "refused": "refused"}


@dataclass(frozen=True)
class WantedName:
    """A name that somebody ordered."""

    name: str
    name_unicode: str
    tld_id: int
    registry_key: str


def order_domain(session: Session, wanted: WantedName, account_id: int, registrant_id: int) -> Domain:
    """A domain that waits for its money. A proforma reserves nothing: the registry is asked again at activation."""
    domain = Domain(
        name=wanted.name,
        name_unicode=wanted.name_unicode,
        tld_id=wanted.tld_id,
        registry_key=wanted.registry_key,
        account_id=account_id,
        registrant_id=registrant_id,
        state="awaiting_payment",
        auto_renew=settings_of(partners.partner(session)).automatic,
        created_at=clock.now(),
    )
    session.add(domain)
    session.flush()
    search_keys.write(session, "domain", {domain.id: (domain.name, domain.name_unicode)})
    return domain


def intend_registration(
    session: Session, actor: Actor, domain: Domain, line_key: str, years: int, price: Price
) -> bool:
    """Store the intent to register, and ask a worker to do it. False when the name is being served in this install.

    The partial unique index over live names decides between two orders for one name, whoever they belong to.
    """
    try:
        with session.begin_nested():
            moved = move(session, domain, "provisioning")
    except IntegrityError:
        session.refresh(domain)
        return False
    if moved:
        handle = _handle(session, domain)
        auth_info = secrets.token_urlsafe(18)
        facts = {"auth_info": auth_info, "registrant_handle": handle}
        _intend(session, actor, domain, "register", line_key, years, price, **facts)
    return moved


def intend_renewal(session: Session, actor: Actor, domain: Domain, line_key: str, years: int, price: Price) -> bool:
    """Store the intent to renew from the expiry that we know. False when that period is being renewed already."""
    expiry = domain.ends_on
    if expiry is None:
        return False
    try:
        with session.begin_nested():
            _intend(session, actor, domain, "renew", line_key, years, price, current_expiry=expiry)
    except IntegrityError:
        return False
    return True


def _intend(
    session: Session, actor: Actor, domain: Domain, kind: str, line_key: str, years: int, price: Price, **values: Any
) -> ProvisioningOperation:
    values |= {"wholesale_currency": price[0], "wholesale_amount": price[1]}
    operation = ProvisioningOperation(
        domain_id=domain.id, kind=kind, line_key=line_key, years=years, created_at=clock.now(), **values
    )
    session.add(operation)
    session.flush()
    outbox.enqueue(session, "domain.provision", str(operation.id), {"operation_id": operation.id})
    record(session, actor, f"domain.{kind}_intended", "domain", domain.id, domain.name, years=years)
    return operation


def _handle(session: Session, domain: Domain) -> str:
    """The contact object of the registrant at this registry; its random name is stored before it is made."""
    mine = (
        RegistrantHandle.contact_id == domain.registrant_id,
        RegistrantHandle.registry_key == domain.registry_key,
    )
    found = session.scalar(select(RegistrantHandle.handle).where(*mine))
    if found:
        return found
    handle = "W" + secrets.token_hex(7).upper()  # 15 characters; RFC 5733 allows 3 to 16
    session.add(
        RegistrantHandle(
            contact_id=domain.registrant_id, registry_key=domain.registry_key, handle=handle, created_at=clock.now()
        )
    )
    session.flush()
    return handle


def mark_sent(session: Session, operation_id: int) -> ProvisioningOperation | None:
    """Count a try and name it, before the wire; None when the operation has ended already.

    The caller reads what it needs of the state *before* this try, then sets it to "sent".
    """
    operation = session.scalar(
        select(ProvisioningOperation).where(ProvisioningOperation.id == operation_id).with_for_update()
    )
    if operation is None or operation.state in ("confirmed", "refused"):
        return None
    operation.tries += 1
    operation.client_transaction = f"WIT-{operation.id}-{operation.tries}-{secrets.token_hex(3)}"
    operation.sent_at = operation.sent_at or clock.now()
    return operation


def store_outcome(session: Session, operation_id: int, outcome: Outcome) -> bool:
    """Write what the registry says; True when the operation has ended (and its line can be settled)."""
    operation = session.scalars(
        select(ProvisioningOperation).where(ProvisioningOperation.id == operation_id).with_for_update()
    ).one()
    domain = session.scalars(select(Domain).where(Domain.id == operation.domain_id)).one()
    operation.code, operation.detail = outcome.code, outcome.detail
    if outcome.kind not in ENDS:
        _still_open(session, domain, operation, outcome)
        return False
    before = ("intended", "sent", "unknown")
    values = {"state": ENDS[outcome.kind], "ended_at": clock.now()}
    where = (ProvisioningOperation.id == operation.id, ProvisioningOperation.state.in_(before))
    if not change(session, ProvisioningOperation, *where, **values):
        return False
    session.refresh(operation)
    _apply(session, domain, operation, outcome)
    record(session, SYSTEM, f"domain.{operation.kind}_{outcome.kind}", "domain", domain.id, domain.name)
    payload = {"operation_id": operation.id, "outcome": outcome.kind}
    outbox.enqueue(session, "line.settle", str(operation.id), payload)
    return True


def _still_open(session: Session, domain: Domain, operation: ProvisioningOperation, outcome: Outcome) -> None:
    if outcome.kind == "waiting":  # nothing is on its way: the next try starts afresh
        operation.state = "intended"
        return
    operation.state, operation.unclear_tries = "unknown", operation.unclear_tries + 1
    if operation.unclear_tries != PATIENCE:
        return
    if domain.state == "provisioning":
        move(session, domain, "needs_attention")
    record(session, SYSTEM, "domain.needs_attention", "domain", domain.id, domain.name, detail=outcome.detail)
    outbox.enqueue(session, "domain.attention", str(operation.id), {"operation_id": operation.id})


def _apply(session: Session, domain: Domain, operation: ProvisioningOperation, outcome: Outcome) -> None:
    if outcome.kind == "done":
        dates: dict[str, datetime | None] = {"expires_at": outcome.expires_at}
        if operation.kind == "register":
            dates["registered_at"] = outcome.created_at or clock.now()
        if not move(session, domain, "active", **dates):  # renewed while active: the state stays
            change(session, Domain, Domain.id == domain.id, **dates)
            session.refresh(domain)
    elif operation.kind == "register":
        move(session, domain, "lost" if outcome.kind == "lost" else "cancelled")


def set_auto_renew(session: Session, actor: Actor, domain: Domain, on: bool) -> None:
    """Switch the renewal proforma of a domain on or off."""
    domain.auto_renew = on
    record(session, actor, "domain.auto_renew", "domain", domain.id, domain.name, on=on)
