"""Bytes to letters. Banks of one country send four encodings, and none says which."""

from __future__ import annotations

import codecs

from .shapes import StatementError

ENCODINGS = ("utf-8", "cp1250", "cp852", "iso-8859-2")
_OURS = frozenset("ąćęłńóśźżäöüßáéíúýčďěňřšťůžľĺŕôăâîșțşţőű")
_USUAL = frozenset("€§°–—„”“’…«»´¨×÷\u00a0\u00ad")
_BYTE_ORDER = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(raw: bytes, encoding: str = "") -> str:
    """The text of a file, in the encoding that was chosen, else in the one whose letters make most sense."""
    for mark, name in _BYTE_ORDER.items():
        if raw.startswith(mark):
            return _strictly(raw, name)
    return _strictly(raw, encoding) if encoding in ENCODINGS else _guessed(raw)


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise StatementError from None


def _guessed(raw: bytes) -> str:
    readings: list[tuple[int, int, str]] = []
    for name in ENCODINGS:
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return text
        readings.append((_sense(text), -len(readings), text))
    if not readings:
        raise StatementError
    return max(readings)[2]


def _sense(text: str) -> int:
    """Letters of our languages count for a reading, strange signs and capitals within words against it."""
    strange = [char for char in text if not char.isascii()]
    good = sum(2 if char in _OURS else 1 for char in strange if char.lower() in _OURS)
    bad = sum(1 for char in strange if char.lower() not in _OURS and char not in _USUAL)
    return good - 5 * bad
