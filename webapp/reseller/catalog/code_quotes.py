"""A discount code on a quotation: its whole worth, spread over the items that it is for, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_, format_money
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from . import codes, costs
from . import conditions as rules
from .conditions import Buyer, Conditions
from .floors import Known, floor
from .models import DiscountCode
from .quoted import CodeResult, Priced, Quotation


def with_code(
    session: Session, plain: Quotation, priced: Sequence[Priced], buyer: Buyer, on: date, currency: str, text: str
) -> Quotation:
    """The quotation with what the code takes off; with the reason when it takes nothing off."""
    code = codes.find(session, text)
    try:
        taken = _taken(session, code, plain, priced, buyer, on, currency)
    except Refusal as refusal:
        word = code.code if code else codes.cleaned(text)
        return replace(plain, code_result=CodeResult(word, ok=False, reason=refusal))
    assert code is not None  # `_taken` refuses what is not there
    lines = {
        one.item.key: replace(plain.lines[one.item.key], amount=one.amount - off, code=code.code)
        for one, off in zip(priced, taken, strict=True)
    }
    result = CodeResult(code.code, ok=True, discount=sum(taken), code_id=code.id)
    return replace(plain, lines=lines, code_result=result)


def _taken(
    session: Session,
    code: DiscountCode | None,
    plain: Quotation,
    priced: Sequence[Priced],
    buyer: Buyer,
    on: date,
    currency: str,
) -> list[int]:
    """What the code takes off each item. Raises Refusal."""
    refused = codes.refused(code, on, buyer)
    if refused is not None or code is None:
        raise refused or Refusal("unknown", N_("There is no such code. Please check how it is written."))
    _check_account(session, code, buyer)
    conditions = rules.read(code.conditions)
    parts = [_part(conditions, one) for one in priced]
    if not any(parts):
        raise _nothing_for(conditions, priced)
    if rules.refused_order(conditions, plain.total) is not None:
        least = format_money(conditions.minimum, currency)
        raise Refusal("minimum", N_("This code is for orders of %(least)s and more."), "code", least=least)
    most = parts if code.below_cost else _room(session, priced, parts, on)
    taken = rules.spread(rules.reduction(code.kind, code.value, sum(parts)), parts, most)
    if taken is None:
        raise Refusal("below_cost", N_("This code takes off more than these prices allow."), "code")
    return taken


def _check_account(session: Session, code: DiscountCode, buyer: Buyer) -> None:
    if code.limit_account is None or buyer.account_id is None:
        return
    if codes.times_used_by(session, code.id, buyer.account_id) >= code.limit_account:
        raise Refusal("used_up_for_you", N_("You have used this code as often as you may."), "code")


def _part(conditions: Conditions, one: Priced) -> int:
    """The part of an item's price that the code may take something off."""
    if rules.refused_thing(conditions, one.thing) is not None:
        return 0
    if conditions.full_price_only and one.promotion is not None:
        return 0
    first_year = None if one.first_year is None else one.first_year * one.item.quantity
    return rules.reduced_part(conditions, one.amount, first_year)


def _nothing_for(conditions: Conditions, priced: Sequence[Priced]) -> Refusal:
    if not priced:
        return Refusal("empty", N_("Put something into your basket first; then use the code."), "code")
    promoted = any(rules.refused_thing(conditions, one.thing) is None for one in priced)
    if conditions.full_price_only and promoted:
        return Refusal("promoted", N_("This code is not for what is reduced already."), "code")
    return Refusal("products", N_("This code is not for what is in your basket."), "code")


def _room(session: Session, priced: Sequence[Priced], parts: Sequence[int], on: date) -> list[int]:
    """What may be taken off each item before it costs less than the partner pays for it."""
    partner = partners.partner(session)
    tlds = sorted({one.product.tld_id for one in priced if one.product.tld_id is not None})
    known = costs.by_ending(session, partner, on, tlds) if tlds else {}
    return [min(part, _above_cost(partner, one, known)) for one, part in zip(priced, parts, strict=True)]


def _above_cost(partner: Partner, one: Priced, known: Known) -> int:
    """What an item brings above its cost; all of it while nobody knows what it costs."""
    least = floor(partner, one.thing, one.product.tld_id, one.product.cost, known)
    return one.amount if least is None else max(one.amount - least * one.item.quantity, 0)
