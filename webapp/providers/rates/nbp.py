"""Table A of Narodowy Bank Polski, average rates in PLN: JSON of api.nbp.pl, published about noon on working days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from webapp.providers.errors import ProviderError

from .port import Table, fetched, table


class Nbp:
    """`url`: one or several tables, as `/api/exchangerates/tables/A/last/10/?format=json`."""

    source = "nbp"

    def __init__(self, url: str) -> None:
        self._url = url

    def published(self) -> Sequence[Table]:
        """See RatesPort."""
        body = fetched(self.source, self._url)
        try:
            # Numbers as the texts that were published: no float comes between.
            found = [_table(one) for one in json.loads(body, parse_float=str, parse_int=str, parse_constant=str)]
        except (ValueError, LookupError, TypeError, RecursionError) as problem:
            raise ProviderError(f"nbp: not understood ({str(problem)[:100]})", permanent=False) from problem
        if not found:
            raise ProviderError("nbp: no table of rates in the answer", permanent=False)
        return sorted(found, key=lambda one: one.day, reverse=True)


def _table(one: Any) -> Table:
    if one["table"] != "A":
        raise ValueError("not table A")
    return table("nbp", one["no"], one["effectiveDate"], _lines(one["rates"]))


def _lines(rates: Any) -> Iterator[tuple[str, str]]:
    for line in rates:
        yield line["code"], line["mid"]
