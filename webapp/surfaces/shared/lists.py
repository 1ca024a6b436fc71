"""What every list does with its address: page number, filters, chips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import request, url_for

from .numbers import whole_number

#: More than anybody searches for.
_LONGEST = 200


def page_number() -> int:
    """`?page=`, 1 for anything that is no number."""
    found = whole_number(request.args.get("page", "1"), 8)
    return 1 if found is None else found


def wanted(name: str, allowed: Iterable[str] | None = None) -> str:
    """A filter of the address, or "" when it is missing or none of `allowed`."""
    text = request.args.get(name, "").replace("\0", "").strip()[:_LONGEST]
    return text if allowed is None or text in allowed else ""


def pages_of(endpoint: str, **filters: Any) -> Callable[[int], str]:
    """The address of each page of a list with its filters, for the pagination macro."""
    kept = {name: value for name, value in filters.items() if value}

    def address(page: int) -> str:
        values: dict[str, Any] = kept | ({"page": page} if page > 1 else {})
        return url_for(endpoint, **values)

    return address


def chips_of(
    endpoint: str,
    name: str,
    current: str,
    labels: Mapping[str, str],
    counts: Mapping[str, int] | None = None,
    **kept: Any,
) -> list[dict[str, Any]]:
    """Filters above a list: value -> label in order; "" is the chip for all. Other filters are kept."""
    others = {key: value for key, value in kept.items() if value}

    def chip(value: str, label: str) -> dict[str, Any]:
        values: dict[str, Any] = others | ({name: value} if value else {})
        href = url_for(endpoint, **values)
        count = None if counts is None else counts.get(value, 0) if value else sum(counts.values())
        return {"label": label, "href": href, "current": value == current, "count": count}

    return [chip(value, label) for value, label in labels.items()]
