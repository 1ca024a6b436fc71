"""Money for a proforma, as the partner sees it: record what arrived, thank the subscriber once, go on to activate."""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.partners.audit import Actor

from . import mails
from .activation import activate


def receive(session: Session, actor: Actor, proforma_id: int, received: Received) -> Payment:
    """Book a payment (twice is once); when it covers the proforma, the subscriber gets a word of thanks."""
    proforma = billing.locked_proforma(session, proforma_id)
    before = proforma.state
    payment = billing.record_payment(session, actor, proforma_id, received)
    _thank(session, proforma, before)
    return payment


def receive_and_activate(session: Session, actor: Actor, proforma_id: int, received: Received) -> Proforma:
    """Book a payment and, if it covers the proforma, switch it on; a part payment is only booked."""
    receive(session, actor, proforma_id, received)
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.state == "paid" and proforma.origin != "manual":
        return activate(session, actor, proforma_id)
    return proforma


def pay_from_credit(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Settle an unpaid proforma from the subscriber's credit. Raises Refusal when it does not cover all of it."""
    proforma = billing.locked_proforma(session, proforma_id)
    before = proforma.state
    if before == "cancelled":
        raise Refusal("state", N_("No payment can be recorded for a cancelled proforma."))
    if before == "issued" and not billing.settle(session, actor, proforma):
        raise Refusal("credit", N_("The subscriber's credit does not cover this proforma."))
    _thank(session, proforma, before)
    return proforma


def _thank(session: Session, proforma: Proforma, before: str) -> None:
    if before == "issued" and proforma.state == "paid":
        mails.payment_received(session, proforma)
