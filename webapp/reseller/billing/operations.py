"""What may be done to proformas, payments and the wholesale balance."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

from . import ledger, reminding
from .invoice_facts import tax_rows_of, totals
from .models import Payment, Proforma, ProformaLine
from .numbers import dated_number

METHODS = ("transfer", "cash", "card", "other")
#: Larger than any real payment; keeps a slip of the finger out of 64-bit arithmetic and of the books.
MAX_AMOUNT = 10**12
#: Days of payments beyond these are slips of the keyboard too. Some banks date what they book a little ahead.
LONGEST_AGO, FURTHEST = timedelta(days=3650), timedelta(days=366)


@dataclass(frozen=True)
class LineDraft:
    """One item to charge: `unit_amount` in minor units of the partner's currency and tax mode, for the whole period."""

    kind: str
    operation: str
    description: str
    subject: str
    years: int
    unit_amount: int
    tax_rate_bp: int
    period_from: date | None = None
    period_to: date | None = None
    quantity: int = 1
    tax_category: str = "S"  # see billing.tax.Treatment
    discount: int = 0  # what was taken off; `unit_amount` is what is left
    discount_text: str = ""


@dataclass(frozen=True)
class ProformaDraft:
    """What a proforma needs beyond the partner's own data. Parties are party dicts (see models.Proforma)."""

    account_id: int
    origin: str
    locale: str
    lines: tuple[LineDraft, ...]
    buyer: dict[str, Any]
    payer: dict[str, Any]
    correspondence: dict[str, Any]
    note: str = ""
    tax_regime: str = "domestic"  # see billing.tax


def issue_proforma(session: Session, actor: Actor, draft: ProformaDraft) -> Proforma:
    """Number, total and freeze a proforma. The caller queues the mail. Raises Refusal for who was merged or erased."""
    accounts.living(session, draft.account_id, lock=True)
    if not draft.lines:
        raise Refusal("no_lines", N_("A proforma needs at least one item."))
    partner = partners.partner(session)
    sequence, today = dated_number(session, partner, "proforma")
    proforma = Proforma(**proforma_values(partner, draft, sequence, today))
    session.add(proforma)
    session.flush()
    proforma.lines = [ProformaLine(proforma_id=proforma.id, **values) for values in line_values(draft)]
    session.flush()
    record(session, actor, "proforma.issued", "proforma", proforma.id, proforma.number, gross=proforma.gross)
    return proforma


def proforma_values(partner: Partner, draft: ProformaDraft, sequence: int, today: date) -> dict[str, Any]:
    """Every column of a proforma that is issued today, but its id and its partner's."""
    due = today + timedelta(days=partner.payment_days)
    return {
        "number": number_of(today.year, sequence),
        "sequence": sequence,
        "account_id": draft.account_id,
        "origin": draft.origin,
        "state": "issued",
        "locale": draft.locale,
        "currency": partner.currency,
        "issue_date": today,
        "due_date": due,
        "issued_at": clock.now(),
        "issuer": issuer_of(partner),
        "buyer": draft.buyer,
        "payer": draft.payer,
        "correspondence": draft.correspondence,
        "bank": {"name": partner.bank_name, "iban": partner.iban, "bic": partner.bic},
        "note": draft.note,
        "tax_regime": draft.tax_regime,
        "pay_token": secrets.token_urlsafe(16),
        "remind_on": reminding.next_day(reminding.schedule_of(partner), due, today),
        **_totals(partner, line_values(draft)),
    }


def line_values(draft: ProformaDraft) -> list[dict[str, Any]]:
    """Every column of the lines of a proforma, but their ids, its and the partner's."""
    return [
        {**vars(line), "position": position, "amount": line.unit_amount * line.quantity}
        for position, line in enumerate(draft.lines, start=1)
    ]


def number_of(year: int, sequence: int) -> str:
    """The number of a proforma: (2026, 7) -> "PRO/2026/00007"."""
    return f"PRO/{year}/{sequence:05d}"


