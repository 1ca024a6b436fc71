"""Tax in the currency of the issuer's country, when a document is in another (Directive 2006/112/EC, article 230).

The rate is that of the last table published before the day (Poland: article 31a of the VAT act, the NBP's table A;
elsewhere the ECB's), and is stored with the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from webapp.reseller.catalog import exchange

from . import tax

_OWN = {"PL": "PLN", "CZ": "CZK", "HU": "HUF", "RO": "RON", "DK": "DKK", "SE": "SEK"}


def local_currency(country: str) -> str:
    """The currency in which a member state wants its tax; "" outside the EU, where we do not know the rule."""
    return _OWN.get(country, "EUR") if tax.is_member(country) else ""


def rate_before(session: Session, country: str, currency: str, day: date) -> dict[str, Any]:
    """The rate for a document in `currency`, as it is stored on it; {} when there is none before the day."""
    source, local = ("nbp" if country == "PL" else "ecb"), local_currency(country)
    found = exchange.rate_on(session, source, currency, local, day, strictly_before=True)
    if found is None:
        return {}
    facts = {"source": found.source, "number": found.number, "day": found.day.isoformat()}
    return facts | {"rate": str(found.rate), "currency": local}


def local_rows(rows: Sequence[Mapping[str, Any]], currency: str, rate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tax rows in the currency of the rate: net and tax of each are converted and rounded, half up."""
    return [_converted(row, currency, rate) for row in rows] if rate else []


def _converted(row: Mapping[str, Any], currency: str, rate: Mapping[str, Any]) -> dict[str, Any]:
    worth = Decimal(rate["rate"])
    net, due = (exchange.convert(row[name], currency, rate["currency"], worth) for name in ("net", "tax"))
    return {**row, "net": net, "tax": due, "gross": net + due}
