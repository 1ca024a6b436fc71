"""Rates of central banks: keeping their tables, finding the rate of a day, turning one currency into another.

A table is a fact of its day and is never changed. ECB tables say what one EUR is worth, NBP tables what one unit is
worth in PLN; any two currencies of one table can be turned into each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.money import exponent
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.models import Partner

from .models import ExchangeRate

ECB, NBP = SOURCES = ("ecb", "nbp")
#: The currency in which (or of which) a source says its rates.
BASES = {ECB: "EUR", NBP: "PLN"}
#: Key of `Partner.settings`: {"rates": "ecb" | "nbp"}.
SETTING = "pricing"


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency was worth in another one by a published table (or by two lines of one)."""

    source: str
    number: str  # of the table, "" where the source has none
    day: date
    rate: Decimal


def store(session: Session, source: str, number: str, day: date, rates: Mapping[str, Decimal]) -> int:
    """Keep a table; lines that are kept already stay as they are. Returns how many were new. Platform work."""
    here = (ExchangeRate.source == source, ExchangeRate.day == day)
    known = set(session.scalars(select(ExchangeRate.currency).where(*here)))
    fresh = {currency: rate for currency, rate in rates.items() if currency not in known}
    session.add_all(
        ExchangeRate(source=source, day=day, number=number, currency=currency, rate=str(rate))
        for currency, rate in sorted(fresh.items())
    )
    session.flush()
    return len(fresh)


def rate_on(
    session: Session, source: str, currency: str, quote: str, day: date, *, strictly_before: bool = False
) -> Rate | None:
    """What one unit of `currency` is worth in `quote` by the last table on or before a day; None: there is none.

    `strictly_before`: the last table before the day, as tax law wants it for invoices in a foreign currency.
    """
    base = BASES[source]
    needed = {currency, quote} - {base}
    before = ExchangeRate.day < day if strictly_before else ExchangeRate.day <= day
    rows = session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.source == source, ExchangeRate.currency.in_(needed), before)
        .order_by(ExchangeRate.day.desc())
        .limit(20)
    )
    tables: dict[date, dict[str, ExchangeRate]] = {}
    for row in rows:
        tables.setdefault(row.day, {})[row.currency] = row
    whole = next((table for table in tables.values() if needed <= table.keys()), None)
    return _rate(source, whole, currency, quote) if whole else None


def _rate(source: str, table: Mapping[str, ExchangeRate], currency: str, quote: str) -> Rate:
    first = next(iter(table.values()))
    worth = {code: Decimal(row.rate) for code, row in table.items()} | {BASES[source]: Decimal(1)}
    exact = worth[quote] / worth[currency] if source == ECB else worth[currency] / worth[quote]
    return Rate(source, first.number, first.day, exact)


def convert(minor: int, currency: str, quote: str, rate: Decimal) -> int:
    """Minor units of one currency in those of another at a rate per whole unit, half up."""
    exact = Decimal(minor) * rate * Decimal(10) ** (exponent(quote) - exponent(currency))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def source_of(partner: Partner) -> str:
    """Whose rates make a partner's prices: its own choice, else its country's bank, else the ECB's."""
    chosen = partner.settings.get(SETTING)
    wanted = chosen.get("rates") if isinstance(chosen, dict) else None
    if wanted in SOURCES:
        return str(wanted)
    return NBP if partner.country == "PL" else ECB


def rate_for(session: Session, partner: Partner, currency: str, day: date) -> Rate | None:
    """What one unit of a currency is worth in the partner's, by its bank; by another one where its bank has no rate."""
    own = source_of(partner)
    banks = (own, *(source for source in SOURCES if source != own))
    found = (rate_on(session, source, currency, partner.currency, day) for source in banks)
    return next((rate for rate in found if rate is not None), None)


def known_currencies(session: Session) -> set[str]:
    """Currencies that stand in some table, and those in which the banks say their rates."""
    return set(session.scalars(select(ExchangeRate.currency).distinct())) | set(BASES.values())


def choose_source(session: Session, actor: audit.Actor, partner: Partner, source: str) -> None:
    """Whose rates make prices from the next recomputing on (the caller asks for it). Raises Refusal (rates)."""
    if source not in SOURCES:
        raise Refusal("rates", N_("Choose a bank from the list."), "rates")
    partner.settings = {**partner.settings, SETTING: {"rates": source}}
    session.flush()
    audit.record(session, actor, "pricing.rates", "partner", partner.id, partner.code, source=source)


def days_known(session: Session, source: str) -> set[date]:
    """Days of which a table is kept."""
    return set(session.scalars(select(ExchangeRate.day).where(ExchangeRate.source == source).distinct()))
