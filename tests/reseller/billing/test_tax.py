"""Which tax a sale bears, and when a member state's rate changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from webapp.reseller.billing import tax
from webapp.reseller.billing.tax import Treatment, standard_rate, tax_for
from webapp.reseller.partners.models import Partner

TODAY = date(2026, 11, 22)


def _partner(country: str = "PL", **invoices: Any) -> Partner:
    return Partner(country=country, tax_rate_bp=2300, tax_mode="gross", settings={"invoices": invoices})


DOMESTIC = Treatment("domestic", 2300, "S")
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Treatment]] = {
    "the same country, a consumer": ({}, {"country": "PL", "tax_id": ""}, DOMESTIC),
    "the same country, a business": ({}, {"country": "PL", "tax_id": "5260250274"}, DOMESTIC),
    "another member, a VAT id": ({}, {"country": "DE", "tax_id": "DE136695976"}, Treatment("reverse", 0, "AE")),
    "the VAT id without its prefix": ({}, {"country": "DE", "tax_id": "136695976"}, Treatment("reverse", 0, "AE")),
    "Greece writes EL": ({}, {"country": "GR", "tax_id": "EL094259216"}, Treatment("reverse", 0, "AE")),
    "a VAT id with a wrong digit": ({}, {"country": "DE", "tax_id": "DE136695977"}, DOMESTIC),
    "another country's VAT id": ({}, {"country": "DE", "tax_id": "PL5260250274"}, DOMESTIC),
    "a consumer elsewhere, small seller": ({}, {"country": "HU", "tax_id": ""}, DOMESTIC),
    "a consumer elsewhere, one-stop shop": (
        {"oss": True},
        {"country": "HU", "tax_id": ""},
        Treatment("oss", 2700, "S"),
    ),
    "outside the EU": ({"oss": True}, {"country": "US", "tax_id": "98-7654321"}, Treatment("export", 0, "O")),
    "no VAT payer": ({"payer_of_vat": False}, {"country": "DE", "tax_id": ""}, Treatment("exempt", 0, "E")),
}


@pytest.mark.parametrize("case", CASES)
def test_seller_buyer_and_day_decide_the_tax(case: str) -> None:
    settings, buyer, expected = CASES[case]
    assert tax_for(_partner(**settings), buyer, TODAY) == expected


def test_a_seller_outside_the_eu_charges_its_own_country_only() -> None:
    assert tax_for(_partner("CH"), {"country": "CH"}, TODAY).regime == "domestic"
    assert tax_for(_partner("CH"), {"country": "DE", "tax_id": "DE136695976"}, TODAY) == Treatment("export", 0, "O")


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("SK", date(2024, 12, 31), 2000), ("SK", date(2025, 1, 1), 2300),
        ("RO", date(2025, 7, 31), 1900), ("RO", date(2025, 8, 1), 2100),
        ("EE", date(2025, 6, 30), 2200), ("EE", date(2025, 7, 1), 2400),
        ("FI", date(2024, 9, 1), 2550), ("DE", date(2020, 8, 1), 1600), ("DE", date(2021, 1, 1), 1900),
        ("GB", TODAY, None), ("HR", date(1999, 1, 1), None),
    ],
)  # fmt: skip
def test_the_rate_is_that_of_the_day(country: str, day: date, rate: int | None) -> None:
    assert standard_rate(country, day) == rate


def test_the_table_holds_every_member_of_the_eu() -> None:
    members = {country for country in tax._table() if standard_rate(country, TODAY)}
    assert len(members) == 27


def test_gross_prices_stay_for_consumers_and_lose_the_tax_for_who_pays_it_elsewhere() -> None:
    partner = _partner(oss=True)
    hungarian = tax_for(partner, {"country": "HU"}, TODAY)
    german = tax_for(partner, {"country": "DE", "tax_id": "DE136695976"}, TODAY)
    assert (tax.price(partner, hungarian, 12300), tax.price(partner, german, 12300)) == (12300, 10000)
    partner.tax_mode = "net"
    assert tax.price(partner, german, 12300) == 12300
