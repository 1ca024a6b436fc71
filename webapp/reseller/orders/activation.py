"""Activation: a paid proforma is switched on, and each of its lines goes to the registry or to a person, once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import ledger
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import costs
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services import by_hand
from webapp.reseller.services import operations as services
from webapp.reseller.services.models import Service
from webapp.reseller.services.states import move

from . import funds, settlement
from .models import OrderLine
from .subjects import Subject, domains_of, kind_of, lines_of, name_of, subject_of


def activate(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Switch a paid proforma on (H-28). Twice is once; a manual one has nothing to switch on (H-31).

    A line whose wholesale price is not covered by the partner's balance waits ("awaiting_funds") and goes on by
    itself when money arrives.
    """
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.origin == "manual":
        raise Refusal("manual", N_("A proforma that was written by hand has nothing to activate."))
    if proforma.state == "activated":
        return proforma
    if proforma.state != "paid":
        raise Refusal("not_paid", N_("Record the payment first: only a paid proforma can be activated."))
    billing.move_proforma(session, proforma, "paid", "activated", activated_at=clock.now())
    record(session, actor, "proforma.activated", "proforma", proforma.id, proforma.number)
    for line in lines_of(session, proforma.id):
        start_line(session, actor, line)
    return proforma


def start_line(session: Session, actor: Actor, line: OrderLine) -> bool:
    """Hold the wholesale price and store the intent; False when the line waits for funds or could not start."""
    subject = subject_of(session, line)
    currency, cost = wholesale_cost(session, line, subject)
    if not ledger.hold_wholesale(session, line_key(line), currency, cost):
        _wait_for_funds(session, actor, line, subject)
        return False
    funds.tell_if_low(session, cost)
    _move_line(session, line, "provisioning")
    if _intend(session, actor, line, subject, (currency, cost)):
        return True
    settlement.undelivered(session, line, "lost" if line.operation == "register" else "refused")
    return False


def _intend(session: Session, actor: Actor, line: OrderLine, subject: Subject, price: tuple[str, int]) -> bool:
    if isinstance(subject, Service):
        return by_hand.intend(session, actor, subject, line_key(line), line.operation, line.years)
    intend = services.intend_registration if line.operation == "register" else services.intend_renewal
    return intend(session, actor, subject, line_key(line), line.years, price)


def line_key(line: OrderLine) -> str:
    """Name of the line in the ledger and among provisioning operations."""
    return f"order-line:{line.id}"


def wholesale_cost(session: Session, line: OrderLine, subject: Subject) -> tuple[str, int]:
    """(currency, minor units) that the operator charges for the line; 0 where nothing is agreed, or by hand."""
    partner = partners.partner(session)
    if isinstance(subject, Service):
        return partner.currency, 0
    today = clock.today(partner.timezone)
    period = {"years": line.years, "days": line.days}
    cost = costs.cost_of(session, partner, subject.tld_id, line.operation, today, **period)
    return partner.currency, cost.amount if cost else 0


def _wait_for_funds(session: Session, actor: Actor, line: OrderLine, subject: Subject) -> None:
    if line.state == "awaiting_funds":
        return
    _move_line(session, line, "awaiting_funds")
    if line.operation == "register":
        move(session, subject, "awaiting_funds")
    record(session, actor, "order.awaiting_funds", kind_of(subject), subject.id, name_of(subject))
    funds.ask_to_tell(session)


def shortage(session: Session) -> funds.Shortage:
    """What all lines that wait for funds cost, and how much of it is missing. Prices once per kind of line."""
    total, lines = funds.waiting_lines(session)
    domains = domains_of(session, lines)
    prices: dict[tuple[int, str, int, int], int] = {}
    needed = 0
    for line in lines:
        domain = domains.get(line.domain_id or 0)
        if domain is None:
            continue
        key = (domain.tld_id, line.operation, line.years, line.days)
        if key not in prices:
            prices[key] = wholesale_cost(session, line, domain)[1]
        needed += prices[key]
    currency = partners.partner(session).currency
    return funds.shortage_of(needed, total, *billing_queries.wholesale_balance(session, currency), currency)


def _move_line(session: Session, line: OrderLine, to: str) -> None:
    before = ("awaiting_payment", "awaiting_funds")
    if not change(session, OrderLine, OrderLine.id == line.id, OrderLine.state.in_(before), state=to):
        raise Refusal("state_moved", N_("This order was changed in the meantime. Reload the page."))
    session.refresh(line)


def retry_funds(session: Session, actor: Actor, after: int = 0, most: int = 50) -> int | None:
    """Start lines that wait for funds, oldest first, as far as the balance reaches: those behind line `after`.

    Returns the last line that was looked at, None when there are no more: others wait for the balance no longer than
    `most` lines take.
    """
    waits = (OrderLine.state == "awaiting_funds", OrderLine.id > after)
    waiting = session.scalars(
        select(OrderLine).where(*waits).order_by(OrderLine.id).limit(most).with_for_update()
    ).all()
    for line in waiting:
        start_line(session, actor, line)
    return waiting[-1].id if waiting else None
