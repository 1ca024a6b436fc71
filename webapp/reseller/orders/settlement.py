"""What follows when the registry or a person has answered for a line: done, or the money goes back to the credit."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.db import change
from webapp.reseller.billing import ledger
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.models import LedgerPosting, Proforma, ProformaLine
from webapp.reseller.partners.audit import SYSTEM, record
from webapp.reseller.services.models import Service
from webapp.reseller.services.states import move

from . import mails
from .models import OrderLine
from .subjects import domains_of, kind_of, lines_of, name_of, subject_of

OPEN = ("awaiting_payment", "awaiting_funds", "provisioning")


def line_of_key(session: Session, line_key: str) -> OrderLine:
    """The order line that a provisioning operation belongs to."""
    line_id = int(line_key.removeprefix("order-line:"))
    return session.scalars(select(OrderLine).where(OrderLine.id == line_id).with_for_update()).one()


def proforma_of(session: Session, line: OrderLine) -> Proforma:
    """The proforma that asked for the line's money."""
    query = select(Proforma).join(ProformaLine, ProformaLine.proforma_id == Proforma.id)
    return session.scalars(query.where(ProformaLine.id == line.proforma_line_id)).one()


def delivered(session: Session, line: OrderLine) -> None:
    """It is done. A service made by hand is told at once, domains when the last open line of the paper has ended."""
    if change(session, OrderLine, OrderLine.id == line.id, OrderLine.state == "provisioning", state="done"):
        session.refresh(line)
        subject = subject_of(session, line)
        if isinstance(subject, Service):
            mails.service_ready(session, proforma_of(session, line), subject, line)
        tell_when_complete(session, line)


def undelivered(session: Session, line: OrderLine, outcome: str) -> None:
    """The name is lost ("lost") or the registry will not ("refused"): money back, both parties told, once."""
    if not change(session, OrderLine, OrderLine.id == line.id, OrderLine.state.in_(OPEN), state=outcome):
        return
    session.refresh(line)
    proforma = billing.locked_proforma(session, proforma_of(session, line).id)
    subject = subject_of(session, line)
    share = billing_queries.gross_shares(proforma)[line.proforma_line_id]
    # A person may have given some of it back before the registry spoke.
    amount = min(share, proforma.gross - given_back(session, proforma))
    billing.return_to_credit(session, f"return:{line.id}", proforma, amount, name_of(subject))
    release_hold(session, line)
    if line.operation == "register":
        move(session, subject, "lost" if outcome == "lost" else "cancelled")
    record(session, SYSTEM, f"order.{outcome}", kind_of(subject), subject.id, name_of(subject), credit=amount)
    mails.not_delivered(session, proforma, subject, outcome, share)
    tell_when_complete(session, line)


def given_back(session: Session, document: Proforma) -> int:
    """What of the price is the subscriber's credit again: given back by a person, or not delivered."""
    posting = LedgerPosting
    mine = (posting.book == ledger.RETAIL, posting.ledger_account == "sales")
    by_hand = posting.entry.startswith(f"give-back:{document.id}:")
    undelivered = posting.entry.in_([f"return:{line.id}" for line in lines_of(session, document.id)])
    return -int(session.scalar(select(func.sum(posting.amount)).where(*mine, by_hand | undelivered)) or 0)


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
    """One mail about the delivered domains of a proforma, when none of its domains is open any more."""
    proforma = proforma_of(session, line)
    lines = [each for each in lines_of(session, proforma.id) if each.domain_id is not None]
    done = [each for each in lines if each.state == "done"]
    if done and not any(each.state in OPEN for each in lines):
        domains = domains_of(session, done)
        mails.delivered(session, proforma, [domains[each.domain_id or 0] for each in done], line.operation)