def _totals(partner: Partner, lines: list[dict[str, Any]]) -> dict[str, Any]:
    rows = tax_rows_of(lines, gross=partner.tax_mode == "gross")
    return {"tax_mode": partner.tax_mode, "tax_rows": rows, **totals(rows)}


def issuer_of(partner: Partner) -> dict[str, Any]:
    """The partner as the issuing party."""
    return {
        "name": partner.legal_name,
        "organisation": partner.legal_name,
        "street": partner.street,
        "postcode": partner.postcode,
        "city": partner.city,
        "country": partner.country,
        "tax_id": partner.tax_id,
        "email": partner.email,
        "phone": partner.phone,
    }


def locked_proforma(session: Session, proforma_id: int) -> Proforma:
    """The proforma as it is now, whatever the session saw of it before, locked for this transaction: payments and
    activation of one proforma come one after another."""
    mine = select(Proforma).where(Proforma.id == proforma_id).with_for_update(of=Proforma)
    proforma = session.scalar(mine.execution_options(populate_existing=True))
    if proforma is None:
        raise NotFound
    return proforma


@dataclass(frozen=True)
class Received:
    """A payment as the partner saw it on the bank statement. `key` makes recording it twice harmless."""

    amount: int
    currency: str
    received_on: date
    method: str
    reference: str
    key: str
    bank_line_id: int | None = None


def record_payment(session: Session, actor: Actor, proforma_id: int, received: Received) -> Payment:
    """Book money that arrived. It becomes the subscriber's credit, from which the proforma is settled when covered."""
    proforma = locked_proforma(session, proforma_id)
    before = session.scalar(select(Payment).where(Payment.key == received.key))
    if before is not None:
        return before
    _check_payment(proforma, received)
    check_day(session, received)
    payment = book_payment(session, proforma.account_id, received, proforma_id=proforma.id)
    record(session, actor, "payment.recorded", "proforma", proforma.id, proforma.number, amount=received.amount)
    settle(session, actor, proforma)
    return payment


def book_payment(session: Session, account_id: int, received: Received, **about: Any) -> Payment:
    """Money that arrived becomes the subscriber's credit. The caller has checked it and records the deed."""
    payment = Payment(account_id=account_id, recorded_at=clock.now(), **asdict(received), **about)
    session.add(payment)
    session.flush()
    ledger.add_credit(session, account_id, received.currency, received.amount)
    movement = {"cash": -received.amount, ledger.credit_account(account_id): received.amount}
    entry = f"payment:{payment.id}"
    ledger.post(session, ledger.RETAIL, entry, received.currency, movement, account_id, received.reference)
    return payment


def _check_payment(proforma: Proforma, received: Received) -> None:
    if received.currency != proforma.currency:
        raise Refusal("currency", N_("This proforma is in %(currency)s."), "amount", currency=proforma.currency)
    if not 0 < received.amount <= MAX_AMOUNT:
        raise Refusal("amount", N_("Enter an amount greater than zero."), "amount")
    if received.method not in METHODS:
        raise Refusal("method", N_("Choose how the money arrived."), "method")
    if proforma.state not in ("issued", "paid", "activated"):
        raise Refusal("state", N_("No payment can be recorded for a cancelled proforma."))


def check_day(session: Session, received: Received) -> None:
    """Raises Refusal for a day that nobody can have meant: the tax of the invoice hangs on it."""
    today = clock.today(partners.partner(session).timezone)
    if not today - LONGEST_AGO <= received.received_on <= today + FURTHEST:
        raise Refusal("day", N_("Enter the day on which the money arrived."), "received_on")


def settle(session: Session, actor: Actor, proforma: Proforma) -> bool:
    """Pay an issued proforma from the subscriber's credit if it covers all of it; True when it is paid now."""
    if proforma.state != "issued":
        return False
    if not ledger.take_credit(session, proforma.account_id, proforma.currency, proforma.gross):
        return False
    move_proforma(session, proforma, "issued", "paid", paid_at=clock.now())
    movement = {ledger.credit_account(proforma.account_id): -proforma.gross, "sales": proforma.gross}
    entry = ledger.next_entry(session, ledger.RETAIL, f"settle:{proforma.id}")
    ledger.post(session, ledger.RETAIL, entry, proforma.currency, movement, proforma.account_id, proforma.number)
    record(session, actor, "proforma.paid", "proforma", proforma.id, proforma.number, gross=proforma.gross)
    return True


