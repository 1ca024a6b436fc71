"""Money: whole minor units and a currency. Rates are basis points (2300 = 23 %). No float anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: Digits after the point by ISO 4217; every currency that is not named here has two.
_EXPONENTS = {"JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3, "OMR": 3}


def exponent(currency: str) -> int:
    """Number of decimals of a currency (ISO 4217): PLN 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def to_decimal(minor: int, currency: str) -> Decimal:
    """4999, "PLN" -> Decimal("49.99")."""
    return Decimal(minor).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Decimal("49.99"), "PLN" -> 4999. Raises ValueError when the amount has more decimals than the currency."""
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError("more decimals than the currency has")
    return int(scaled)


@dataclass(frozen=True)
class TaxRow:
    """One rate on one document: all in minor units, `net + tax == gross`."""

    rate_bp: int
    net: int
    tax: int
    gross: int


def _round(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tax_row(rate_bp: int, total: int, *, gross: bool) -> TaxRow:
    """Tax of one rate group, computed once on the group's total (EN 16931 BR-CO-17, half up).

    With `gross=True`, `total` is what the buyer saw: the net is derived so that the gross stays to the cent.
    """
    rate = Decimal(rate_bp) / 10_000
    if gross:
        net = _round(Decimal(total) / (1 + rate))
        return TaxRow(rate_bp, net, total - net, total)
    tax = _round(Decimal(total) * rate)
    return TaxRow(rate_bp, total, tax, total + tax)


def tax_rows(lines: Iterable[tuple[int, int]], *, gross: bool) -> list[TaxRow]:
    """Rows per rate, highest rate first, from (rate in basis points, amount in minor units) lines."""
    groups: dict[int, int] = {}
    for rate_bp, amount in lines:
        groups[rate_bp] = groups.get(rate_bp, 0) + amount
    return [tax_row(rate, groups[rate], gross=gross) for rate in sorted(groups, reverse=True)]
