"""Jobs of online payments: what gateways told us, our own looks at what is open, money that goes back."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.config import Settings
from webapp.foundation.db import Database, change
from webapp.foundation.outbox import Later, Lease
from webapp.foundation.refusal import Refusal
from webapp.providers.errors import ProviderError
from webapp.providers.payments import port
from webapp.reseller.billing import gateways, money_documents
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import MoneyDocument

from . import online, refunds

log = logging.getLogger(__name__)

#: A word about a payment that we do not know (yet) is kept for so long: it may be faster than our own commit.
PATIENCE = timedelta(hours=1)


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def gateways(self) -> port.Gateways: ...


# --- events ---------------------------------------------------------------------------------------------------


def store_event(session: Session, gateway: str, word: port.Notification, raw: bytes) -> bool:
    """Keep a signed word as it came, before anything is made of it. False when it is there already: twice is once."""
    known = (GatewayEvent.gateway == gateway, GatewayEvent.event_id == word.event_id)
    if session.scalar(select(GatewayEvent.id).where(*known)) is not None:
        return False
    names = {"external_id": word.external_id, "reference": word.reference}
    event = GatewayEvent(
        gateway=gateway,
        event_id=word.event_id,
        kind=word.kind,
        session_key=word.session_key,
        raw=json.dumps({**names, "body": raw.decode("utf-8", "replace").replace("\0", "")}),
        received_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        return False  # delivered twice in the same moment
    outbox.enqueue(session, "gateway.event", str(event.id), {"event_id": event.id})
    return True


def event(context: Context, lease: Lease) -> None:
    """A gateway told us something: ask it what is the case, and settle."""
    with context.database.reading() as session:
        told = session.scalars(select(GatewayEvent).where(GatewayEvent.id == lease.payload["event_id"])).one()
        names = json.loads(told.raw)
        payment = _payment_of(session, told, names)
        what = _question(session, payment, context.settings, names["external_id"]) if payment is not None else None
    if what is None:
        _unknown(context, lease, told)
        return
    try:
        status = online.asked(context.gateways, what)
    except ProviderError as problem:
        if not problem.permanent or problem.code is not None:
            raise  # also wrong keys: the partner may put them right
        _bury(context, lease, told.id, str(problem))
        return
    with context.database.writing() as session:
        online.settle(session, what.payment_id, status)
        _end(session, told.id, "done", "")
        outbox.complete(session, lease)


def _payment_of(session: Session, told: GatewayEvent, names: Mapping[str, str]) -> GatewayPayment | None:
    by_key = online.by_key(session, told.session_key, told.gateway)
    return by_key or online.by_reference(session, names["reference"], told.gateway)


def _question(
    session: Session, payment: GatewayPayment, settings: Settings, external_id: str
) -> online.Question | None:
    return online.question(session, payment, settings.secret_key, external_id)


def _unknown(context: Context, lease: Lease, told: GatewayEvent) -> None:
    """It may be about a payment whose row is not committed yet; after a while it is about none of ours."""
    if clock.now() - told.received_at < PATIENCE:
        raise Later(outbox.backoff(min(lease.attempts, 6)), "no such payment yet")
    _bury(context, lease, told.id, "no such payment")


def _bury(context: Context, lease: Lease, event_id: int, why: str) -> None:
    with context.database.writing() as session:
        _end(session, event_id, "dead", why)
        outbox.complete(session, lease)


def _end(session: Session, event_id: int, state: str, problem: str) -> None:
    told = session.scalars(select(GatewayEvent).where(GatewayEvent.id == event_id).with_for_update()).one()
    told.state, told.problem, told.done_at = state, problem, clock.now()
    session.flush()


# --- our own looks --------------------------------------------------------------------------------------------


def look(context: Context, lease: Lease) -> None:
    """Ask about a payment of which we hear nothing; seldom and more seldom, for a day."""
    payment_id = lease.payload["payment_id"]
    with context.database.reading() as session:
        payment = session.scalars(select(GatewayPayment).where(GatewayPayment.id == payment_id)).one()
        what = _askable(session, payment, context.settings)
    status = _answer(context, what)
    with context.database.writing() as session:
        if status is not None:
            payment = online.settle(session, payment_id, status)
        wait = online.next_look(payment.started_at) if payment.state in gateways.OPEN else None
        if wait is None:
            online.give_up(session, payment_id, answered=status is not None)
            outbox.complete(session, lease)
    if wait is not None:
        raise Later(wait, "not paid yet")


def _answer(context: Context, what: online.Question | None) -> port.Status | None:
    """None when there was nobody to ask, or nobody who answered: there will be another look."""
    try:
        return online.asked(context.gateways, what) if what is not None else None
    except ProviderError as problem:
        log.warning("no word about an online payment: %s", problem)
        return None


def _askable(session: Session, payment: GatewayPayment, settings: Settings) -> online.Question | None:
    """None when there is nothing to ask: it has ended, or its gateway was disconnected."""
    if payment.state not in gateways.OPEN:
        return None
    try:
        return online.question(session, payment, settings.secret_key)
    except Refusal:
        return None


# --- money that goes back -------------------------------------------------------------------------------------


def refund(context: Context, lease: Lease) -> None:
    """Ask the gateway to give money back: requested > sent > done. One that it refuses is credit again."""
    document_id = lease.payload["document_id"]
    with context.database.reading() as session:
        document = _document(session, document_id)
        ended = document.state not in ("requested", "sent")
        prepared = None if ended else _wanted(session, document, context.settings)
    try:
        answer = prepared and context.gateways(*prepared[0]).refund(prepared[1])
    except ProviderError as problem:
        if not problem.permanent or problem.code in (401, 403):
            raise  # keys can be put right
        answer = port.RefundStatus("failed", str(problem))
    with context.database.writing() as session:
        waits = answer is not None and _refunded(session, document_id, answer)
        if not waits:
            outbox.complete(session, lease)
    if waits:
        raise Later(timedelta(minutes=30), "the gateway has taken the refund and not ended it")


def _wanted(
    session: Session, document: MoneyDocument, settings: Settings
) -> tuple[tuple[str, port.Credentials], port.Refund]:
    payment = session.scalars(select(GatewayPayment).where(GatewayPayment.payment_id == document.payment_id)).one()
    what = online.question(session, payment, settings.secret_key)
    key = f"{payment.session_key[:20]}-{document.id}"
    wanted = port.Refund(what.payment, document.amount, document.currency, key, document.reason, document.gateway_ref)
    return (what.gateway, what.credentials), wanted


def _refunded(session: Session, document_id: int, answer: port.RefundStatus) -> bool:
    """Keep the answer; True when more is to be heard."""
    if answer.state == "failed":
        if money_documents.refund_failed(session, document_id, answer.reference):
            refunds.tell_failed(session, _document(session, document_id))
        return False
    open_ones = (MoneyDocument.id == document_id, MoneyDocument.state.in_(("requested", "sent")))
    if change(session, MoneyDocument, *open_ones, state=answer.state, gateway_ref=answer.reference):
        refunds.tell_sent(session, _document(session, document_id))
    return answer.state == "sent"


def _document(session: Session, document_id: int) -> MoneyDocument:
    return session.scalars(select(MoneyDocument).where(MoneyDocument.id == document_id)).one()
