"""I9, I10 and what arrives from outside: nothing is left lying, nothing is taken twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.outbox import OutboxRow
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import Payment
from webapp.reseller.catalog.models import DiscountCode, DiscountUse, Promotion

from .rules import OLDEST_DUE, Check


def outbox_moves(session: Session) -> Iterable[str]:
    """Nothing that is due waits for more than an hour, and nothing was given up."""
    row = OutboxRow
    rows = session.execute(
        select(row.kind, func.count(row.id), func.count(row.dead_at))
        .where(row.done_at.is_(None))
        .where(or_(row.dead_at.is_not(None), row.available_at < clock.now() - OLDEST_DUE))
        .group_by(row.kind)
        .order_by(row.kind)
    )
    return (f"{kind}: {count - dead} overdue, {dead} dead" for kind, count, dead in rows)


def events_have_ended(session: Session) -> Iterable[str]:
    """What a gateway told is done, or dead with a reason, or has its job that has not come to it yet."""
    event, row = GatewayEvent, OutboxRow
    waiting = select(row.id).where(
        row.partner_id == event.partner_id, row.kind == "gateway.event", row.done_at.is_(None), row.dead_at.is_(None)
    )
    fine = case(
        (event.state == "new", waiting.exists()),
        (event.state == "done", event.done_at.is_not(None)),
        else_=and_(event.state == "dead", event.problem != ""),
    )
    rows = session.execute(select(event.id, event.gateway, event.state).where(not_(fine)).order_by(event.id))
    return (f"event {number} of {gateway} is {state} and nobody works on it" for number, gateway, state in rows)


def bank_lines_are_taken_once(session: Session) -> Iterable[str]:
    """A movement of the bank that was matched is one payment of its amount; any other is none."""
    count = func.count(Payment.id)
    joined = and_(
        Payment.partner_id == BankLine.partner_id, Payment.bank_line_id == BankLine.id, Payment.undone_at.is_(None)
    )
    same = and_(func.min(Payment.amount) == BankLine.amount, func.min(Payment.currency) == BankLine.currency)
    right = case((BankLine.state == "matched", and_(count == 1, same)), else_=count == 0)
    key = (BankLine.id, BankLine.state, BankLine.amount, BankLine.currency)
    rows = session.execute(
        select(*key, count).outerjoin(Payment, joined).group_by(*key).having(not_(right)).order_by(BankLine.id)
    )
    for number, state, amount, currency, payments in rows:
        yield f"movement {number} of {amount} {currency} is {state} and {payments} payments"


def gateway_money_is_taken_once(session: Session) -> Iterable[str]:
    """Each payment of a gateway belongs to one try to pay there, and each try that was paid has its payment."""
    tries = func.count(GatewayPayment.id)
    lonely = (
        select(Payment.id, tries)
        .outerjoin(GatewayPayment, GatewayPayment.payment_id == Payment.id)
        .where(Payment.gateway != "")
        .group_by(Payment.id)
        .having(tries != 1)
    )
    for number, count in session.execute(lonely.order_by(Payment.id)):
        yield f"payment {number} came from {count} online payments"
    one = GatewayPayment
    missing = select(one.id, one.state).where(
        or_(
            and_(one.state == "paid", one.payment_id.is_(None)),
            and_(one.state.in_(("started", "pending", "failed", "expired")), one.payment_id.is_not(None)),
        )
    )
    for number, state in session.execute(missing.order_by(one.id)):
        yield f"online payment {number} is {state} and does not agree with its money"


def uses_are_counted(session: Session) -> Iterable[str]:
    """A promotion and a code have been used as often as their orders say, and not beyond their limits."""
    for model, link in ((Promotion, DiscountUse.promotion_id), (DiscountCode, DiscountUse.code_id)):
        for number, used, count, limit in session.execute(_miscounted(model, link)):
            yield f"{model.__tablename__} {number} says {used} uses of {limit}, its orders say {count}"


def _miscounted(model: Any, link: Any) -> Select[Any]:
    open_use = and_(DiscountUse.partner_id == model.partner_id, link == model.id, DiscountUse.returned_at.is_(None))
    count = func.count(DiscountUse.id)
    key = (model.id, model.used, model.limit_total)
    wrong = or_(count != model.used, and_(model.limit_total.is_not(None), model.used > model.limit_total))
    return (
        select(model.id, model.used, count, model.limit_total)
        .outerjoin(DiscountUse, open_use)
        .group_by(*key)
        .having(wrong)
    )


CHECKS: dict[str, Check] = {
    "I4 each movement of the bank is taken once": bank_lines_are_taken_once,
    "I4 each payment of a gateway is taken once": gateway_money_is_taken_once,
    "I4 promotions and codes are used as often as they say": uses_are_counted,
    "I9 the outbox moves": outbox_moves,
    "I10 each word of a gateway has an end": events_have_ended,
}
