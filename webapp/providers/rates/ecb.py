"""Euro foreign exchange reference rates of the European Central Bank: XML, published about 16:00 CET on working days.

The daily file, the one of 90 days and the whole history have one form: `<Cube time="..."><Cube currency rate/></Cube>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.providers.errors import ProviderError

from .port import Table, fetched, table

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class Ecb:
    """`url`: one of the bank's three files."""

    source = "ecb"

    def __init__(self, url: str) -> None:
        self._url = url

    def published(self) -> Sequence[Table]:
        """See RatesPort."""
        body = fetched(self.source, self._url)
        try:
            root = fromstring(body, forbid_dtd=True)
            found = [_table(cube) for cube in root.iter(_CUBE) if "time" in cube.attrib]
        except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
            raise ProviderError(f"ecb: not understood ({str(problem)[:100]})", permanent=False) from problem
        if not found:
            raise ProviderError("ecb: no table of rates in the answer", permanent=False)
        return sorted(found, key=lambda one: one.day, reverse=True)


def _table(cube: Element) -> Table:
    lines = ((line.attrib["currency"], line.attrib["rate"]) for line in cube.iter(_CUBE) if "currency" in line.attrib)
    return table("ecb", "", cube.attrib["time"], lines)
