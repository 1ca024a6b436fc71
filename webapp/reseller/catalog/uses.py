"""Uses of promotions and codes: taken with the order, in its transaction, and given back when it comes to nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners.operations import bump_content

from . import codes, promotions
from .models import DiscountCode, DiscountUse, Promotion
from .quoted import CodeResult, Quotation


def take(session: Session, order_id: int, account_id: int, quotation: Quotation) -> None:
    """Write down what the order uses. Raises Refusal (price_changed) when somebody was quicker with the last use.

    The conditional UPDATE comes first: whoever waits for its row then counts what the other has written.
    """
    for promotion_id, taken_off in sorted(quotation.uses().items()):  # in one order, so that two never wait in a ring
        _take_promotion(session, promotion_id, account_id, len(taken_off))
        _write(session, order_id, account_id, taken_off, promotion_id=promotion_id)
    result = quotation.code_result
    if result is not None and result.ok and result.code_id is not None:
        _take_code(session, result, account_id)
        _write(session, order_id, account_id, [result.discount], code_id=result.code_id)
    session.flush()


def give_back(session: Session, order_id: int) -> None:
    """The order came to nothing: its uses are free again. Twice is once."""
    open_uses = (DiscountUse.order_id == order_id, DiscountUse.returned_at.is_(None))
    uses = session.execute(
        select(DiscountUse.id, DiscountUse.promotion_id, DiscountUse.code_id).where(*open_uses).with_for_update()
    ).all()
    for use in sorted(uses, key=lambda each: each.promotion_id or 0):
        if not change(session, DiscountUse, DiscountUse.id == use.id, *open_uses, returned_at=clock.now()):
            continue
        if use.promotion_id is not None:
            change(session, Promotion, Promotion.id == use.promotion_id, used=Promotion.used - 1)
        else:
            change(session, DiscountCode, DiscountCode.id == use.code_id, used=DiscountCode.used - 1)
    if any(use.promotion_id is not None for use in uses):
        bump_content(session)


def _take_promotion(session: Session, promotion_id: int, account_id: int, count: int) -> None:
    free = or_(Promotion.limit_total.is_(None), Promotion.used + count <= Promotion.limit_total)
    where = (Promotion.id == promotion_id, Promotion.state == "active", free)
    if not change(session, Promotion, *where, used=Promotion.used + count):
        raise _gone(N_("A promotion has ended since you saw the price. Please look at it once more."))
    used, limits = _after(session, Promotion.used, Promotion.limit_total, Promotion.limit_account, promotion_id)
    total, mine = limits
    if mine is not None and promotions.used_by(session, account_id, [promotion_id]).get(promotion_id, 0) + count > mine:
        raise _gone(N_("You have used a promotion as often as you may. Please look at the price once more."))
    if used == total:
        bump_content(session)  # nobody else is shown the price of what is used up


def _take_code(session: Session, result: CodeResult, account_id: int) -> None:
    code_id = result.code_id or 0
    free = or_(DiscountCode.limit_total.is_(None), DiscountCode.used < DiscountCode.limit_total)
    where = (DiscountCode.id == code_id, DiscountCode.active.is_(True), free)
    if not change(session, DiscountCode, *where, used=DiscountCode.used + 1):
        raise _gone(N_("The discount code has just been used up or ended. Please look at the sum once more."))
    _, limits = _after(session, DiscountCode.used, DiscountCode.limit_total, DiscountCode.limit_account, code_id)
    if limits[1] is not None and codes.times_used_by(session, code_id, account_id) >= limits[1]:
        raise _gone(N_("You have used this code as often as you may. Please look at the sum once more."))


def _after(
    session: Session,
    used: InstrumentedAttribute[int],
    total: InstrumentedAttribute[int | None],
    mine: InstrumentedAttribute[int | None],
    row_id: int,
) -> tuple[int, tuple[int | None, int | None]]:
    """The counter as it is now, and both limits."""
    row = session.execute(select(used, total, mine).where(used.class_.id == row_id)).one()
    return row[0], (row[1], row[2])


def _gone(message: str) -> Refusal:
    return Refusal("price_changed", message)


def _write(
    session: Session,
    order_id: int,
    account_id: int,
    amounts: Sequence[int],
    promotion_id: int | None = None,
    code_id: int | None = None,
) -> None:
    facts = {"order_id": order_id, "account_id": account_id, "promotion_id": promotion_id, "code_id": code_id}
    session.add_all(DiscountUse(**facts, amount=amount, used_at=clock.now()) for amount in amounts)
