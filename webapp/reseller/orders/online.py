"""Paying online: begin at a gateway, and settle when the gateway says that the money is there.

The row comes first, the network after the commit, and what became of it is always asked of the gateway: the browser
that comes back, the notification and our own looks all end in `settle`, and twice is once (safety.md 3.6, P3).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.errors import ProviderError
from webapp.providers.payments import port
from webapp.reseller.billing import gateways
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.models import MoneyDocument, Payment, Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM, Actor, record

from . import payments

#: Somebody who presses the button again so soon gets the page that was opened before.
SAME_TRY = timedelta(minutes=2)
#: From then on we do not wait for a payment any more; money that comes later still counts.
LONGEST = timedelta(hours=26)
#: The first look of our own, if neither a browser nor a notification comes.
FIRST_LOOK = timedelta(minutes=2)
#: So many proformas in one payment: their numbers stand in its title.
MOST = 50

#: Why money that arrived did not settle what it was meant for. It is the subscriber's credit then.
PROBLEMS = {
    "amount": N_("Another amount arrived than was asked for."),
    "currency": N_("The money arrived in another currency."),
    "not_open": N_("The proforma was paid or cancelled before."),
    "short": N_("The subscriber's credit was used for something else in the meantime."),
    "charged_back": N_("The payer took the money back through the bank."),
    "unknown": N_("The gateway did not say what became of this payment. Please look there."),
    "refunded": N_("The money was given back at the gateway."),
}


@dataclass(frozen=True)
class Question:
    """Everything that is needed to ask a gateway about a payment, outside of a transaction."""

    payment_id: int
    gateway: str
    credentials: port.Credentials
    payment: port.Payment


def start(
    session: Session, actor: Actor, account_id: int, proforma_ids: Sequence[int], gateway: str, locale: str
) -> GatewayPayment:
    """Write down that an account pays these proformas at a gateway. The caller commits, then speaks to the gateway.

    Pressing twice is pressing once. Raises Refusal when nothing is to be paid or the gateway is not offered.
    """
    if gateway not in [each.name for each in gateways.active(session)]:
        raise Refusal("gateway", N_("This way to pay is not offered at the moment."))
    documents = [_payable(session, account_id, each) for each in sorted(set(proforma_ids))]
    amount = due(session, documents)
    before = _same(session, gateway, [each.id for each in documents], amount)
    if before is not None:
        return before
    now = clock.now()
    payment = GatewayPayment(
        gateway=gateway,
        session_key=secrets.token_urlsafe(24),
        account_id=account_id,
        proformas=[each.id for each in documents],
        amount=amount,
        currency=documents[0].currency,
        locale=locale,
        started_at=now,
        changed_at=now,
    )
    session.add(payment)
    session.flush()
    outbox.enqueue(session, "gateway.look", payment.session_key, {"payment_id": payment.id}, after=FIRST_LOOK)
    record(session, actor, "gateway.payment_started", "account", account_id, gateway, amount=amount)
    return payment


def _payable(session: Session, account_id: int, proforma_id: int) -> Proforma:
    document = billing.locked_proforma(session, proforma_id)
    if document.account_id != account_id:
        raise NotFound
    if document.state != "issued":
        raise Refusal("not_open", N_("There is nothing to pay for proforma %(number)s."), number=document.number)
    return document


def due(session: Session, documents: Sequence[Proforma]) -> int:
    """What must arrive to pay all of these: their sum less the account's credit. Raises Refusal when nothing must."""
    if not documents or len(documents) > MOST:
        raise Refusal("count", N_("Choose at least one proforma, and at most %(most)s."), most=MOST)
    first = documents[0]
    if any(each.currency != first.currency for each in documents):
        raise Refusal("currency", N_("These proformas are in different currencies: pay them one by one."))
    amount = sum(each.gross for each in documents) - billing_queries.credit(session, first.account_id, first.currency)
    if amount <= 0:
        raise Refusal("covered", N_("Your credit covers this: pay from your credit, nothing has to be transferred."))
    return amount


