"""Conditions of promotions and codes: does an item of a buyer meet them, and if not, why. Nothing here asks a database.

Stored as JSON: lists that are empty mean "any"; see `Promotion.conditions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

#: What a first year can be reduced for: only a registration has an entry price.
ENTRY = "register"


@dataclass(frozen=True)
class Thing:
    """What is to be bought: which product for how long."""

    product_id: int
    kind: str
    operation: str
    years: int
    days: int = 0


@dataclass(frozen=True)
class Buyer:
    """Who buys. `is_new`: somebody who is known and has never ordered; who is not signed in is not known to be new."""

    account_id: int | None = None
    is_new: bool = False
    group_id: int | None = None


@dataclass(frozen=True)
class Conditions:
    """Empty sets: any. `minimum`: what the order must come to before anything is taken off, in minor units."""

    kinds: frozenset[str] = frozenset()
    products: frozenset[int] = frozenset()
    operations: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    #: Only the first year of a registration is reduced, however long it is.
    first_year: bool = False
    new_only: bool = False
    minimum: int = 0
    #: Of a code: what a promotion has reduced already is left out.
    full_price_only: bool = False

    @property
    def public(self) -> bool:
        """True when everybody meets them who buys the right thing: such a price may stand in the shop."""
        return not (self.groups or self.new_only or self.minimum)


def read(stored: Mapping[str, Any]) -> Conditions:
    """What stands in the JSON column; what is missing or of another shape means "any"."""
    minimum = stored.get("minimum")
    values: dict[str, Any] = {name: _values(stored.get(name), kind) for name, kind in _LISTS.items()}
    values |= {name: stored.get(name) is True for name in ("first_year", "new_only", "full_price_only")}
    return Conditions(**values, minimum=minimum if type(minimum) is int else 0)


def _values(found: Any, kind: type) -> frozenset[Any]:
    return frozenset(value for value in found if type(value) is kind) if isinstance(found, list) else frozenset()


_LISTS: dict[str, type] = {"kinds": str, "products": int, "operations": str, "years": int, "groups": int}


def stored(conditions: Conditions) -> dict[str, Any]:
    """As JSON, without what says nothing."""
    values = {each.name: getattr(conditions, each.name) for each in fields(conditions)}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items() if value}


def refused_thing(conditions: Conditions, thing: Thing) -> Refusal | None:
    """Why these conditions leave the item out, whoever buys it; None: they take it."""
    if conditions.kinds and thing.kind not in conditions.kinds:
        return Refusal("kind", N_("It is for other services."))
    if conditions.products and thing.product_id not in conditions.products:
        return Refusal("product", N_("It is for other products."))
    if conditions.operations and thing.operation not in conditions.operations:
        return Refusal("operation", N_("It is for other steps than this one, such as a registration or a renewal."))
    if conditions.years and thing.years not in conditions.years:
        return Refusal("period", N_("It is for other periods."))
    if conditions.first_year and (thing.operation != ENTRY or thing.years < 1):
        return Refusal("first_year", N_("It is for the first year of a registration."))
    return None


def refused_buyer(conditions: Conditions, buyer: Buyer) -> Refusal | None:
    """Why these conditions leave the buyer out; None: they take them."""
    bound = conditions.groups or conditions.new_only
    if bound and buyer.account_id is None:
        return Refusal("sign_in", N_("Please sign in or register first: it is not for everybody."))
    if conditions.groups and buyer.group_id not in conditions.groups:
        return Refusal("group", N_("It is for other subscribers."))
    if conditions.new_only and not buyer.is_new:
        return Refusal("new_only", N_("It is for the first order of new subscribers."))
    return None


def refused_order(conditions: Conditions, worth: int) -> Refusal | None:
    """Why an order of this worth is too small; None: it is not."""
    if worth < conditions.minimum:
        return Refusal("minimum", N_("The order is too small for it."))
    return None


def reduced_part(conditions: Conditions, amount: int, first_year: int | None) -> int:
    """The part of an amount that may be reduced: all of it, or what the first year costs."""
    if not conditions.first_year:
        return amount
    return min(amount, first_year) if first_year is not None else 0


def reduction(kind: str, value: int, part: int) -> int:
    """What is taken off a part of a price: a percentage (half up), an amount, or what a fixed price leaves. 0..part."""
    if kind == "percent":
        off = (part * value + 5_000) // 10_000
    else:
        off = value if kind == "amount" else part - value
    return min(max(off, 0), part)


def shares(worth: int, weights: Iterable[int]) -> list[int]:
    """`worth` spread in proportion to the weights, to the last unit (largest remainder, the earlier one first)."""
    parts = list(weights)
    whole = sum(parts)
    if whole <= 0:
        return [0 for _ in parts]
    given = [worth * part // whole for part in parts]
    rest = worth - sum(given)
    order = sorted(range(len(parts)), key=lambda place: (-(worth * parts[place] % whole), place))
    for place in order[:rest]:
        given[place] += 1
    return given


def spread(worth: int, weights: list[int], most: list[int]) -> list[int] | None:
    """As `shares`, but no part gets more than it may; None when all of them together may not get so much."""
    if worth > sum(most):
        return None
    given, open_places, left = [0] * len(weights), list(range(len(weights))), worth
    while left and open_places:
        parts = shares(left, [max(weights[place], 1) for place in open_places])
        full = [place for place, part in zip(open_places, parts, strict=True) if given[place] + part >= most[place]]
        if not full:
            for place, part in zip(open_places, parts, strict=True):
                given[place] += part
            return given
        for place in full:
            left -= most[place] - given[place]
            given[place] = most[place]
        open_places = [place for place in open_places if place not in full]
    return given
