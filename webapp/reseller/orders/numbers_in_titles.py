"""Numbers of proformas in titles of transfers, as people and banks write them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

#: Between the parts of a number: what people type, and where the bank broke the line.
_GAP = r"[\s/\\\-_.,:#]*"
_WORD = r"(?:PRO|PRF|PROFORMA|PRO\s?FORMA|FAKTURA\s+PRO\s?FORMA)"
_NR = r"(?:(?:NR|NO|NUMER|NUMMER|NUMBER|ZA)\b)?"
_NUMBER = re.compile(
    rf"(?<![A-Z0-9]){_WORD}{_GAP}{_NR}{_GAP}(?P<year>20\d\d)(?!\d){_GAP}(?P<number>\d{{1,9}})(?:\s(?P<rest>\d{{1,4}})(?!\d))?"
    rf"(?P<more>(?:\s*(?:,|;|\+|&|\bI\b|\bORAZ\b|\bUND\b|\bAND\b)\s*\d{{5}}(?![\d/\-.]))*)",
    re.ASCII,
)
_TURNED = re.compile(
    rf"(?<![A-Z0-9]){_WORD}{_GAP}{_NR}{_GAP}(?P<number>\d{{1,9}}){_GAP}(?P<year>20\d\d)(?!\d)", re.ASCII
)
#: Without its letters, a number is one only in full, with all its zeros.
_BARE = re.compile(r"(?<![\dA-Z/\-.])(?P<year>20\d\d)/(?P<number>\d{5})(?![\d/\-.])", re.ASCII)
_GLUED = re.compile(rf"(?<![A-Z0-9]){_WORD}(?P<year>20\d\d)(?P<number>\d{{5}})(?!\d)", re.ASCII)
_SYMBOL = re.compile(r"(?<![A-Z0-9])(?:VS|SYMBOL)[\s:/.]*0*(?P<symbol>20\d{7,8})(?!\d)", re.ASCII)
#: As many digits as `number_of` writes at least.
_WIDTH = 5


class Mention(NamedTuple):
    """One place in a title. `readings`: the numbers that it may be, several where a space may be the bank's."""

    readings: frozenset[str]


def number_of(year: int, sequence: int) -> str:
    """As proformas are numbered (billing.operations.issue_proforma)."""
    return f"PRO/{year}/{sequence:05d}"


def mentions(title: str) -> list[Mention]:
    """Every number of a proforma that a title names, each once, in their order."""
    text = " ".join(title.upper().split())
    found: dict[int, list[Mention]] = {}
    taken: list[range] = []
    for pattern in (_NUMBER, _GLUED, _TURNED, _BARE):
        for match in pattern.finditer(text):
            if not any(match.start() in span for span in taken):
                taken.append(range(match.start(), match.end()))
                found[match.start()] = list(_read(match.groupdict()))
    return list(dict.fromkeys(each for start in sorted(found) for each in found[start]))


def _read(parts: dict[str, str | None]) -> Iterable[Mention]:
    year, digits, rest = int(parts["year"] or 0), parts["number"] or "", parts.get("rest") or ""
    readings = {number_of(year, int(digits))} if int(digits) else set()
    if rest and len(digits) < _WIDTH and len(digits + rest) == _WIDTH:
        readings.add(number_of(year, int(digits + rest)))
        if digits.startswith("0"):
            # Our own zeros in front: the number goes on behind the space.
            readings = {number_of(year, int(digits + rest))}
    if readings:
        yield Mention(frozenset(readings))
    for other in re.findall(r"\d{5}", parts.get("more") or ""):
        yield Mention(frozenset({number_of(year, int(other))}))


def symbols(title: str, end_to_end: str = "") -> list[str]:
    """Numbers of proformas behind a variable symbol: their digits alone, as our payment codes write them."""
    texts = (f"VS {end_to_end}" if re.fullmatch(r"0*20\d{7,8}", end_to_end) else end_to_end, title)
    found = (match["symbol"] for text in texts for match in _SYMBOL.finditer(text.upper()))
    return list(dict.fromkeys(number_of(int(each[:4]), int(each[4:])) for each in found))
