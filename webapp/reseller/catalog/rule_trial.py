"""What a rule would make of prices, before it does: how many change, which ones most, which would not pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from . import costs, recompute, rules
from .amounts import WORST_FIRST, valid
from .costs import Cost, Period
from .margins import Margin, margin
from .models import Price, Product
from .rules import RuleDraft

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Change:
    """One price: minor units of the partner's currency and tax mode; None: there is none."""

    product: Product
    operation: str
    years: int
    days: int
    before: int | None
    after: int | None
    margin: Margin | None

    @property
    def below_cost(self) -> bool:
        """Each sale would lose money."""
        return self.margin is not None and self.margin.amount < 0


@dataclass(frozen=True)
class RuleTrial:
    """`count` prices would change (`below` of those that the rules make would not cover their cost); `kept` stand
    because they were set by hand."""

    count: int
    below: int
    kept: int
    made: int
    examples: tuple[Change, ...]
    losses: tuple[Change, ...]


@dataclass
class _Held:
    """What is charged now: by a rule or by hand for the audience of the rule, and to everybody."""

    by_rule: dict[recompute.Key, int | None] = field(default_factory=dict)
    by_hand: dict[recompute.Key, int | None] = field(default_factory=dict)
    common: dict[recompute.Key, int | None] = field(default_factory=dict)


def try_out(session: Session, kind: str, draft: RuleDraft, group_id: int | None, on: date | None = None) -> RuleTrial:
    """What the prices of a kind would be with this rule from a day on (today), beside those of that day.

    Raises what `rules.set_rule` raises. About eight statements.
    """
    start = rules.checked(session, kind, draft, group_id, on)
    partner = partners.partner(session)
    book = rules.in_force(session, start).with_draft(kind, draft, group_id)
    wanted = recompute.wanted(session, partner, book, start)
    products = {one.id: one for one in session.scalars(select(Product).where(Product.kind == kind))}
    held = _held(session, partner, start, group_id)
    known = _known(session, partner, start, products)
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    mine = {key: one.amount for key, one in wanted.items() if key[4] == group_id and key[0] in products}
    every = [_change(products, known, tax_bp, key, held, mine.get(key)) for key in _keys(mine, held, products)]
    changed = [one for one in every if one.before != one.after]
    below = [one for one in every if one.below_cost]
    kept = sum(key[0] in products for key in held.by_hand)
    return RuleTrial(len(changed), len(below), kept, len(mine), _biggest(changed), _biggest(below))


def _keys(mine: Mapping[recompute.Key, int], held: _Held, products: Mapping[int, Product]) -> Iterator[recompute.Key]:
    """Prices that nobody set by hand: those that the rules make, and those that they would not make any more."""
    for key in dict.fromkeys((*mine, *held.by_rule)):
        if key[0] in products and key not in held.by_hand:
            yield key


def _held(session: Session, partner: Partner, on: date, group_id: int | None) -> _Held:
    columns: tuple[Any, ...] = (Price.product_id, Price.operation, Price.years, Price.days, Price.group_id)
    audience = Price.group_id.is_(None) if group_id is None else Price.group_id.is_(None) | (Price.group_id == group_id)
    query = select(*columns, Price.source, Price.amount).where(Price.currency == partner.currency, *valid(on), audience)
    held = _Held()
    for *key, group, source, amount in session.execute(query.order_by(*WORST_FIRST)):
        place = (key[0], key[1], key[2], key[3], group_id)
        if group == group_id:
            (held.by_hand if source == "own" else held.by_rule)[place] = amount
        else:
            held.common[place] = amount
    return held


def _known(
    session: Session, partner: Partner, on: date, products: Mapping[int, Product]
) -> dict[int, Mapping[Period, Cost]]:
    of_endings = costs.by_ending(session, partner, on) if any(one.tld_id for one in products.values()) else {}
    found: dict[int, Mapping[Period, Cost]] = {}
    for product in products.values():
        if product.tld_id is not None:
            found[product.id] = of_endings.get(product.tld_id, {})
        elif product.cost is not None:
            found[product.id] = costs.of_year(product.cost, partner.currency, recompute.PLAN_YEARS)
    return found


def _change(
    products: Mapping[int, Product],
    known: Mapping[int, Mapping[Period, Cost]],
    tax_bp: int,
    key: recompute.Key,
    held: _Held,
    made: int | None,
) -> Change:
    """Where no rule makes a group's price, its members pay the common one."""
    product_id, operation, years, days, _ = key
    cost = known.get(product_id, {}).get((operation, years, days))
    common = held.common.get(key)
    before, after = held.by_rule.get(key, common), common if made is None else made
    left = margin(after, cost.amount if cost else None, tax_bp)
    return Change(products[product_id], operation, years, days, before, after, left)


def _biggest(changes: list[Change]) -> tuple[Change, ...]:
    """Those of a year first: a longer period says the same again."""
    ordered = sorted(changes, key=lambda one: (one.years > 1, -abs((one.after or 0) - (one.before or 0))))
    return tuple(ordered[:MOST_EXAMPLES])
