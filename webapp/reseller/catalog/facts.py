"""The endings that an install knows from the start: what the operator charges for them (`tlds.csv`), and what somebody
who sells them must know (`tld_facts.csv`).

Wholesale amounts are minor units, net. The file holds the first year; longer periods follow from it. A fact that the
file leaves empty is one that we do not state: the registry's own rules say it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from webapp.foundation.i18n import N_

FILE = Path(__file__).with_name("tlds.csv")
KNOWLEDGE = Path(__file__).with_name("tld_facts.csv")

#: What `required` of an ending's facts asks of who registers a name.
REQUIREMENTS = {
    "eea": N_("An address in the European Economic Area, or the citizenship of an EU country"),
    "local": N_("An address or a registered seat in the country"),
    "id_number": N_("The number of an identity document, or of the company in its register"),
    "tax_number": N_("A tax number"),
    "company_number": N_("A company gives its number in the register"),
    "identity_check": N_("The registry checks the identity of the holder"),
    "german_recipient": N_("Holders abroad name a recipient of letters in Germany when the registry asks for it"),
    "us_nexus": N_("A connection with the United States (nexus)"),
    "ca_presence": N_("A Canadian presence"),
    "https": N_("Browsers open such names over HTTPS only"),
}
#: Who must agree to a transfer (`transfer["confirmed_by"]`).
CONFIRMATIONS = {
    "code": N_("Nobody: the code is enough"),
    "registrant": N_("The holder confirms it"),
    "silence": N_("The former registrar may object for five days"),
    "losing_registrar": N_("The former registrar hands the name over"),
}

REGISTER, RENEW, TRANSFER, RESTORE = OPERATIONS = ("register", "renew", "transfer", "restore")
#: What else may have a price: registrant change (cesja) and option.
TRADE, OPTION = FURTHER = ("trade", "option")
PRICED = (*OPERATIONS, *FURTHER)
#: Ten million in a currency with two decimals: whoever types more has slipped.
LARGEST_AMOUNT = 1_000_000_000
CURRENCIES = ("PLN", "EUR")
#: Shops sell in these too, at wholesale prices that are converted.
CONVERTED = ("CZK", "HUF", "RON", "USD", "GBP")


@dataclass(frozen=True)
class TldFacts:
    """One line of the file. `amounts` holds (operation, currency) -> wholesale amount of one year."""

    name: str
    kind: str
    min_years: int
    max_years: int
    grace_days: int
    redemption_days: int
    #: As `Tld.facts`: {"registry", "add_grace_days", "pending_delete_days", "transfer": {"code", "lock_days",
    #: "adds_year", "confirmed_by"}, "required": [keys of REQUIREMENTS], "idn", "days"}; what is not stated is missing.
    known: dict[str, Any]
    amounts: dict[tuple[str, str], int]


@cache
def tld_facts() -> tuple[TldFacts, ...]:
    """Every ending of the file, in its order. Read once per process, at the first call."""
    known = {row["name"]: _known(row) for row in _lines(KNOWLEDGE)}
    return tuple(_facts(row, known[row["name"]]) for row in _lines(FILE))


def _lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _known(row: dict[str, str]) -> dict[str, Any]:
    transfer = {
        "code": _YES.get(row["transfer_code"]),
        "lock_days": _number(row["lock_days"]),
        "adds_year": _YES.get(row["transfer_adds_year"]),
        "confirmed_by": row["transfer_confirmed_by"] or None,
    }
    stated = {
        "registry": row["registry"],
        "add_grace_days": _number(row["add_grace_days"]),
        "pending_delete_days": _number(row["pending_delete_days"]),
        "transfer": {name: value for name, value in transfer.items() if value is not None},
        "required": row["required"].split(),
        "idn": _YES.get(row["idn"]),
        "days": [int(days) for days in row["days"].split()],
    }
    return {name: value for name, value in stated.items() if value is not None}


_YES = {"yes": True, "no": False}


def _number(text: str) -> int | None:
    return int(text) if text else None


def _facts(row: dict[str, str], known: dict[str, Any]) -> TldFacts:
    amounts = {(op, currency): int(row[f"{currency.lower()}_{op}"]) for op in OPERATIONS for currency in CURRENCIES}
    numbers = {name: int(row[name]) for name in ("min_years", "max_years", "grace_days", "redemption_days")}
    return TldFacts(name=row["name"], kind=row["kind"], known=known, amounts=amounts, **numbers)


def day_periods(known: Mapping[str, Any]) -> tuple[int, ...]:
    """Periods in days for which an ending can be renewed, shortest first, from `Tld.facts`.

    They are priced and not sold yet: EPP renews by years and months only (RFC 5731, 3.2.3 and the schema's pUnitType:
    "y" or "m"). A registry that renews up to a day takes that day in an extension of its own, which a connection to it
    will have to speak (`RegistryPort.renew` takes years).
    """
    listed = known.get("days")
    return tuple(sorted({days for days in listed if isinstance(days, int)})) if isinstance(listed, list) else ()


def periods(max_years: int, amounts: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """(operation, years, amount) for every period, from amounts of one year.

    Only the first year of a registration has the entry price; each further one costs what a renewal costs.
    """
    for years in range(1, max_years + 1):
        yield REGISTER, years, amounts[REGISTER] + (years - 1) * amounts[RENEW]
        yield RENEW, years, years * amounts[RENEW]
    yield TRANSFER, 1, amounts[TRANSFER]
    yield RESTORE, 1, amounts[RESTORE]
