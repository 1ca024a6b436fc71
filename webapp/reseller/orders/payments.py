"""Money for a proforma, as the partner sees it: record what arrived, thank the subscriber once, go on to activate."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import ledger, money_documents
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.billing.money_documents import Event
from webapp.reseller.billing.operations import Received
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record

from . import automatic, invoicing, mails
from .activation import activate


def receive(session: Session, actor: Actor, proforma_id: int, received: Received) -> Payment:
    """Book a payment (twice is once); when it covers the proforma, the subscriber gets a word of thanks."""
    proforma = billing.locked_proforma(session, proforma_id)
    before, known = proforma.state, _recorded(session, received.key)
    payment = billing.record_payment(session, actor, proforma_id, received)
    _thank(session, proforma, before)
    if known is None:
        _write_papers(session, actor, payment, [proforma])
    return payment


def receive_for_many(
    session: Session, actor: Actor, account_id: int, proforma_ids: Sequence[int], received: Received
) -> Payment:
    """Book one payment for several proformas of a subscriber, paid in the order given as far as the money goes.

    For none: the money is kept as credit. The same key twice is one payment.
    """
    wanted = list(dict.fromkeys(proforma_ids))
    locked = {each: billing.locked_proforma(session, each) for each in sorted(wanted)}
    _lock_account(session, account_id)
    before = _recorded(session, received.key)
    if before is not None:
        return before
    documents = [locked[each] for each in wanted]
    _check_many(session, account_id, documents, received)
    billing.check_day(session, received)
    about = {"proforma_id": wanted[0]} if len(wanted) == 1 else {"covers": wanted}
    payment = billing.book_payment(session, account_id, received, **about)
    numbers = [each.number for each in documents]
    label = ", ".join(numbers)[:200]
    record(session, actor, "payment.recorded", "account", account_id, label, amount=received.amount)
    for document in documents:
        if billing.settle(session, actor, document):
            _thank(session, document, "issued")
    _write_papers(session, actor, payment, documents)
    return payment


def _recorded(session: Session, key: str) -> Payment | None:
    return session.scalar(select(Payment).where(Payment.key == key))


def _lock_account(session: Session, account_id: int) -> None:
    """Two windows with the same payment come one after another. Rows that only refer to the account may go on."""
    locked = select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    if session.scalar(locked) is None:
        raise NotFound


def _check_many(session: Session, account_id: int, documents: Sequence[Proforma], received: Received) -> None:
    if any(document.account_id != account_id for document in documents):
        raise Refusal("account", N_("These proformas belong to different subscribers."))
    if any(document.state != "issued" for document in documents):
        raise Refusal("state", N_("One of these proformas does not await payment any more. Reload the page."))
    currency = partners.partner(session).currency
    if any(received.currency != each for each in (currency, *(document.currency for document in documents))):
        raise Refusal("currency", N_("The money is in another currency than the proforma."), "amount")
    if not 0 < received.amount <= billing.MAX_AMOUNT:
        raise Refusal("amount", money_documents.NO_AMOUNT, "amount")
    if received.method not in billing.METHODS:
        raise Refusal("method", N_("Choose how the money arrived."), "method")


def _write_papers(session: Session, actor: Actor, payment: Payment, documents: Sequence[Proforma]) -> None:
    """The paper for what is too much, or for what is missing."""
    left = billing_queries.credit(session, payment.account_id, payment.currency)
    unpaid = [document for document in documents if document.state == "issued"]
    surplus, missing = min(left, payment.amount), sum(document.gross for document in unpaid) - left
    kind, amount = ("underpayment", missing) if unpaid else ("overpayment", surplus)
    if amount <= 0:
        return
    about = unpaid[0].id if unpaid else payment.proforma_id
    key = f"{kind}:{payment.id}"
    event = Event(payment.account_id, amount, payment.currency, key, about, payment.id)
    money_documents.write(session, actor, kind, event)


def write_off_rest(session: Session, actor: Actor, proforma_id: int, reason: str, key: str) -> Proforma:
    """Let go what is missing of a proforma that was paid in part: it is paid, with all that follows from that."""
    proforma = billing.locked_proforma(session, proforma_id)
    before = proforma.state
    money_documents.write_off_rest(session, actor, proforma_id, reason.strip()[:1000], key)
    _thank(session, proforma, before)
    return proforma


def undo(session: Session, actor: Actor, payment: Payment) -> None:
    """Take back a payment that was given to somebody by mistake, while nothing has come of it. Twice is once.

    Raises Refusal once a proforma of it is activated or invoiced, or its money is spent.
    """
    if payment.undone_at:
        return
    for document in _covered(session, payment):
        _take_back(session, actor, document)
    if money_documents.left_of(session, payment) != payment.amount:
        raise Refusal("spent", N_("Money of this payment was sent back already: it cannot be undone."))
    if not ledger.take_credit(session, payment.account_id, payment.currency, payment.amount):
        raise Refusal("spent", N_("The money of this payment is spent already: it cannot be undone."))
    payment.undone_at = clock.now()
    movement = {ledger.credit_account(payment.account_id): -payment.amount, "cash": payment.amount}
    ledger.post(session, ledger.RETAIL, f"undo:{payment.id}", payment.currency, movement, payment.account_id)
    record(session, actor, "payment.undone", "account", payment.account_id, amount=payment.amount)


def undo_by_hand(session: Session, actor: Actor, payment_id: int) -> Payment:
    """Take back a payment that a person recorded by mistake; what a bank or a gateway told is undone there."""
    payment = money_documents.locked_payment(session, payment_id)
    if payment.gateway or payment.bank_line_id:
        raise Refusal("told", N_("Only a payment that was recorded by hand can be taken back here."))
    undo(session, actor, payment)
    return payment


def _covered(session: Session, payment: Payment) -> list[Proforma]:
    ids = payment.covers or ([payment.proforma_id] if payment.proforma_id else [])
    return [billing.locked_proforma(session, each) for each in sorted(ids)]


def _take_back(session: Session, actor: Actor, document: Proforma) -> None:
    refuse_if_used(session, document)
    if document.state == "paid":
        await_again(session, actor, document)


def await_again(session: Session, actor: Actor, document: Proforma) -> None:
    """A paid proforma awaits payment again: its money is credit, what was let go of it is owed."""
    billing.unsettle(session, actor, document)
    money_documents.owe_again(session, actor, document)


def refuse_if_used(session: Session, document: Proforma) -> None:
    """Raises Refusal when a proforma is activated or invoiced: its payment stands."""
    invoiced = session.scalar(select(Invoice.id).where(Invoice.proforma_id == document.id).limit(1))
    if document.state == "activated" or invoiced is not None:
        message = N_("%(number)s is activated or invoiced already: the payment cannot be undone.")
        raise Refusal("too_late", message, number=document.number)


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
        invoicing.when_paid(session, proforma)
        automatic.became_paid(session, proforma)
