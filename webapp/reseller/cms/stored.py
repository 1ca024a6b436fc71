"""What stands in a version's row, read whatever it is: a page never breaks, and nothing is dropped on the next save."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,15}")
#: Type of what stands in a page's row and is no block: kept, and shown as a card in the editor, as unknown types are.
UNREADABLE = "unreadable"


def blocks(row: Any) -> list[dict[str, Any]]:
    """Blocks with an id of their own each, from a value that should be a list of them. What is none is kept inside one.

    No surrogates: a text with half a character in it could be neither shown nor sent.
    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, entry in enumerate(row if isinstance(row, list) else [row]):
        block = _whole(entry) if is_block(entry) else _kept(number, entry)
        if block["id"] in seen:
            block = block | {"id": f"again-{number}"}
        seen.add(block["id"])
        found.append(block)
    return found


def settings(row: Any) -> dict[str, Any]:
    """Settings as models.PageVersion names them; what is not set, or makes no sense, is left out."""
    raw = row if isinstance(row, Mapping) else {}
    numbers = {name: _number(raw.get(name)) for name in ("social_picture", "tld_group")}
    flags = {"noindex": True} if raw.get("noindex") in (True, "1", "on", "true") else {}
    return flags | {name: number for name, number in numbers.items() if number}


def is_block(entry: Any) -> bool:
    """Has it what every stored block has: an id and a type?"""
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str) or not entry["type"]:
        return False
    return isinstance(entry.get("id"), str) and bool(_ID.fullmatch(entry["id"]))


def _kept(number: int, entry: Any) -> dict[str, Any]:
    return {"id": f"unreadable-{number}", "type": UNREADABLE, "v": 1, "data": {"stored": _whole(entry)}}


def _number(raw: Any) -> int:
    text = str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    return int(text) if _NUMBER.fullmatch(text) else 0


def _whole(value: Any) -> Any:
    """The same value; half characters, which JSON can hold and UTF-8 cannot, become question marks."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value
