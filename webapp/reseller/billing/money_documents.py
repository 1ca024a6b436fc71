"""What happens to money besides payments: each event one ledger entry that sums to zero, and one numbered paper.

In the retail book: "cash" is what arrived (below zero) and left, "credit:<account>" what subscribers have with the
partner, "sales" what was sold, "chargebacks:<account>" what a subscriber owes since a bank took money back,
"write_offs" what the partner lets go (below zero) or keeps (above).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM, Actor, record
from webapp.reseller.partners.models import Partner

from . import ledger
from . import operations as billing
from .models import CreditBalance, LedgerPosting, MoneyDocument, Payment, Proforma
from .numbers import dated_number

#: Kind -> the letters that its numbers begin with.
SERIES = {"overpayment": "OVP", "underpayment": "UNP", "refund": "REF", "chargeback": "CHB", "write_off": "WRO"}
#: Refunds in these states have taken money from the payment.
_LIVING = ("requested", "sent", "done")
NO_AMOUNT = N_("Enter an amount greater than zero.")


@dataclass(frozen=True)
class Event:
    """What a paper is about. `key` makes the same event twice one paper."""

    account_id: int
    amount: int
    currency: str
    key: str
    proforma_id: int | None = None
    payment_id: int | None = None
    reason: str = ""
    state: str = "done"


def write(session: Session, actor: Actor, kind: str, event: Event) -> MoneyDocument:
    """Number a paper and keep it. The caller posts the entry, if money moves."""
    before = find(session, event.key)
    if before is not None:
        return before
    partner = partners.partner(session)
    sequence, today = dated_number(session, partner, kind)
    facts: dict[str, Any] = {"number": f"{SERIES[kind]}/{today.year}/{sequence:05d}", "sequence": sequence}
    parties = _parties(session, partner, event.account_id)
    document = MoneyDocument(
        kind=kind, issue_date=today, issued_at=clock.now(), parties=parties, **facts, **vars(event)
    )
    session.add(document)
    session.flush()
    record(session, actor, f"money.{kind}", "money_document", document.id, document.number, amount=event.amount)
    return document


def _parties(session: Session, partner: Partner, account_id: int) -> dict[str, Any]:
    """Issuer and subscriber as they are now: a later change of address changes no paper."""
    contact = accounts.default_contacts(session, [account_id]).get(account_id)
    people = accounts.people_of(session, account_id)
    names = ("name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    account = accounts.account(session, account_id)
    buyer = {name: getattr(contact, name) for name in names} if contact else {"name": account.name}
    locale = people[0].user.locale if people else partner.default_locale
    return {"issuer": billing.issuer_of(partner), "buyer": buyer, "locale": locale}


def find(session: Session, key: str) -> MoneyDocument | None:
    """The paper of an event, if it was written."""
    return session.scalar(select(MoneyDocument).where(MoneyDocument.key == key))


def refund(session: Session, actor: Actor, payment_id: int, amount: int, reason: str, key: str) -> MoneyDocument:
    """Send money of a payment back, out of the subscriber's credit. All refunds of a payment are at most the payment.

    What came through a gateway goes back through it: "requested", and a job asks the gateway.
    """
    payment = locked_payment(session, payment_id)
    before = find(session, key)
    if before is not None:
        return before
    _check_left(session, payment, amount)
    if not ledger.take_credit(session, payment.account_id, payment.currency, amount):
        message = N_("There is less on the subscriber's credit. Give the price of a service back to it first.")
        raise Refusal("credit", message, "amount")
    state = "requested" if payment.gateway else "done"
    event = Event(
        payment.account_id, amount, payment.currency, key, payment.proforma_id, payment.id, reason.strip()[:1000], state
    )
    document = write(session, actor, "refund", event)
    _post(session, document, {ledger.credit_account(payment.account_id): -amount, "cash": amount})
    if payment.gateway:
        outbox.enqueue(session, "gateway.refund", str(document.id), {"document_id": document.id})
    return document


def refund_failed(session: Session, document_id: int, why: str) -> bool:
    """The gateway will not send it back: the money is credit again. False when that was done before."""
    where = (MoneyDocument.id == document_id, MoneyDocument.state.in_(("requested", "sent")))
    if not change(session, MoneyDocument, *where, state="failed"):
        return False
    document = session.scalars(select(MoneyDocument).where(MoneyDocument.id == document_id)).one()
    session.refresh(document)
    ledger.add_credit(session, document.account_id, document.currency, document.amount)
    movement = {"cash": -document.amount, ledger.credit_account(document.account_id): document.amount}
    entry = f"refund-failed:{document.id}"
    ledger.post(session, ledger.RETAIL, entry, document.currency, movement, document.account_id, why[:200])
    record(session, SYSTEM, "money.refund_failed", "money_document", document.id, document.number, why=why[:200])
    return True


def charge_back(session: Session, actor: Actor, payment_id: int, amount: int, reason: str, key: str) -> MoneyDocument:
    """The payer's bank took money back. It comes out of the credit as far as that goes; the rest is owed."""
    payment = locked_payment(session, payment_id)
    before = find(session, key)
    if before is not None:
        return before
    _check_left(session, payment, amount)
    taken = _take_up_to(session, payment.account_id, payment.currency, amount)
    event = Event(
        payment.account_id, amount, payment.currency, key, payment.proforma_id, payment.id, reason.strip()[:1000]
    )
    document = write(session, actor, "chargeback", event)
    sides = {ledger.credit_account(payment.account_id): -taken, owed_account(payment.account_id): taken - amount}
    _post(session, document, {"cash": amount} | sides)
    return document


