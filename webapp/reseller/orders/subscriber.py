"""Reads for the subscriber panel that join several rooms: renewals, money that came back, mails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.clock import add_years
from webapp.foundation.paging import Page, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import LedgerPosting, Proforma
from webapp.reseller.catalog.amounts import prices_of
from webapp.reseller.catalog.models import Product
from webapp.reseller.notifications.models import Message
from webapp.reseller.notifications.operations import KINDS
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import RENEWABLE

from .models import Order, OrderLine
from .operations import furthest_end

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


def open_renewals(session: Session, domain_ids: Iterable[int]) -> dict[int, Proforma]:
    """domain id -> the proforma of a renewal that was ordered and has not ended, for those that have one."""
    going = OrderLine.state.in_(("awaiting_payment", "awaiting_funds", "provisioning"))
    query = (
        select(OrderLine.domain_id, Proforma)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Proforma, Proforma.id == Order.proforma_id)
        .where(OrderLine.domain_id.in_(list(domain_ids)), OrderLine.operation == "renew", going)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def paid_for(session: Session, domain_ids: Iterable[int]) -> set[int]:
    """Those of the ordered names whose proforma is paid, though the shop has not activated it yet."""
    query = (
        select(OrderLine.domain_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Proforma, Proforma.id == Order.proforma_id)
        .where(OrderLine.domain_id.in_(list(domain_ids)), OrderLine.state == "awaiting_payment")
        .where(OrderLine.operation == "register", Proforma.state == "paid")
    )
    return set(session.scalars(query))


@dataclass(frozen=True)
class Returned:
    """Money for something that could not be delivered; it is credit now. `outcome`: "lost" or "refused"."""

    domain: Domain
    operation: str
    outcome: str
    amount: int
    currency: str
    at: datetime


def returned(session: Session, account_id: int, since: datetime) -> list[Returned]:
    """What came back to a subscriber's credit since then, the newest first (at most 20)."""
    query = (
        select(OrderLine, Domain)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Domain, Domain.id == OrderLine.domain_id)
        .where(Order.account_id == account_id, OrderLine.state.in_(("lost", "refused")))
        .order_by(OrderLine.id.desc())
        .limit(20)
    )
    lines = session.execute(query).all()
    postings = _returns(session, account_id, [line.id for line, _ in lines], since)
    return [
        Returned(domain, line.operation, line.state, paid.amount, paid.currency, paid.at)
        for line, domain in lines
        if (paid := postings.get(f"return:{line.id}"))
    ]


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
    about = or_(
        and_(Message.about_kind == "proforma", Message.about_id.in_(proformas)),
        and_(Message.about_kind == "domain", Message.about_id.in_(domains)),
        and_(Message.about_kind == "user", Message.about_id == user_id),
    )
    return select(Message).where(Message.kind.in_(_TO_SUBSCRIBERS), about)
