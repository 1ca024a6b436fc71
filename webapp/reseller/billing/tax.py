"""Which value added tax a document bears: who sells, who buys, on which day.

Services supplied electronically between members of the EU (Directive 2006/112/EC, articles 44, 58, 196, 369b). Whether
a VAT id is valid is judged by its form and check digits alone: nobody asks VIES here, and the partner answers for it.
Territories of a member outside the common VAT area (Canary Islands, Åland ...) count as that member.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.eu import vat

from webapp.foundation.money import tax_row
from webapp.reseller.partners.models import Partner

from .invoice_settings import settings_of

FILE = Path(__file__).with_name("vat_rates.csv")

DOMESTIC, REVERSE, OSS, EXPORT, EXEMPT = REGIMES = ("domestic", "reverse", "oss", "export", "exempt")


@dataclass(frozen=True)
class Treatment:
    """How a sale is taxed. `category` is EN 16931's BT-151: S standard, Z zero, AE reverse charge, O not subject to
    VAT here, E exempt."""

    regime: str
    rate_bp: int
    category: str


def tax_for(partner: Partner, buyer: Mapping[str, Any], on: date) -> Treatment:
    """The treatment of what `partner` sells to the buyer (a party dict) on a day.

    A business of another member with a VAT id pays the tax itself; a consumer there pays his own country's rate once
    the partner is in the one-stop shop, the partner's until then; nobody outside the EU pays any.
    """
    rules, country = settings_of(partner), str(buyer.get("country") or partner.country)
    if not rules.payer_of_vat:
        return Treatment(EXEMPT, 0, "E")
    if country == partner.country:
        return domestic(partner.tax_rate_bp)
    rate = standard_rate(country, on)
    if rate is None or not is_member(partner.country):
        return Treatment(EXPORT, 0, "O")
    if has_vat_id(buyer):
        return Treatment(REVERSE, 0, "AE")
    return Treatment(OSS, rate, "S") if rules.oss else domestic(partner.tax_rate_bp)


def domestic(rate_bp: int) -> Treatment:
    """A sale in the partner's own country at this rate."""
    return Treatment(DOMESTIC, rate_bp, "S" if rate_bp else "Z")


def price(partner: Partner, treatment: Treatment, amount: int) -> int:
    """A price of the shop (minor units, the partner's tax mode) as it stands on a document with this treatment.

    A gross price stays to the cent for who pays tax. Who pays none (reverse charge, outside the EU) gets it without
    the tax that it was made with.
    """
    if partner.tax_mode == "gross" and treatment.regime in (REVERSE, EXPORT):
        return tax_row(partner.tax_rate_bp, amount, gross=True).net
    return amount


def is_member(country: str) -> bool:
    """Is it a member state of the EU (ISO 3166-1 alpha-2, "GR" for Greece)?"""
    return country in _table()


def standard_rate(country: str, on: date) -> int | None:
    """A member state's standard rate on a day, in basis points; None outside the EU and before the table begins."""
    rates = [rate for since, rate in _table().get(country, ()) if since <= on]
    return rates[-1] if rates else None


def has_vat_id(buyer: Mapping[str, Any]) -> bool:
    """Does the buyer have a VAT id of the form of its own country, with or without the prefix?"""
    country, number = str(buyer.get("country") or ""), str(buyer.get("tax_id") or "").upper()
    if not number or not is_member(country):
        return False
    prefix = {"GR": "EL"}.get(country, country)
    return bool(vat.is_valid(prefix + number.removeprefix(prefix)))


@cache
def _table() -> dict[str, tuple[tuple[date, int], ...]]:
    """Country -> (since, rate), the oldest first. Read once per process, at the first call."""
    rates: dict[str, list[tuple[date, int]]] = {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rates.setdefault(row["country"], []).append((date.fromisoformat(row["since"]), int(row["rate_bp"])))
    return {country: tuple(sorted(dated)) for country, dated in rates.items()}
