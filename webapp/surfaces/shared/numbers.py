"""Whole numbers that a browser sent: in an address, in a hidden field, in a list with commas."""

from __future__ import annotations

from collections.abc import Mapping

#: Every id has fewer digits, and the widest integer column has room for as many.
_DIGITS_OF_AN_ID = 15


def whole_number(text: str, digits: int = _DIGITS_OF_AN_ID) -> int | None:
    """The number that a text is, or None: no sign, no space, no digits of other scripts, not more than `digits`."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def number_in(values: Mapping[str, str], name: str) -> int | None:
    """A field of a form or an address as a number of up to nine digits, or None for anything else."""
    return whole_number(values.get(name, ""), 9)
