"""The start tags of somebody else's page, in time that grows with its length only: the page may be hostile.

No tree is made. Comments and the insides of script, style, textarea, title and template are passed over.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<([a-z][^\s/>]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>=`]++)))?")
_INSIDE = frozenset(("script", "style", "textarea", "title", "template"))
_LONGEST_TAG, _MOST_TAGS = 2_000, 10_000


def tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, attributes) of each start tag, names in lower case; at most the first 10,000 of a page."""
    lower, at = page.lower(), 0
    for _count in range(_MOST_TAGS):
        at = page.find("<", at)
        if at < 0:
            return
        if page.startswith("<!--", at):
            at = _after(page, "-->", at + 4)
            continue
        found = _TAG.match(page, at, at + _LONGEST_TAG)
        if found is None:
            at += 1
            continue
        name, at = found[1].lower(), found.end()
        yield name, _attributes(found[2])
        if name in _INSIDE:
            at = _after(lower, f"</{name}", at)


def _after(page: str, end: str, start: int) -> int:
    at = page.find(end, start)
    return len(page) if at < 0 else at + len(end)


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), html.unescape("".join(values)))
    return found
