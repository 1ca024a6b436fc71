"""Why this price, to its end: the steps of the price list, then the promotion and the code that reduced it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.reseller.partners import queries as partners

from . import conditions as rules
from . import price_groups, promotions, queries, quotes, why
from .conditions import Buyer, Thing
from .models import Promotion
from .quoted import Item
from .why import Question, Step, Sum


def explain(session: Session, asked: Question, *, is_new: bool = False, code: str = "") -> tuple[Step, ...]:
    """As `why.explain`, with a step "promotion" where one reduced the price on that day and a step "code" for today.

    A past day is told by the promotions that ran then; whether one was used up at that hour is not known any more.
    """
    steps = why.explain(session, asked)
    full = steps[-1].amount if steps else None
    if full is None:
        return steps
    promoted = _promotion_step(session, asked, full, is_new)
    steps = (*steps, promoted) if promoted else steps
    return (*steps, *_code_steps(session, asked, is_new, code)) if code else steps


def _promotion_step(session: Session, asked: Question, full: int, is_new: bool) -> Step | None:
    partner = partners.partner(session)
    product = queries.product(session, asked.product_id)
    if product is None:
        return None
    thing = Thing(product.id, product.kind, asked.operation, asked.years, asked.days)
    group = None if asked.account_id is None else price_groups.group_on(session, asked.account_id, asked.on)
    buyer = Buyer(asked.account_id, is_new, group.id if group else None)
    entry = why.explain(session, replace(asked, operation=rules.ENTRY, years=1, days=0))
    first_year = entry[-1].amount if entry else None
    found = _ran(session, asked.on, clock.today(partner.timezone))
    offers = [(off, one) for one in found if (off := _off(one, thing, buyer, full, first_year))]
    if not offers:
        return None
    off, best = max(offers, key=lambda offer: (offer[0], -offer[1].id))
    values = {"name": promotions.name_of(best), "off": Sum(off, partner.currency)}
    return Step("promotion", N_("The promotion “%(name)s” takes off %(off)s."), values, full - off)


def _ran(session: Session, on: date, today: date) -> Sequence[Promotion]:
    return promotions.ran_between(session, on, on) if on < today else promotions.running(session, on)


def _off(one: Promotion, thing: Thing, buyer: Buyer, full: int, first_year: int | None) -> int:
    conditions = rules.read(one.conditions)
    refused = rules.refused_thing(conditions, thing) or rules.refused_buyer(conditions, buyer)
    if refused is not None or rules.refused_order(conditions, full) is not None:
        return 0
    return rules.reduction(one.kind, one.value, rules.reduced_part(conditions, full, first_year))


def _code_steps(session: Session, asked: Question, is_new: bool, code: str) -> Iterator[Step]:
    partner = partners.partner(session)
    item = Item(0, asked.product_id, asked.operation, asked.years, asked.days)
    quotation = quotes.quote(session, [item], Buyer(asked.account_id, is_new), asked.on, partner.currency, code)
    result = quotation.code_result
    if result is None or not quotation.lines:
        return
    if result.reason is not None:
        yield Step("code", result.reason.message, result.reason.params, quotation.total)
        return
    values = {"code": result.code, "off": Sum(result.discount, partner.currency)}
    yield Step("code", N_("The code %(code)s takes off %(off)s."), values, quotation.total)
