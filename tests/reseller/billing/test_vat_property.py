"""VAT of documents against an implementation that shares nothing with ours: integers only, no Decimal."""

from __future__ import annotations

import random
from itertools import pairwise

from webapp.foundation.money import TaxRow, tax_rows
from webapp.reseller.billing.invoice_facts import differences, tax_rows_of, totals

RATES = (0, 500, 700, 800, 1000, 1900, 2000, 2100, 2300, 2500, 2550, 2700)
Line = tuple[int, int]


def half_up(dividend: int, divisor: int) -> int:
    """The nearest whole number to a quotient; halves away from zero."""
    sign = -1 if dividend < 0 else 1
    return sign * ((2 * abs(dividend) + divisor) // (2 * divisor))


def by_hand(lines: list[Line], *, gross: bool) -> dict[int, tuple[int, int, int]]:
    """Rate -> (net, tax, gross), worked out in whole numbers."""
    found: dict[int, tuple[int, int, int]] = {}
    for rate in {each for each, _amount in lines}:
        total = sum(amount for each, amount in lines if each == rate)
        if gross:
            net = half_up(total * 10_000, 10_000 + rate)
            found[rate] = (net, total - net, total)
        else:
            tax = half_up(total * rate, 10_000)
            found[rate] = (total, tax, total + tax)
    return found


def a_document(luck: random.Random) -> list[Line]:
    """Up to 40 lines with up to 5 rates; amounts from a hundredth to a million, some taken back."""
    rates = luck.sample(RATES, luck.randint(1, 5))
    most = 10 ** luck.randint(1, 8)
    return [(luck.choice(rates), luck.randint(-most // 10, most)) for _ in range(luck.randint(1, 40))]


def said(rows: list[TaxRow]) -> dict[int, tuple[int, int, int]]:
    """Ours in the same shape."""
    return {row.rate_bp: (row.net, row.tax, row.gross) for row in rows}


def test_every_document_has_the_tax_that_whole_numbers_give(full_tier: bool) -> None:
    """100,000 documents in the full tier, a sample in the fast one."""
    luck = random.Random(20261122)
    for _ in range(100_000 if full_tier else 2_000):
        lines, gross = a_document(luck), luck.random() < 0.5
        rows = tax_rows(lines, gross=gross)
        assert said(rows) == by_hand(lines, gross=gross), (lines, gross)
        seen = sum(amount for _rate, amount in lines)
        assert sum(row.gross if gross else row.net for row in rows) == seen


def test_an_invoice_and_its_corrections_add_up_to_what_holds(full_tier: bool) -> None:
    """Whatever is changed, and however often: the differences add up, and taking all back leaves nothing."""
    luck = random.Random(20261123)
    for _ in range(20_000 if full_tier else 400):
        gross = luck.random() < 0.5
        states = [[_line(line) for line in a_document(luck)] for _ in range(luck.randint(2, 5))] + [[]]
        rows = [tax_rows_of(state, gross=gross) for state in states]
        documents = [rows[0], *(differences(after, before) for before, after in pairwise(rows))]
        added = [totals(each) for each in documents]
        for name in ("net", "tax", "gross"):
            assert sum(each[name] for each in added) == 0
        assert all(row["gross"] == row["net"] + row["tax"] for each in documents for row in each)


def _line(line: Line) -> dict[str, object]:
    rate, amount = line
    return {"tax_rate_bp": rate, "tax_category": "S" if rate else "Z", "amount": amount}
