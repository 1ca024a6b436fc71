"""Money of a payment is sent back, and the subscriber is told: how much, for what, where it goes, by when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import gateways, money_documents
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.models import MoneyDocument, Payment
from webapp.reseller.billing.paper_data import file_name
from webapp.reseller.notifications.models import Message
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor

from .reversals import proformas_of

#: How long it takes as a rule: a card company up to ten days, a person at the bank and the bank itself a week.
_THROUGH_GATEWAY, _BY_HAND = timedelta(days=10), timedelta(days=7)


def refund(session: Session, actor: Actor, payment_id: int, amount: int, reason: str, key: str) -> MoneyDocument:
    """See billing.money_documents.refund. What a gateway is asked to send back is told when it has taken that on."""
    document = money_documents.refund(session, actor, payment_id, amount, reason, key)
    if document.state == "done":
        tell_sent(session, document)
    return document


def tell_sent(session: Session, document: MoneyDocument) -> None:
    """A refund is on its way: told once. The paper comes with it."""
    paper = {"name": file_name(document.number), "type": "application/pdf", "made": f"money:{document.id}"}
    _queue(session, document, "sent", _key(document), [paper])


def tell_failed(session: Session, document: MoneyDocument) -> None:
    """What was said to be on its way is credit again; who was told nothing is told nothing now."""
    if session.scalar(select(Message.id).where(Message.key == _key(document))) is not None:
        _queue(session, document, "failed", f"{_key(document)}:failed", [])


def _key(document: MoneyDocument) -> str:
    return f"refund:{document.id}"


def _queue(session: Session, document: MoneyDocument, state: str, key: str, papers: list[dict[str, Any]]) -> None:
    to = _recipient(session, document)
    if not to:
        return
    payment = session.scalars(select(Payment).where(Payment.id == document.payment_id)).one()
    days = _THROUGH_GATEWAY if payment.gateway else _BY_HAND
    data = {
        "state": state,
        "amount": document.amount,
        "currency": document.currency,
        "number": document.number,
        "reason": document.reason,
        "proformas": [proforma.number for proforma in proformas_of(session, payment)],
        "by": clock.today(partners.partner(session).timezone) + days,
        "gateway": gateways.GATEWAYS[payment.gateway].label if payment.gateway else "",
        "account": _last_digits(session, payment),
        "path": "/account/payments",
    }
    locale = document.parties.get("locale") or ""
    queue_mail(session, "refund", to, locale, data, key=key, about=("payment", payment.id), attachments=papers)


def _recipient(session: Session, document: MoneyDocument) -> str:
    """Where the subscriber gets papers; "" for one without any address."""
    people = accounts.people_of(session, document.account_id)
    return str(document.parties["buyer"].get("email") or (people[0].user.email if people else ""))


def _last_digits(session: Session, payment: Payment) -> str:
    """Of the account that a transfer came from: whoever reads the mail need not be its owner."""
    account = session.scalar(select(BankLine.payer_account).where(BankLine.id == payment.bank_line_id))
    return (account or "")[-4:]