def _same(session: Session, gateway: str, proformas: list[int], amount: int) -> GatewayPayment | None:
    """The same payment that was begun a moment ago and has its page."""
    recent = select(GatewayPayment).where(
        GatewayPayment.gateway == gateway,
        GatewayPayment.state.in_(gateways.OPEN),
        GatewayPayment.started_at > clock.now() - SAME_TRY,
        GatewayPayment.amount == amount,
        GatewayPayment.redirect != "",
    )
    found = session.scalars(recent.order_by(GatewayPayment.id.desc())).all()
    return next((each for each in found if each.proformas == proformas), None)


def began(session: Session, payment_id: int, redirect: port.Redirect) -> None:
    """The gateway has a page for it."""
    payment = locked(session, payment_id)
    payment.redirect = redirect.address
    payment.external_id = payment.external_id or redirect.external_id
    if payment.state == "started":
        _move(payment, "pending")
    session.flush()


def did_not_begin(session: Session, payment_id: int, problem: str) -> None:
    """The gateway refused for good: nobody can pay this one."""
    payment = locked(session, payment_id)
    if payment.state == "started":
        _move(payment, "failed")
        payment.problem = problem[:500]
        session.flush()


def locked(session: Session, payment_id: int) -> GatewayPayment:
    """The row for us alone: what we hear of a payment is taken one after another. Raises NotFound."""
    mine = select(GatewayPayment).where(GatewayPayment.id == payment_id).with_for_update()
    found = session.scalar(mine.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def by_key(session: Session, session_key: str, gateway: str) -> GatewayPayment | None:
    """The payment with our random name."""
    wanted = (GatewayPayment.session_key == session_key, GatewayPayment.gateway == gateway)
    return session.scalar(select(GatewayPayment).where(*wanted)) if session_key else None


def by_reference(session: Session, reference: str, gateway: str) -> GatewayPayment | None:
    """The payment whose money has the gateway's number."""
    if not reference:
        return None
    money = select(Payment.id).where(Payment.gateway == gateway, Payment.gateway_ref == reference)
    return session.scalar(select(GatewayPayment).where(GatewayPayment.payment_id.in_(money)))


# --- asking ---------------------------------------------------------------------------------------------------


def question(session: Session, payment: GatewayPayment, secret_key: str, external_id: str = "") -> Question:
    """What to ask about a payment; `external_id` is what a signed notification named, if we have none yet."""
    keys = gateways.credentials(gateways.account(session, payment.gateway), secret_key)
    reference = session.scalar(select(Payment.gateway_ref).where(Payment.id == payment.payment_id))
    names = port.Payment(payment.session_key, payment.external_id or external_id, reference or "")
    return Question(payment.id, payment.gateway, keys, names)


def asked(adapters: port.Gateways, what: Question) -> port.Status:
    """The gateway's answer. Raises ProviderError; never within a write transaction."""
    return adapters(what.gateway, what.credentials).status(what.payment)


# --- settling -------------------------------------------------------------------------------------------------


def settle(session: Session, payment_id: int, status: port.Status) -> GatewayPayment:
    """Take what the gateway said when it was asked. The one way from a gateway to "paid"; twice is once.

    Only exactly what was asked for settles the proformas; whatever else arrived is the subscriber's credit and waits
    for a person.
    """
    payment = locked(session, payment_id)
    payment.external_id = payment.external_id or status.external_id
    if status.state == "paid":
        _book(session, payment, status)
    elif status.state in ("refunded", "charged_back"):
        _gone_back(session, payment, status.state)
    elif payment.state in gateways.OPEN:
        _move(payment, status.state)
    session.flush()
    return payment


def _move(payment: GatewayPayment, state: str) -> None:
    if payment.state != state:
        payment.state, payment.changed_at = state, clock.now()


def _book(session: Session, payment: GatewayPayment, status: port.Status) -> None:
    """The money becomes the account's credit, once, and then pays what it was meant for, if it is exactly that."""
    if payment.payment_id is not None:
        return
    if status.amount <= 0 or not status.reference or len(status.currency) != 3:
        raise ProviderError("the gateway says that money arrived, but neither how much nor which", permanent=False)
    for each in payment.proformas:
        # Before the credit, as everybody does who pays a proforma: two who lock in another order wait for each other.
        billing.locked_proforma(session, each)
    payment.payment_id = _money(session, payment, status).id
    _move(payment, "paid")
    problem = "currency" if status.currency != payment.currency else "amount" if status.amount != payment.amount else ""
    payment.problem = problem or _settled(session, payment.proformas)
    session.flush()
    if payment.problem:
        record(session, SYSTEM, "gateway.needs_person", "account", payment.account_id, why=payment.problem)


def _money(session: Session, payment: GatewayPayment, status: port.Status) -> Payment:
    named, label = f"{payment.gateway}:{status.reference}", gateways.GATEWAYS[payment.gateway].label
    received = billing.Received(
        amount=status.amount,
        currency=status.currency,
        received_on=clock.today(partners.partner(session).timezone),
        method="online",
        reference=f"{label} {status.reference}",
        key=f"gateway:{named}",
    )
    single = len(payment.proformas) == 1
    about = {"proforma_id": payment.proformas[0]} if single else {"covers": list(payment.proformas)}
    origin = {"gateway": payment.gateway, "gateway_ref": status.reference}
    money = billing.book_payment(session, payment.account_id, received, **origin, **about)
    kind, number = ("proforma", payment.proformas[0]) if single else ("account", payment.account_id)
    amount, currency = status.amount, status.currency
    record(session, SYSTEM, "payment.recorded", kind, number, received.reference, amount=amount, currency=currency)
    return money


def _settled(session: Session, proforma_ids: Sequence[int]) -> str:
    """Pay each from the credit, in their order; the reason when one of them was not to be paid."""
    problem = ""
    for each in proforma_ids:
        if billing.locked_proforma(session, each).state != "issued":
            problem = problem or "not_open"
            continue
        try:
            payments.pay_from_credit(session, SYSTEM, each)
        except Refusal:
            problem = problem or "short"
    return problem


def _gone_back(session: Session, payment: GatewayPayment, state: str) -> None:
    """The money is the payer's again. What follows from that is a person's to decide; nothing is deleted."""
    if payment.state == state:
        return
    _move(payment, state)
    if state == "refunded" and _given_back(session, payment) >= payment.amount:
        return  # by us
    payment.problem = state
    record(session, SYSTEM, "gateway.needs_person", "account", payment.account_id, why=state)


def _given_back(session: Session, payment: GatewayPayment) -> int:
    """What the partner's own refunds of this payment come to."""
    ours = (MoneyDocument.payment_id == payment.payment_id, MoneyDocument.kind == "refund")
    total = select(func.sum(MoneyDocument.amount)).where(*ours, MoneyDocument.state != "failed")
    return session.scalar(total) or 0


def seen_to(session: Session, actor: Actor, payment_id: int) -> GatewayPayment:
    """A person has looked at what needed one."""
    payment = locked(session, payment_id)
    if payment.problem:
        record(session, actor, "gateway.seen_to", "account", payment.account_id, why=payment.problem)
        payment.problem = ""
        session.flush()
    return payment


def give_up(session: Session, payment_id: int, *, answered: bool) -> None:
    """Nobody paid for a day; `answered`: so the gateway said."""
    payment = locked(session, payment_id)
    if payment.state in gateways.OPEN:
        _move(payment, "expired")
        payment.problem = "" if answered else "unknown"
        session.flush()


def next_look(started_at: datetime) -> timedelta | None:
    """How long until we ask of ourselves again; None: no more."""
    age = clock.now() - started_at
    if age > LONGEST:
        return None
    return max(timedelta(minutes=1), min(age / 2, timedelta(hours=1)))
