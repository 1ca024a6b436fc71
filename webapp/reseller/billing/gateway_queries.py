"""Reads of online payments for the people who look after them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, paginate
from webapp.foundation.refusal import NotFound

from .gateway_models import GatewayEvent, GatewayPayment
from .gateways import OPEN
from .models import MoneyDocument, Payment, Proforma

#: Filter of the list -> states that it shows. "look": whatever waits for a person.
FILTERS = {
    "": (),
    "look": (),
    "open": OPEN,
    "paid": ("paid",),
    "ended": ("failed", "expired"),
    "back": ("refunded", "charged_back"),
}


def payments(session: Session, chosen: str, page: int) -> Page[GatewayPayment]:
    """Online payments, the newest first."""
    query = select(GatewayPayment)
    if chosen == "look":
        query = query.where(GatewayPayment.problem != "", GatewayPayment.state != "failed")
    elif chosen:
        query = query.where(GatewayPayment.state.in_(FILTERS[chosen]))
    return paginate(session, query.order_by(GatewayPayment.id.desc()), GatewayPayment.id, page)


def waiting(session: Session) -> int:
    """How many wait for a person."""
    flagged = (GatewayPayment.problem != "", GatewayPayment.state != "failed")
    return session.scalar(select(func.count(GatewayPayment.id)).where(*flagged)) or 0


def payment(session: Session, payment_id: int) -> GatewayPayment:
    """One of them. Raises NotFound."""
    found = session.scalar(select(GatewayPayment).where(GatewayPayment.id == payment_id))
    if found is None:
        raise NotFound
    return found


def numbers(session: Session, rows: Sequence[GatewayPayment]) -> dict[int, str]:
    """Id -> number of every proforma that these payments are for."""
    ids = {each for row in rows for each in row.proformas}
    found = session.execute(select(Proforma.id, Proforma.number).where(Proforma.id.in_(ids))).all()
    return {number[0]: number[1] for number in found}


def money_of(session: Session, row: GatewayPayment) -> Payment | None:
    """What was booked of it."""
    return session.scalar(select(Payment).where(Payment.id == row.payment_id))


def refunds_of(session: Session, row: GatewayPayment) -> Sequence[MoneyDocument]:
    """What went back of it, oldest first."""
    mine = select(MoneyDocument).where(MoneyDocument.payment_id == row.payment_id, MoneyDocument.kind == "refund")
    return session.scalars(mine.order_by(MoneyDocument.id)).all() if row.payment_id else []


def events_of(session: Session, row: GatewayPayment) -> Sequence[GatewayEvent]:
    """What the gateway told us of it, oldest first."""
    named = (GatewayEvent.gateway == row.gateway, GatewayEvent.session_key == row.session_key)
    return session.scalars(select(GatewayEvent).where(*named).order_by(GatewayEvent.id).limit(50)).all()


def last_event_at(session: Session, gateway: str) -> datetime | None:
    """When a gateway last told us something."""
    return session.scalar(select(func.max(GatewayEvent.received_at)).where(GatewayEvent.gateway == gateway))
