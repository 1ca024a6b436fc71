"""The price below which an item brings less than it costs the partner."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.reseller.partners.models import Partner

from .conditions import Thing
from .costs import Cost, Period

#: TLD id -> period -> cost, as of `costs.by_ending`.
Known = Mapping[int, Mapping[Period, Cost]]


def floor(partner: Partner, thing: Thing, tld_id: int | None, yearly: int | None, known: Known) -> int | None:
    """The least price in the partner's tax mode at which nothing is lost; None while nobody knows what it costs.

    `yearly`: what a year of a product without an ending costs. Rounded up, so that the net is never below the cost.
    """
    cost = _cost(thing, tld_id, yearly, known)
    if cost is None:
        return None
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    return -(-cost * (10_000 + tax_bp) // 10_000)


def _cost(thing: Thing, tld_id: int | None, yearly: int | None, known: Known) -> int | None:
    if tld_id is None:
        return None if yearly is None else yearly * max(thing.years, 1)
    agreed = known.get(tld_id, {}).get((thing.operation, thing.years, thing.days))
    return agreed.amount if agreed else None
