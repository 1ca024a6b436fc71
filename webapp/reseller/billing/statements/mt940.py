"""MT940 (SWIFT, category 9), as Polish banks write it: details in numbered subfields of :86:.

Read field by field on purpose: the library that exists joins two movements into one when a bank leaves the type of
the first one out, and writes what it cannot read into the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from webapp.foundation.i18n import N_

from . import shapes
from .shapes import ParsedLine, ParsedStatement, StatementError, clean, clean_account, minor
from .subfields import details

_TAG = re.compile(r"^:(\d\d[A-Z]?):", re.MULTILINE | re.ASCII)
_BALANCE = re.compile(r"([DC])(\d{6})([A-Z]{3})([\d,]{1,16})\s*", re.ASCII)
_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|[ ]{4})?(?P<mark>R?[DC])(?P<funds>[A-Z])?(?P<amount>[\d,]{1,16})"
    r"(?P<kind>[A-Z][A-Z0-9]{3})?(?P<customer>(?:(?!//)[^\n]){0,35})(?://(?P<bank>[^\n]*))?(?:\n(?P<more>.*))?",
    re.DOTALL | re.ASCII,
)
#: Money that left: a debit, or a credit that was taken back (RC).
_OUT = ("D", "RC")


class _Field(NamedTuple):
    tag: str
    text: str


def looks_like(text: str) -> bool:
    """Has it the fields that every statement has?"""
    return re.search(r"^:25[A-Z]?:", text, re.MULTILINE) is not None and ":60" in text


def read(text: str) -> list[ParsedStatement]:
    """Every statement of a file."""
    fields = list(_fields(text.replace("\r\n", "\n").replace("\r", "\n")))
    starts = [n for n, field in enumerate(fields) if field.tag == "20"]
    if not starts:
        raise StatementError
    shapes.refuse_too_many(sum(field.tag == "61" for field in fields))
    ends = [*starts[1:], len(fields)]
    with shapes.said_plainly():
        return [_statement(fields[start:end]) for start, end in zip(starts, ends, strict=True)]


def _fields(text: str) -> Iterator[_Field]:
    marks = list(_TAG.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        yield _Field(mark[1], _without_envelope(text[mark.end() : end]))


def _without_envelope(text: str) -> str:
    """What stands between two messages ("-}{1:F01...") belongs to none of their fields."""
    return re.split(r"^(?:-\}?|\{\d:.*)\s*$", text, maxsplit=1, flags=re.MULTILINE)[0].strip("\n ")


def _statement(fields: list[_Field]) -> ParsedStatement:
    named = {field.tag: field.text for field in reversed(fields)}
    opening, closing = _first(named, "60F", "60M"), _first(named, "62F", "62M")
    if opening is None or closing is None or "25" not in {tag[:2] for tag in named}:
        raise StatementError(shapes.CUT_OFF)
    first, currency, before = _balance(opening)
    last, _, after = _balance(closing)
    account = next(text for tag, text in named.items() if tag[:2] == "25")
    number = clean(_first(named, "28C", "28") or "").split("/")[0].lstrip("0")
    lines = tuple(_lines(fields, currency))
    return ParsedStatement("mt940", _account(account, currency), number, currency, first, last, before, after, lines)


def _first(named: dict[str, str], *tags: str) -> str | None:
    return next((named[tag] for tag in tags if tag in named), None)


def _account(text: str, currency: str) -> str:
    """ "/PL61 1090 ...", "BANKCODE/ACCOUNT" or the bare number; some banks write the currency behind it."""
    return clean_account(text.strip().strip("/").rpartition("/")[2].removesuffix(currency))


def _balance(text: str) -> tuple[date, str, int]:
    found = _BALANCE.fullmatch(text.split("\n", maxsplit=1)[0].strip())
    if found is None:
        raise StatementError(shapes.CUT_OFF)
    mark, day, currency, amount = found.groups()
    return _day(day), currency, minor(amount, currency, -1 if mark == "D" else 1)


def _day(text: str) -> date:
    return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def _lines(fields: list[_Field], currency: str) -> Iterator[ParsedLine]:
    """Each :61: with the :86: right behind it; the :86: after the closing balance is about the whole statement."""
    for field, following in zip(fields, [*fields[1:], _Field("", "")], strict=True):
        if field.tag == "61":
            line = _line(field.text, currency)
            yield details(following.text, line) if following.tag == "86" else line


def _line(text: str, currency: str) -> ParsedLine:
    found = _LINE.fullmatch(text)
    if found is None:
        raise StatementError(N_("We cannot read the movement “%(text)s”. Nothing was stored."), text=clean(text)[:60])
    amount = minor(found["amount"], currency, -1 if found["mark"] in _OUT else 1)
    line = ParsedLine(_booked(found["value"], found["entry"] or ""), amount, currency)
    return replace(line, bank_ref=clean(found["bank"] or "") or _reference(found["customer"]))


def _reference(text: str) -> str:
    found = clean(text)
    return "" if found.upper() in ("NONREF", "NONE") else found


def _booked(value: str, entry: str) -> date:
    """The entry day has no year: it is the one that is near the value day."""
    day = _day(value)
    if not entry.strip():
        return day
    years = (day.year - 1, day.year, day.year + 1)
    near = [date(year, int(entry[:2]), int(entry[2:])) for year in years if _is_day(year, entry)]
    return min(near, key=lambda other: abs(other - day)) if near else day


def _is_day(year: int, entry: str) -> bool:
    try:
        date(year, int(entry[:2]), int(entry[2:]))
    except ValueError:
        return False
    return True
