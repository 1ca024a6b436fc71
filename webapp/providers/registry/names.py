"""Names as they go over the wire, and the keys that mark our commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from webapp.providers.errors import ProviderError
from webapp.providers.registry.port import Availability

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_KEY = re.compile(r"[A-Za-z0-9._:-]{3,64}")


def wire_name(name: str) -> str | None:
    """The name as a registry wants it (lower case, no trailing dot), or None when it is no host name.

    One bad name makes a registry refuse the whole ``check`` that carries it, other people's names
    included, so such names never leave the house.
    """
    plain = name.lower().removesuffix(".")
    labels = plain.split(".")
    if len(plain) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return plain


def required_name(name: str) -> str:
    """``wire_name``, or a permanent error: nothing was sent and never will be."""
    plain = wire_name(name)
    if plain is None:
        raise ProviderError(f"{name[:80]!r} is not a domain name in ASCII form", permanent=True)
    return plain


def required_key(key: str) -> str:
    """A clTRID fit for the wire (RFC 5730: trIDStringType, 3 to 64 characters)."""
    if not _KEY.fullmatch(key):
        raise ProviderError(f"{key[:80]!r} is not usable as a transaction id", permanent=True)
    return key


def sort_out(names: Iterable[str]) -> tuple[list[str], list[Availability]]:
    """(distinct names fit for the wire in the order asked, rows for those that are not)."""
    fit: dict[str, None] = {}
    unfit: dict[str, Availability] = {}
    for name in names:
        plain = wire_name(name)
        if plain is None:
            unfit[name] = Availability(name, "unknown", "not a domain name in ASCII form")
        else:
            fit[plain] = None
    return list(fit), list(unfit.values())


def in_order(names: Sequence[str], rows: Iterable[Availability]) -> list[Availability]:
    """One row for each name asked, doubles included, in the order asked."""
    by_name = {row.name: row for row in rows}
    return [by_name[wire_name(name) or name] for name in names]
