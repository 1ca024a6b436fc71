"""What an order costs: list prices, then the best promotion per item, then a discount code on what is left.

Promotions do not add up: the lowest price wins. A code takes off its whole worth or is refused with the reason; it
never makes an item cheaper than it costs the partner, unless the partner says so. About a dozen statements, however
long the order is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from . import amounts, lowest, promotions
from . import conditions as rules
from .amounts import Amounts
from .code_quotes import with_code
from .conditions import Buyer, Thing
from .models import PriceGroupMember, Product, Promotion
from .quoted import Item, Priced, Quotation, QuotedLine


def quote(session: Session, items: Sequence[Item], buyer: Buyer, on: date, currency: str, code: str = "") -> Quotation:
    """The prices of these items for this buyer on a business day. A code that cannot be used changes nothing."""
    buyer = replace(buyer, group_id=group_of(session, buyer.account_id))
    priced = _for_sale(session, items, buyer, on, currency)
    running = promotions.running(session, on) if priced else ()
    priced = _promoted(session, priced, running, buyer)
    lines = _lines(priced, _lowest(session, priced, buyer, currency))
    pieces = {one.item.key: one.item.quantity for one in priced}
    plain = Quotation(lines, pieces, None, frozenset(one.id for one in running))
    if not code:
        return plain
    return with_code(session, plain, priced, buyer, on, currency, code)


def group_of(session: Session, account_id: int | None) -> int | None:
    """The price group of an account."""
    if account_id is None:
        return None
    return session.scalar(select(PriceGroupMember.group_id).where(PriceGroupMember.account_id == account_id))


# --- list prices ---------------------------------------------------------------------------------------------


def _for_sale(session: Session, items: Sequence[Item], buyer: Buyer, on: date, currency: str) -> list[Priced]:
    ids = sorted({item.product_id for item in items})
    columns: tuple[Any, ...] = (Product.id, Product.kind, Product.tld_id, Product.cost)
    known = {row.id: row for row in session.execute(select(*columns).where(Product.id.in_(ids), Product.on_sale))}
    by_years = amounts.prices_of(session, list(known), currency, on, buyer.account_id)
    in_days = any(item.days for item in items)
    by_days = amounts.day_prices_of(session, list(known), currency, on, buyer.account_id) if in_days else {}
    made = (
        _priced(item, known[item.product_id], by_years.get(item.product_id, {}), by_days.get(item.product_id, {}))
        for item in items
        if item.product_id in known
    )
    return [one for one in made if one is not None]


def _priced(
    item: Item, product: Row[Any], by_years: Mapping[str, Amounts], by_days: Mapping[str, Amounts]
) -> Priced | None:
    prices, length = (by_days, item.days) if item.days else (by_years, item.years)
    full = prices.get(item.operation, {}).get(length)
    if full is None:
        return None
    thing = Thing(item.product_id, product.kind, item.operation, item.years, item.days)
    return Priced(item, thing, product, full, by_years.get(rules.ENTRY, {}).get(1), full)


# --- promotions ----------------------------------------------------------------------------------------------


def _promoted(session: Session, priced: list[Priced], running: Sequence[Promotion], buyer: Buyer) -> list[Priced]:
    """Each item with the promotion that makes it cheapest, as long as that may still be used."""
    worth = sum(one.full * one.item.quantity for one in priced)
    fitting = [one for one in running if _takes(one, buyer, worth)]
    if not fitting:
        return priced
    left = _uses_left(session, fitting, buyer)
    return [_best(one, fitting, left) for one in priced]


def _takes(promotion: Promotion, buyer: Buyer, worth: int) -> bool:
    conditions = rules.read(promotion.conditions)
    return rules.refused_buyer(conditions, buyer) is None and rules.refused_order(conditions, worth) is None


def _uses_left(session: Session, fitting: Sequence[Promotion], buyer: Buyer) -> dict[int, int | None]:
    """promotion id -> how many pieces it may still reduce for this buyer; None: any number."""
    bound = [one.id for one in fitting if one.limit_account is not None]
    used = promotions.used_by(session, buyer.account_id, bound) if buyer.account_id is not None else {}
    left: dict[int, int | None] = {}
    for one in fitting:
        total = None if one.limit_total is None else one.limit_total - one.used
        mine = None if one.limit_account is None else one.limit_account - used.get(one.id, 0)
        left[one.id] = min((each for each in (total, mine) if each is not None), default=None)
    return left


def _best(one: Priced, fitting: Sequence[Promotion], left: dict[int, int | None]) -> Priced:
    """The item at its lowest price; the pieces that a promotion may still reduce become fewer."""
    now, promotion = one.full, None
    for each in fitting:
        rest = left[each.id]
        if rest is not None and rest < one.item.quantity:
            continue
        if (amount := one.full - _off(each, one)) < now:
            now, promotion = amount, each
    if promotion is not None and (rest := left[promotion.id]) is not None:
        left[promotion.id] = rest - one.item.quantity
    return replace(one, now=now, promotion=promotion)


def _off(promotion: Promotion, one: Priced) -> int:
    conditions = rules.read(promotion.conditions)
    if rules.refused_thing(conditions, one.thing) is not None:
        return 0
    part = rules.reduced_part(conditions, one.full, one.first_year)
    return rules.reduction(promotion.kind, promotion.value, part)


def _lowest(session: Session, priced: Sequence[Priced], buyer: Buyer, currency: str) -> dict[Hashable, int | None]:
    """What promotions for everybody must show; prices for some are not announced to the public."""
    wanted = {
        one.item.key: lowest.Reduced(one.thing, one.promotion.valid_from)
        for one in priced
        if one.promotion is not None and rules.read(one.promotion.conditions).public
    }
    return lowest.before(session, wanted, currency, buyer.group_id)


def _lines(priced: Sequence[Priced], low: Mapping[Hashable, int | None]) -> dict[Hashable, QuotedLine]:
    made: dict[Hashable, QuotedLine] = {}
    for one in priced:
        count, which = one.item.quantity, one.promotion
        piece = low.get(one.item.key)
        made[one.item.key] = QuotedLine(
            list_amount=one.full * count,
            promoted=one.amount,
            amount=one.amount,
            promotion_id=which.id if which else None,
            promotion=promotions.name_of(which) if which else "",
            lowest_30=piece * count if piece is not None else None,
        )
    return made
