"""The details of a movement (:86:): numbered subfields behind ~, ?, < or ^, or plain text."""

from __future__ import annotations

import re
from dataclasses import replace

from .shapes import ParsedLine, clean, clean_account

#: Codes that Polish banks use: 00 kind, 10 number of the papers, 20-27 title, 29 and 60-63 more text,
#: 30 bank, 31 and 38 account of the other side, 32, 33 its name.
_TITLE = ("20", "21", "22", "23", "24", "25", "26", "27", "60", "61", "62", "63")
_CODE = r"(?:00|10|2[0-9]|3[0-4]|38|6[0-3])"
#: A subfield holds 27 characters, with some banks 35: one that is full goes on in the next without a space.
_FULL = (27, 35)
_END_TO_END = re.compile(r"(?:/?EREF[/:+]|/E2E/)\s*([^\s/]{1,35})")
_PLAIN_ACCOUNT = re.compile(
    r"(?<![0-9A-Z])([A-Z]{2}\d{2}(?:\s?[0-9A-Z]{4}){3,7}[0-9A-Z]{0,3}|\d{2}(?:\s?\d{4}){6})(?!\d)"
)


def details(text: str, line: ParsedLine) -> ParsedLine:
    """The line with what its :86: says about the other side and the title."""
    found = subfields(text)
    plain = clean(text)
    title = _joined(found, _TITLE) if found else plain
    account = _account(found, plain)
    end_to_end = _END_TO_END.search(title)
    return replace(
        line,
        payer_name=clean(" ".join(found.get(code, "") for code in ("32", "33"))),
        payer_account=account,
        title=clean(title),
        end_to_end=end_to_end[1] if end_to_end else "",
    )


def subfields(text: str) -> dict[str, str]:
    """Code -> text. Empty when the details are not written in subfields."""
    mark = re.search(rf"([~?<^])(?={_CODE})", text[:8])
    if mark is None:
        return {}
    # Line ends are the file's; a bank that breaks lines at 65 characters breaks within words.
    parts = re.split(rf"{re.escape(mark[1])}({_CODE})", text.replace("\n", ""))
    found: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        found[code] = found.get(code, "") + value
    return found


def _joined(found: dict[str, str], codes: tuple[str, ...]) -> str:
    text = ""
    for code in codes:
        part = found.get(code, "")
        goes_on = bool(text) and len(found.get(_before(code), "")) in _FULL
        text += part if goes_on or not text else f" {part}"
    return text


def _before(code: str) -> str:
    return f"{int(code) - 1:02d}"


def _account(found: dict[str, str], plain: str) -> str:
    if found:
        whole = clean_account(found.get("38", ""))
        return whole or clean_account(found.get("31", "")) or clean_account(found.get("29", ""))
    seen = _PLAIN_ACCOUNT.search(plain)
    return clean_account(seen[1]) if seen else ""
