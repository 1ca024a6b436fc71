"""What the operator sees of the whole install: partners in figures, what is stuck, and how to set it going again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.leases import NamedLease
from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.models import Proforma, WholesaleBalance
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain, ProvisioningOperation

#: A registry command that has no outcome for so long is shown to the operator.
PATIENCE = timedelta(minutes=15)
_LIVE = ("active", "expiring")


@dataclass(frozen=True)
class PartnerFigures:
    """One partner in numbers; money in minor units of the partner's currency."""

    subscribers: int = 0
    domains: int = 0
    open_proformas: int = 0
    awaiting_funds: int = 0
    balance: int = 0
    credit_limit: int = 0


def partner_figures(session: Session, partners: Iterable[Partner]) -> dict[int, PartnerFigures]:
    """Partner id -> figures, for one page of a list. Five statements, however many partners."""
    wanted = {partner.id: partner.currency for partner in partners}
    subscribers = _counts(session, Account, wanted)
    domains = _counts(session, Domain, wanted, Domain.state.in_(_LIVE))
    proformas = _counts(session, Proforma, wanted, Proforma.state == "issued")
    waiting = _counts(session, OrderLine, wanted, OrderLine.state == "awaiting_funds")
    balances = _balances(session, wanted)
    return {
        one: PartnerFigures(
            subscribers.get(one, 0),
            domains.get(one, 0),
            proformas.get(one, 0),
            waiting.get(one, 0),
            *balances.get((one, currency), (0, 0)),
        )
        for one, currency in wanted.items()
    }


def _counts(session: Session, model: Any, wanted: Iterable[int], *where: Any) -> dict[int, int]:
    rows = session.execute(
        select(model.partner_id, func.count(model.id))
        .where(model.partner_id.in_(list(wanted)), *where)
        .group_by(model.partner_id)
    )
    return {row[0]: row[1] for row in rows}


def _balances(session: Session, wanted: Iterable[int]) -> dict[tuple[int, str], tuple[int, int]]:
    row = WholesaleBalance
    rows = session.execute(
        select(row.partner_id, row.currency, row.amount, row.credit_limit).where(row.partner_id.in_(list(wanted)))
    )
    return {(partner_id, currency): (amount, limit) for partner_id, currency, amount, limit in rows}


@dataclass(frozen=True)
class Totals:
    """The install in numbers."""

    partners: int
    suspended: int
    subscribers: int
    domains: int


def totals(session: Session) -> Totals:
    """Counted over all partners."""
    by_status = partner_counts(session)
    subscribers = session.scalar(select(func.count(Account.id))) or 0
    domains = session.scalar(select(func.count(Domain.id)).where(Domain.state.in_(_LIVE))) or 0
    return Totals(by_status.get("active", 0), by_status.get("suspended", 0), subscribers, domains)


def partner_counts(session: Session) -> dict[str, int]:
    """How many partners are in each state."""
    rows = session.execute(select(Partner.status, func.count(Partner.id)).group_by(Partner.status))
    return {row[0]: row[1] for row in rows}


def newest_partners(session: Session, most: int = 8) -> Sequence[Partner]:
    """The partners that came last."""
    return session.scalars(select(Partner).order_by(Partner.id.desc()).limit(most)).all()


@dataclass(frozen=True)
class Unclear:
    """A registry command whose outcome nobody knows yet."""

    operation: ProvisioningOperation
    name: str
    partner: str
    partner_id: int


def unclear(session: Session, most: int = 50) -> list[Unclear]:
    """Commands that are unknown, or under way for longer than PATIENCE, the oldest first."""
    operation = ProvisioningOperation
    slow = (operation.state.in_(("intended", "sent"))) & (operation.created_at < clock.now() - PATIENCE)
    rows = session.execute(
        select(operation, Domain.name_unicode, Partner.name)
        .join(Domain, (Domain.partner_id == operation.partner_id) & (Domain.id == operation.domain_id))
        .join(Partner, Partner.id == operation.partner_id)
        .where((operation.state == "unknown") | slow)
        .order_by(operation.created_at, operation.id)
        .limit(most)
    )
    return [Unclear(found, name, partner, found.partner_id) for found, name, partner in rows]


@dataclass(frozen=True)
class Given:
    """An outbox row that was given up, with the partner whose it is."""

    row: outbox.OutboxRow
    partner: str


def given_up(session: Session) -> list[Given]:
    """Work that failed too often and waits for a person."""
    rows = outbox.dead_rows(session)
    wanted = {row.partner_id for row in rows}
    found = session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(wanted))) if wanted else ()
    names = {row[0]: row[1] for row in found}
    return [Given(row, names.get(row.partner_id, "")) for row in rows]


def revive(session: Session, actor: Actor, row_id: int) -> None:
    """Try given-up work again from the start. Raises NotFound when it is not given up (any more)."""
    row = outbox.revive(session, row_id)
    if row is None:
        raise NotFound
    facts = {"kind": row.kind, "key": row.key}
    record(session, actor, "work.revived", "outbox", row.id, row.kind, partner_id=row.partner_id, **facts)


def tick_runs_until(session: Session) -> datetime | None:
    """Until when a tick process holds its lease; None when none ever ran."""
    return session.scalar(select(func.max(NamedLease.until)).where(NamedLease.name == "tick"))
