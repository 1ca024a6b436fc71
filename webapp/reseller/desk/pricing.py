"""A first price list: wholesale prices with a mark-up, rounded to prices that people expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from webapp.foundation.money import tax_row
from webapp.reseller.catalog import facts

#: (TLD id, operation, years) -> net wholesale amount in minor units.
Costs = Mapping[tuple[int, str, int], int]


@dataclass(frozen=True)
class Rule:
    """How a price is made: rates in basis points; `ending` are the last two digits (99 for 49.99)."""

    markup_bp: int
    ending: int
    tax_mode: str
    tax_rate_bp: int

    def price(self, cost: int) -> int:
        """The retail price of one wholesale price, in the shop's tax mode; what costs nothing stays free."""
        if cost == 0:
            return 0
        exact = Decimal(cost) * (10_000 + self.markup_bp) / 10_000
        if self.tax_mode == "gross":
            exact = exact * (10_000 + self.tax_rate_bp) / 10_000
        units = ((exact - self.ending) / 100).to_integral_value(ROUND_CEILING)
        return max(int(units) * 100 + self.ending, self.ending)


def price_list(tld_id: int, max_years: int, costs: Costs, rule: Rule) -> Iterator[tuple[str, int, int]]:
    """(operation, years, amount) for every period of an ending that has wholesale prices in the currency."""
    yearly = {operation: costs.get((tld_id, operation, 1)) for operation in facts.OPERATIONS}
    if any(cost is None for cost in yearly.values()):
        return
    yield from facts.periods(max_years, {operation: rule.price(cost or 0) for operation, cost in yearly.items()})


@dataclass(frozen=True)
class Margin:
    """What a price leaves over its cost, both net: minor units, and a share of the net price in basis points."""

    amount: int
    share_bp: int


def margin(price: int | None, cost: int | None, tax_mode: str, tax_rate_bp: int) -> Margin | None:
    """The margin of a retail price in the shop's tax mode over a net cost; None where either is missing."""
    if price is None or cost is None:
        return None
    net = tax_row(tax_rate_bp, price, gross=tax_mode == "gross").net
    return Margin(net - cost, round((net - cost) * 10_000 / net) if net else 0)
