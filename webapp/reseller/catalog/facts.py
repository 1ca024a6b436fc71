"""The endings that an install knows from the start, and what the operator charges for them: `tlds.csv`.

Wholesale amounts are minor units, net. The file holds the first year; longer periods follow from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("tlds.csv")

REGISTER, RENEW, TRANSFER, RESTORE = OPERATIONS = ("register", "renew", "transfer", "restore")
CURRENCIES = ("PLN", "EUR")


@dataclass(frozen=True)
class TldFacts:
    """One line of the file. `amounts` holds (operation, currency) -> wholesale amount of one year."""

    name: str
    kind: str
    max_years: int
    grace_days: int
    redemption_days: int
    amounts: dict[tuple[str, str], int]


@cache
def tld_facts() -> tuple[TldFacts, ...]:
    """Every ending of the file, in its order. Read once per process, at the first call."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(_facts(row) for row in csv.DictReader(lines))


def _facts(row: dict[str, str]) -> TldFacts:
    amounts = {(op, currency): int(row[f"{currency.lower()}_{op}"]) for op in OPERATIONS for currency in CURRENCIES}
    numbers = {name: int(row[name]) for name in ("max_years", "grace_days", "redemption_days")}
    return TldFacts(name=row["name"], kind=row["kind"], amounts=amounts, **numbers)


def periods(max_years: int, amounts: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """(operation, years, amount) for every period, from amounts of one year.

    Only the first year of a registration has the entry price; each further one costs what a renewal costs.
    """
    for years in range(1, max_years + 1):
        yield REGISTER, years, amounts[REGISTER] + (years - 1) * amounts[RENEW]
        yield RENEW, years, years * amounts[RENEW]
    yield TRANSFER, 1, amounts[TRANSFER]
    yield RESTORE, 1, amounts[RESTORE]