def repay(session: Session, actor: Actor, account_id: int, currency: str) -> int:
    """Pay what is owed since a chargeback out of the credit, as far as that goes; returns how much that was."""
    locked_credit(session, account_id, currency)
    paid = _take_up_to(session, account_id, currency, owed(session, account_id, currency))
    if paid:
        entry = ledger.next_entry(session, ledger.RETAIL, f"repay:{account_id}")
        movement = {ledger.credit_account(account_id): -paid, owed_account(account_id): paid}
        ledger.post(session, ledger.RETAIL, entry, currency, movement, account_id)
        record(session, actor, "money.repaid", "account", account_id, amount=paid, currency=currency)
    return paid


def write_off_rest(session: Session, actor: Actor, proforma_id: int, reason: str, key: str) -> MoneyDocument:
    """Let go what is missing of a proforma that was paid in part: it becomes paid."""
    proforma = billing.locked_proforma(session, proforma_id)
    before = find(session, key)
    if before is not None:
        return before
    account, currency = proforma.account_id, proforma.currency
    missing = proforma.gross - locked_credit(session, account, currency)
    if proforma.state != "issued" or not 0 < missing < proforma.gross:
        raise Refusal("state", N_("Only the rest of a proforma that was paid in part can be written off."))
    document = write(session, actor, "write_off", Event(account, missing, currency, key, proforma.id, None, reason))
    ledger.add_credit(session, account, currency, missing)
    _post(session, document, {"write_offs": -missing, ledger.credit_account(account): missing})
    billing.settle(session, actor, proforma)
    return document


def owe_again(session: Session, actor: Actor, proforma: Proforma) -> None:
    """Take back what was let go of a proforma that awaits payment again: else it would be credit that nobody paid."""
    mine = (MoneyDocument.proforma_id == proforma.id, MoneyDocument.kind == "write_off", MoneyDocument.state == "done")
    for document in session.scalars(select(MoneyDocument).where(*mine).order_by(MoneyDocument.id)).all():
        if not ledger.take_credit(session, proforma.account_id, document.currency, document.amount):
            raise Refusal("spent", N_("The money of this payment is spent already: it cannot be undone."))
        change(session, MoneyDocument, MoneyDocument.id == document.id, state="undone")
        session.refresh(document)
        movement = {ledger.credit_account(proforma.account_id): -document.amount, "write_offs": document.amount}
        entry = f"write_off-undone:{document.id}"
        ledger.post(session, ledger.RETAIL, entry, document.currency, movement, proforma.account_id, document.number)
        record(session, actor, "money.write_off_undone", "money_document", document.id, document.number,
               amount=document.amount)  # fmt: skip


