"""Activation: the partner switches a paid proforma on, and each of its lines goes to the registry, once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import ledger
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services import operations as services
from webapp.reseller.services import queries as service_queries
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import move

from . import settlement
from .models import OrderLine
from .operations import lines_of


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
    domain = service_queries.domain(session, line.domain_id)
    currency, cost = wholesale_cost(session, line, domain)
    if not ledger.hold_wholesale(session, line_key(line), currency, cost):
        _wait_for_funds(session, actor, line, domain)
        return False
    _move_line(session, line, "provisioning")
    intend = services.intend_registration if line.operation == "register" else services.intend_renewal
    if intend(session, actor, domain, line_key(line), line.years):
        return True
    settlement.undelivered(session, line, "lost" if line.operation == "register" else "refused")
    return False


def line_key(line: OrderLine) -> str:
    """Name of the line in the ledger and among provisioning operations."""
    return f"order-line:{line.id}"


def wholesale_cost(session: Session, line: OrderLine, domain: Domain) -> tuple[str, int]:
    """(currency, minor units) that the operator charges for the line; 0 where nothing is agreed."""
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    cost = catalog.wholesale(session, domain.tld_id, line.operation, line.years, partner.currency, today)
    return partner.currency, cost or 0


def _wait_for_funds(session: Session, actor: Actor, line: OrderLine, domain: Domain) -> None:
    if line.state == "awaiting_funds":
        return
    _move_line(session, line, "awaiting_funds")
    if line.operation == "register":
        move(session, domain, "awaiting_funds")
    record(session, actor, "order.awaiting_funds", "domain", domain.id, domain.name)


def _move_line(session: Session, line: OrderLine, to: str) -> None:
    before = ("awaiting_payment", "awaiting_funds")
    if not change(session, OrderLine, OrderLine.id == line.id, OrderLine.state.in_(before), state=to):
        raise Refusal("state_moved", N_("This order was changed in the meantime. Reload the page."))
    session.refresh(line)


def retry_funds(session: Session, actor: Actor) -> int:
    """Start the lines that wait for funds, oldest first, as far as the balance reaches; returns how many started."""
    waiting = session.scalars(
        select(OrderLine).where(OrderLine.state == "awaiting_funds").order_by(OrderLine.id).with_for_update()
    ).all()
    return sum(start_line(session, actor, line) for line in waiting)
