"""Promotions in the shop's windows: search rows, price tables, blocks. Only what everybody gets who buys the item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from . import conditions as rules
from . import lowest, promotions
from .amounts import Amounts
from .conditions import Thing
from .lowest import Reduced
from .models import Promotion
from .quotes import group_of


@dataclass(frozen=True)
class Shown:
    """What registering costs now, by years; `was` and `lowest` only for the periods that a promotion reduces."""

    register: Amounts
    was: Amounts = field(default_factory=dict)
    lowest: Amounts = field(default_factory=dict)


def reduced(
    session: Session,
    prices: Mapping[int, Mapping[str, Amounts]],
    currency: str,
    on: date,
    account_id: int | None = None,
    kinds: Mapping[int, str] | None = None,
) -> dict[int, Shown]:
    """product id -> its prices with the promotions of a day, for those of the products that one reduces.

    `prices` (as of `amounts.prices_of`) are without them; `kinds` says what is no ending. One statement; three more
    while a promotion runs.
    """
    registers = {product: amounts for product, ops in prices.items() if (amounts := ops.get(rules.ENTRY))}
    running = [one for one in promotions.running(session, on) if rules.read(one.conditions).public]
    if not running:
        return {}
    every = {
        (product, years): Thing(product, (kinds or {}).get(product, "domain"), rules.ENTRY, years)
        for product, amounts in registers.items()
        for years in amounts
    }
    offers = {key: _best(thing, registers[thing.product_id], running) for key, thing in every.items()}
    best = {key: found for key, found in offers.items() if found is not None}
    starts = {key: Reduced(every[key], one.valid_from) for key, (_, one) in best.items()}
    low = lowest.before(session, starts, currency, group_of(session, account_id))
    return {product: _shown(product, registers[product], best, low) for product in {product for product, _ in best}}


_Best = dict[tuple[int, int], tuple[int, Promotion]]


def _best(thing: Thing, amounts: Amounts, running: Sequence[Promotion]) -> tuple[int, Promotion] | None:
    """The lowest price and the promotion that makes it; None when none does."""
    full = amounts[thing.years]
    offers = [(full - _off(one, thing, full, amounts.get(1)), one.id, one) for one in running]
    amount, _, one = min(offers, key=lambda offer: offer[:2])
    return (amount, one) if amount < full else None


def _off(one: Promotion, thing: Thing, full: int, first_year: int | None) -> int:
    conditions = rules.read(one.conditions)
    if rules.refused_thing(conditions, thing) is not None:
        return 0
    return rules.reduction(one.kind, one.value, rules.reduced_part(conditions, full, first_year))


def _shown(product: int, amounts: Amounts, best: _Best, low: Mapping[tuple[int, int], int | None]) -> Shown:
    now = {years: best[product, years][0] if (product, years) in best else full for years, full in amounts.items()}
    was = {years: full for years, full in amounts.items() if (product, years) in best}
    known = {years: amount for years in was if (amount := low[product, years]) is not None}
    return Shown(now, was, known)
