"""Reads for the subscriber panel that join several rooms: renewals, money that came back, mails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.foundation import clock
from webapp.foundation.clock import add_years
from webapp.foundation.paging import Page, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import LedgerPosting, Proforma, ProformaLine
from webapp.reseller.catalog.amounts import prices_of
from webapp.reseller.catalog.models import Product
from webapp.reseller.notifications.models import Message
from webapp.reseller.notifications.operations import KINDS
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain, Service
from webapp.reseller.services.states import RENEWABLE

from .models import Order, OrderLine
from .renewing import furthest_end
from .subjects import Subject, domains_of, services_of

#: Mails to subscribers; the others tell the partner about them.
_TO_SUBSCRIBERS = tuple(kind for kind, door in KINDS.items() if door == "shop")


def renewal_choices(session: Session, domain: Domain) -> dict[int, int]:
    """years -> price in minor units for renewing a domain now; empty where it cannot be renewed or has no price."""
    ends = domain.ends_on
    if domain.state not in RENEWABLE or ends is None:
        return {}
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    product_id = session.scalar(select(Product.id).where(Product.tld_id == domain.tld_id))
    where = (partner.currency, today, domain.account_id)
    prices = prices_of(session, [product_id], *where).get(product_id, {}) if product_id else {}
    return {n: amount for n, amount in prices.get("renew", {}).items() if add_years(ends, n) <= furthest_end()}


def service_renewal_choices(session: Session, service: Service) -> dict[int, int]:
    """The same for a service."""
    if service.state not in RENEWABLE or service.ends_on is None:
        return {}
    starts, partner = service.ends_on + timedelta(days=1), partners.partner(session)
    where = (partner.currency, clock.today(partner.timezone), service.account_id)
    prices = prices_of(session, [service.product_id], *where).get(service.product_id, {})
    return {n: amount for n, amount in prices.get("renew", {}).items() if add_years(starts, n) <= furthest_end()}


def open_renewals(session: Session, domain_ids: Iterable[int]) -> dict[int, Proforma]:
    """domain id -> the proforma of a renewal that was ordered and has not ended, for those that have one."""
    return _open_renewals(session, OrderLine.domain_id, domain_ids)


def open_service_renewals(session: Session, service_ids: Iterable[int]) -> dict[int, Proforma]:
    """The same for services."""
    return _open_renewals(session, OrderLine.service_id, service_ids)


def _open_renewals(
    session: Session, subject: InstrumentedAttribute[int | None], ids: Iterable[int]
) -> dict[int, Proforma]:
    going = OrderLine.state.in_(("awaiting_payment", "awaiting_funds", "provisioning"))
    query: Select[Any] = _with_proforma(select(subject, Proforma), subject, ids).where(
        OrderLine.operation == "renew", going
    )
    return {row[0]: row[1] for row in session.execute(query)}


def paid_for(session: Session, domain_ids: Iterable[int]) -> set[int]:
    """Those of the ordered names whose proforma is paid, though the shop has not activated it yet."""
    return _paid_for(session, OrderLine.domain_id, domain_ids)


def services_paid_for(session: Session, service_ids: Iterable[int]) -> set[int]:
    """The same for ordered services."""
    return _paid_for(session, OrderLine.service_id, service_ids)


def _paid_for(session: Session, subject: InstrumentedAttribute[int | None], ids: Iterable[int]) -> set[int]:
    ids = list(ids)
    if not ids:
        return set()
    waiting = (OrderLine.operation == "register", OrderLine.state == "awaiting_payment", Proforma.state == "paid")
    query: Select[Any] = _with_proforma(select(subject), subject, ids).where(*waiting)
    return {found for found in session.scalars(query) if found is not None}


def _with_proforma(query: Any, subject: InstrumentedAttribute[int | None], ids: Iterable[int]) -> Any:
    joined = query.select_from(OrderLine).join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
    return joined.join(Proforma, Proforma.id == ProformaLine.proforma_id).where(subject.in_(list(ids)))


@dataclass(frozen=True)
class Returned:
    """Money for something that could not be delivered; it is credit now. `outcome`: "lost" or "refused"."""

    subject: Subject
    operation: str
    outcome: str
    amount: int
    currency: str
    at: datetime


def returned(session: Session, account_id: int, since: datetime) -> list[Returned]:
    """What came back to a subscriber's credit since then, the newest first (at most 20)."""
    query = (
        select(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.account_id == account_id, OrderLine.state.in_(("lost", "refused")))
        .order_by(OrderLine.id.desc())
        .limit(20)
    )
    lines = session.scalars(query).all()
    domains, services = domains_of(session, lines), services_of(session, lines)
    postings = _returns(session, account_id, [line.id for line in lines], since)
    return [
        Returned(_either(line, domains, services), line.operation, line.state, paid.amount, paid.currency, paid.at)
        for line in lines
        if (paid := postings.get(f"return:{line.id}"))
    ]


def _either(line: OrderLine, domains: dict[int, Domain], services: dict[int, Service]) -> Subject:
    return services[line.service_id] if line.service_id is not None else domains[line.domain_id or 0]


def _returns(session: Session, account_id: int, line_ids: list[int], since: datetime) -> dict[str, LedgerPosting]:
    """The postings that settlement.undelivered made, by their entry."""
    where = (
        LedgerPosting.book == ledger.RETAIL,
        LedgerPosting.ledger_account == ledger.credit_account(account_id),
        LedgerPosting.entry.in_([f"return:{line_id}" for line_id in line_ids]),
        LedgerPosting.at >= since,
    )
    return {row.entry: row for row in session.scalars(select(LedgerPosting).where(*where))}


# --- mails ---------------------------------------------------------------------------------------------------


def messages(session: Session, account_id: int, user_id: int, page: int = 1) -> Page[Message]:
    """What the shop mailed about an account's papers and names, and to this user about its sign-in; newest first."""
    query = _mine(account_id, user_id).order_by(Message.created_at.desc(), Message.id.desc())
    return paginate(session, query, Message.id, page, 25)


def message(session: Session, account_id: int, user_id: int, message_id: int) -> Message:
    """One of `messages`. Raises NotFound for any other."""
    found = session.scalar(_mine(account_id, user_id).where(Message.id == message_id))
    if found is None:
        raise NotFound
    return found


def _mine(account_id: int, user_id: int) -> Select[Message]:
    proformas = select(Proforma.id).where(Proforma.account_id == account_id)
    domains = select(Domain.id).where(Domain.account_id == account_id)
    services = select(Service.id).where(Service.account_id == account_id)
    about = or_(
        and_(Message.about_kind == "proforma", Message.about_id.in_(proformas)),
        and_(Message.about_kind == "domain", Message.about_id.in_(domains)),
        and_(Message.about_kind == "service", Message.about_id.in_(services)),
        and_(Message.about_kind == "user", Message.about_id == user_id),
    )
    return select(Message).where(Message.kind.in_(_TO_SUBSCRIBERS), about)
