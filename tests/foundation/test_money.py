"""Money adds up: per rate group, to the cent, against an independent integer implementation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation import money

lines = st.lists(
    st.tuples(st.sampled_from([0, 500, 800, 1900, 2300, 2700]), st.integers(0, 10**9)), min_size=1, max_size=10
)


def half_up(numerator: int, denominator: int) -> int:
    """Integer division rounded half up, written without Decimal."""
    return (2 * numerator + denominator) // (2 * denominator)


@given(lines)
def test_net_prices_get_their_tax_once_per_rate(drawn: list[tuple[int, int]]) -> None:
    for row in money.tax_rows(drawn, gross=False):
        net = sum(amount for rate, amount in drawn if rate == row.rate_bp)
        assert (row.net, row.tax) == (net, half_up(net * row.rate_bp, 10_000))
        assert row.gross == row.net + row.tax


@given(lines)
def test_gross_prices_stay_what_the_buyer_saw(drawn: list[tuple[int, int]]) -> None:
    rows = money.tax_rows(drawn, gross=True)
    assert sum(row.gross for row in rows) == sum(amount for _, amount in drawn)
    for row in rows:
        assert row.net == half_up(row.gross * 10_000, 10_000 + row.rate_bp)
        assert row.net + row.tax == row.gross


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("49.99", "PLN", 4999), ("50", "JPY", 50), ("1.234", "KWD", 1234)]
)
def test_amounts_go_to_minor_units_and_back(text: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(text), currency) == minor
    assert money.to_decimal(minor, currency) == Decimal(text)


@pytest.mark.parametrize(("text", "currency"), [("49.999", "PLN"), ("0.5", "JPY")])
def test_an_amount_finer_than_the_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        money.to_minor(Decimal(text), currency)