def write_off_credit(
    session: Session, actor: Actor, account_id: int, currency: str, amount: int, reason: str, key: str
) -> MoneyDocument:
    """Keep a small credit that nobody will ask back."""
    locked_credit(session, account_id, currency)
    before = find(session, key)
    if before is not None:
        return before
    if not 0 < amount <= billing.MAX_AMOUNT:
        raise Refusal("amount", NO_AMOUNT, "amount")
    if not ledger.take_credit(session, account_id, currency, amount):
        raise Refusal("credit", N_("There is less on the subscriber's credit."), "amount")
    document = write(session, actor, "write_off", Event(account_id, amount, currency, key, reason=reason))
    _post(session, document, {ledger.credit_account(account_id): -amount, "write_offs": amount})
    return document


def write_off_owed(
    session: Session, actor: Actor, account_id: int, currency: str, reason: str, key: str
) -> MoneyDocument:
    """Let go what a subscriber owes since a chargeback."""
    locked_credit(session, account_id, currency)
    before = find(session, key)
    if before is not None:
        return before
    debt = owed(session, account_id, currency)
    if not debt:
        raise Refusal("owed", N_("This subscriber owes nothing."))
    document = write(session, actor, "write_off", Event(account_id, debt, currency, key, reason=reason))
    _post(session, document, {owed_account(account_id): debt, "write_offs": -debt})
    return document


# --- what they share -----------------------------------------------------------------------------------------------


def owed_account(account_id: int) -> str:
    """Name of what a subscriber owes in the retail book (below zero)."""
    return f"chargebacks:{account_id}"


def owed(session: Session, account_id: int, currency: str) -> int:
    """What a subscriber owes since a chargeback, in minor units."""
    posting = LedgerPosting
    where = (posting.ledger_account == owed_account(account_id), posting.currency == currency)
    found = session.scalar(select(func.sum(posting.amount)).where(posting.book == ledger.RETAIL, *where))
    return -int(found or 0)


def left_of(session: Session, payment: Payment) -> int:
    """What of a payment was neither sent back nor taken back."""
    where = (MoneyDocument.payment_id == payment.id, MoneyDocument.kind.in_(("refund", "chargeback")))
    gone = session.scalar(select(func.sum(MoneyDocument.amount)).where(*where, MoneyDocument.state.in_(_LIVING)))
    return 0 if payment.undone_at else payment.amount - int(gone or 0)


def locked_payment(session: Session, payment_id: int) -> Payment:
    """The payment, locked: what is done to one payment comes one after another. Raises NotFound."""
    query = select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment)
    payment = session.scalar(query.execution_options(populate_existing=True))
    if payment is None:
        raise NotFound
    return payment


def locked_credit(session: Session, account_id: int, currency: str) -> int:
    """The subscriber's credit, locked for this transaction."""
    where = (CreditBalance.account_id == account_id, CreditBalance.currency == currency)
    return session.scalar(select(CreditBalance.amount).where(*where).with_for_update()) or 0


def _take_up_to(session: Session, account_id: int, currency: str, amount: int) -> int:
    taken = min(locked_credit(session, account_id, currency), amount)
    return taken if ledger.take_credit(session, account_id, currency, taken) else 0


def _check_left(session: Session, payment: Payment, amount: int) -> None:
    if not 0 < amount <= billing.MAX_AMOUNT:
        raise Refusal("amount", NO_AMOUNT, "amount")
    if amount > left_of(session, payment):
        raise Refusal("too_much", N_("That is more than what is left of this payment."), "amount")


def _post(session: Session, document: MoneyDocument, amounts: dict[str, int]) -> None:
    moved = {name: amount for name, amount in amounts.items() if amount}
    entry = f"{document.kind}:{document.id}"
    ledger.post(session, ledger.RETAIL, entry, document.currency, moved, document.account_id, document.number)
