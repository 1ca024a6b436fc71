"""What a promotion would make of prices, before anybody sees it: a few examples, and how many fall below their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from . import amounts, costs, facts, lowest
from . import conditions as rules
from .conditions import Conditions, Thing
from .floors import Known, floor
from .models import Product, TldGroupMember
from .promotions import FIRST_DAY

MOST_EXAMPLES = 3


@dataclass(frozen=True)
class Example:
    """One item: minor units of the partner's currency and tax mode. `below_cost`: less than the partner pays for it."""

    product: Product
    thing: Thing
    before: int
    after: int
    lowest: int | None
    below_cost: bool


@dataclass(frozen=True)
class Trial:
    """`examples` of `count` products that would be reduced, `below` of which cost more than they would bring."""

    examples: tuple[Example, ...] = ()
    count: int = 0
    below: int = 0


def try_out(session: Session, kind: str, value: int, conditions: Conditions, since: date) -> Trial:
    """Today's prices with such a reduction: the first operation and period that the conditions name, else one year of
    registering; in the order of the shop."""
    partner, since = partners.partner(session), max(since, FIRST_DAY)
    found = _reduced(session, partner, kind, value, conditions, since)
    shown = sorted(found, key=lambda each: not each.below_cost)[:MOST_EXAMPLES] if found else []
    wanted = {each.product.id: lowest.Reduced(each.thing, since) for each in shown} if conditions.public else {}
    low = lowest.before(session, wanted, partner.currency)
    examples = tuple(
        Example(each.product, each.thing, each.before, each.after, low.get(each.product.id), each.below_cost)
        for each in shown
    )
    return Trial(examples, len(found), sum(each.below_cost for each in found))


def _reduced(
    session: Session, partner: Partner, kind: str, value: int, conditions: Conditions, since: date
) -> list[Example]:
    products = _products(session)
    prices = amounts.prices_of(session, [product.id for product in products], partner.currency, since, None)
    known = costs.by_ending(session, partner, since)
    made = (_example(partner, product, prices.get(product.id, {}), known, kind, value, conditions)
            for product in products)  # fmt: skip
    return [each for each in made if each is not None]


def _products(session: Session) -> Sequence[Product]:
    """On sale, those of the shop's groups first, in their order."""
    place = select(TldGroupMember.position).where(TldGroupMember.product_id == Product.id).limit(1).scalar_subquery()
    query = select(Product).where(Product.on_sale)
    return session.scalars(query.order_by(place.is_(None), place, Product.position, Product.code)).all()


def _example(
    partner: Partner,
    product: Product,
    prices: dict[str, amounts.Amounts],
    known: Known,
    kind: str,
    value: int,
    conditions: Conditions,
) -> Example | None:
    thing = _thing(product, conditions, prices)
    if thing is None or rules.refused_thing(conditions, thing) is not None:
        return None
    before = prices[thing.operation][thing.years]
    first_year = prices.get(rules.ENTRY, {}).get(1)
    after = before - rules.reduction(kind, value, rules.reduced_part(conditions, before, first_year))
    if after == before:
        return None
    return Example(product, thing, before, after, None, _below_cost(partner, product, thing, after, known))


def _thing(product: Product, conditions: Conditions, prices: dict[str, amounts.Amounts]) -> Thing | None:
    """The first operation and the shortest period that the conditions name and that has a price."""
    for operation in facts.OPERATIONS:
        if conditions.operations and operation not in conditions.operations:
            continue
        for years in prices.get(operation, {}):
            if not conditions.years or years in conditions.years:
                return Thing(product.id, product.kind, operation, years)
    return None


def _below_cost(partner: Partner, product: Product, thing: Thing, amount: int, known: Known) -> bool:
    least = floor(partner, thing, product.tld_id, product.cost, known)
    return least is not None and amount < least
