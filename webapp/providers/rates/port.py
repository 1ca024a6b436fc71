"""Tables of exchange rates, in our own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlsplit

from webapp.foundation.outbound import OutboundClient, OutboundError, OutboundRules
from webapp.foundation.outbound_addresses import is_loopback
from webapp.providers.errors import ProviderError

#: Ninety days of the ECB are a quarter of a megabyte.
LARGEST = 4_000_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")


@dataclass(frozen=True)
class Table:
    """What a bank published for a day. `number`: its own name of the table, "" when it gives none.

    `rates`: ISO 4217 code -> exact rate, in the direction of the bank (ECB: of one EUR; NBP: of one unit, in PLN).
    """

    source: str
    number: str
    day: date
    rates: Mapping[str, Decimal]


class RatesPort(Protocol):
    """One bank."""

    source: str  # "ecb" | "nbp"

    def published(self) -> Sequence[Table]:
        """The latest tables, the newest first; more than one, so that a day on which nobody asked is made up for.

        Raises ProviderError when the bank cannot be reached or says something that we do not understand.
        """
        ...


def fetched(source: str, url: str) -> bytes:
    """The body of an answer with status 200. Raises ProviderError.

    The address is the operator's own setting, so it may name a server on this machine, as tests do.
    """
    host = urlsplit(url).hostname or ""
    here = frozenset({host} if is_loopback(host) else ())
    try:
        answer = OutboundClient(OutboundRules(loopback_hosts=here, max_bytes=LARGEST)).request("GET", url)
    except OutboundError as problem:
        raise ProviderError(f"{source}: {problem}", problem.permanent) from problem
    if answer.status != 200:
        raise ProviderError(f"{source} answers with status {answer.status}", permanent=False, code=answer.status)
    return answer.body


def table(source: str, number: str, day: str, rates: Iterable[tuple[str, str]]) -> Table:
    """A table of texts as they were published. Raises ValueError for whatever is no table of rates."""
    read: dict[str, Decimal] = {}
    for currency, rate in rates:
        if not (_CURRENCY.fullmatch(currency) and _RATE.fullmatch(rate) and Decimal(rate) > 0):
            raise ValueError(f"{currency[:10]!r} at {rate[:20]!r} is no rate")
        if currency in read:
            raise ValueError(f"{currency} stands there twice")
        read[currency] = Decimal(rate)
    if not read:
        raise ValueError("a table without rates")
    return Table(source, number[:40], date.fromisoformat(day), read)
