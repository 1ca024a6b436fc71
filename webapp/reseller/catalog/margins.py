"""What a price leaves."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation.money import tax_row


@dataclass(frozen=True)
class Margin:
    """What a price leaves over its cost, both net: minor units, and a share of the net price in basis points."""

    amount: int
    share_bp: int


def margin(price: int | None, cost: int | None, tax_bp: int) -> Margin | None:
    """The margin of a retail price over a net cost; None where either is missing.

    `tax_bp`: the rate of the tax that the price includes; 0 for a price without tax.
    """
    if price is None or cost is None:
        return None
    net = tax_row(tax_bp, price, gross=True).net
    return Margin(net - cost, round((net - cost) * 10_000 / net) if net else 0)
