"""What follows when the registry has answered for a line: done, or the money goes back to the subscriber's credit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.db import change
from webapp.reseller.billing import ledger
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.models import LedgerPosting, Proforma
from webapp.reseller.partners.audit import SYSTEM, record
from webapp.reseller.services import queries as service_queries
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import move

from . import mails
from .models import Order, OrderLine

OPEN = ("awaiting_payment", "awaiting_funds", "provisioning")


def line_of_key(session: Session, line_key: str) -> OrderLine:
    """The order line that a provisioning operation belongs to."""
    line_id = int(line_key.removeprefix("order-line:"))
    return session.scalars(select(OrderLine).where(OrderLine.id == line_id).with_for_update()).one()


def proforma_of(session: Session, line: OrderLine) -> Proforma:
    """The proforma that asked for the line's money."""
    query = select(Proforma).join(Order, Order.proforma_id == Proforma.id).where(Order.id == line.order_id)
    return session.scalars(query).one()


def delivered(session: Session, line: OrderLine) -> None:
    """The registry did it: the line is done; when it was the last open one, the subscriber gets the news."""
    if change(session, OrderLine, OrderLine.id == line.id, OrderLine.state == "provisioning", state="done"):
        session.refresh(line)
        tell_when_complete(session, line)


def undelivered(session: Session, line: OrderLine, outcome: str) -> None:
    """The name is lost ("lost") or the registry will not ("refused"): money back, both parties told, once."""
    if not change(session, OrderLine, OrderLine.id == line.id, OrderLine.state.in_(OPEN), state=outcome):
        return
    session.refresh(line)
    proforma = proforma_of(session, line)
    domain = service_queries.domain(session, line.domain_id)
    amount = billing_queries.gross_shares(proforma)[line.proforma_line_id]
    billing.return_to_credit(session, f"return:{line.id}", proforma, amount, domain.name)
    release_hold(session, line)
    if line.operation == "register":
        move(session, domain, "lost" if outcome == "lost" else "cancelled")
    record(session, SYSTEM, f"order.{outcome}", "domain", domain.id, domain.name, credit=amount)
    mails.not_delivered(session, proforma, domain, outcome, amount)
    tell_when_complete(session, line)


def release_hold(session: Session, line: OrderLine) -> None:
    """Give the wholesale price of an undelivered line back to the partner."""
    key = f"order-line:{line.id}"
    held = session.scalar(
        select(LedgerPosting).where(
            LedgerPosting.book == ledger.WHOLESALE,
            LedgerPosting.entry == f"hold:{key}",
            LedgerPosting.ledger_account == "partner",
        )
    )
    if held is not None:
        ledger.release_wholesale(session, key, held.currency, -held.amount)


def tell_when_complete(session: Session, line: OrderLine) -> None:
    """One mail about the delivered domains of an order, when none of its lines is open any more."""
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == line.order_id)).all()
    done = [each.domain_id for each in lines if each.state == "done"]
    if done and not any(each.state in OPEN for each in lines):
        domains = service_queries.domains_by_id(session, done)
        mails.delivered(session, proforma_of(session, line), _in_order(domains, done), line.operation)


def _in_order(domains: dict[int, Domain], ids: list[int]) -> list[Domain]:
    return [domains[domain_id] for domain_id in ids]