def unsettle(session: Session, actor: Actor, proforma: Proforma) -> None:
    """Take a payment of a proforma back: its money is the subscriber's credit again, and it awaits payment again."""
    if proforma.state != "paid":
        raise Refusal("state", N_("Only a proforma that is paid and not activated can await payment again."))
    move_proforma(session, proforma, "paid", "issued", paid_at=None)
    ledger.add_credit(session, proforma.account_id, proforma.currency, proforma.gross)
    movement = {"sales": -proforma.gross, ledger.credit_account(proforma.account_id): proforma.gross}
    entry = ledger.next_entry(session, ledger.RETAIL, f"unsettle:{proforma.id}")
    ledger.post(session, ledger.RETAIL, entry, proforma.currency, movement, proforma.account_id, proforma.number)
    record(session, actor, "proforma.unpaid", "proforma", proforma.id, proforma.number, gross=proforma.gross)


def move_proforma(session: Session, proforma: Proforma, before: str, after: str, **values: Any) -> None:
    """One step of the proforma's state machine. Raises Refusal when somebody else was faster."""
    where = (Proforma.id == proforma.id, Proforma.state == before)
    if not change(session, Proforma, *where, state=after, **values):
        raise Refusal("state_moved", N_("This proforma was changed in the meantime. Reload the page."))
    session.refresh(proforma)


def return_to_credit(session: Session, entry: str, proforma: Proforma, amount: int, note: str) -> bool:
    """Give the price of an undelivered item back as credit; False when that was done before."""
    if amount <= 0 or ledger.is_posted(session, ledger.RETAIL, entry):
        return False
    ledger.add_credit(session, proforma.account_id, proforma.currency, amount)
    movement = {"sales": -amount, ledger.credit_account(proforma.account_id): amount}
    ledger.post(session, ledger.RETAIL, entry, proforma.currency, movement, proforma.account_id, note)
    return True


def cancel_proforma(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Cancel an unpaid proforma. What was part-paid stays on the subscriber's credit."""
    proforma = locked_proforma(session, proforma_id)
    if proforma.state == "cancelled":
        return proforma
    if proforma.state != "issued":
        raise Refusal("state", N_("Only an unpaid proforma can be cancelled."))
    move_proforma(session, proforma, "issued", "cancelled")
    record(session, actor, "proforma.cancelled", "proforma", proforma.id, proforma.number)
    return proforma


def top_up(session: Session, actor: Actor, amount: int, currency: str, key: str, note: str = "") -> bool:
    """The operator books a partner's advance payment; lines that wait for funds are taken up again.

    False when this payment (its key) was booked before.
    """
    if not 0 < amount <= MAX_AMOUNT:
        raise Refusal("amount", N_("Enter an amount greater than zero."), "amount")
    if not ledger.top_up_wholesale(session, key, currency, amount, note):
        return False
    record(session, actor, "wholesale.topped_up", "partner", None, note, amount=amount, currency=currency)
    outbox.enqueue(session, "funds.arrived", key, {"currency": currency})
    return True


def set_credit_limit(session: Session, actor: Actor, limit: int, currency: str) -> None:
    """How far a partner may overdraw its balance. Lines that wait for funds are taken up again when it rises.

    Raises Refusal when the partner is further down already.
    """
    if not 0 <= limit <= MAX_AMOUNT:
        raise Refusal("limit", N_("Enter zero or more."), "limit")
    before = ledger.limit_wholesale(session, currency, limit)
    if before is None:
        message = N_("The balance is further down already: a limit of less than that cannot hold.")
        raise Refusal("overdrawn", message, "limit")
    if before != limit:
        record(session, actor, "wholesale.limit", "partner", None, amount=limit, before=before, currency=currency)
    if before < limit:
        outbox.enqueue(session, "funds.arrived", f"limit:{currency}:{clock.now().timestamp()}", {"currency": currency})
