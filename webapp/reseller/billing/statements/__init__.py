"""Bank statements: bytes of a file in, what stands in them out. Nothing here knows a database."""

from __future__ import annotations

from webapp.foundation.i18n import N_

from . import camt, csv_files, letters, mt940
from .csv_profiles import CsvProfile
from .shapes import CUT_OFF, MAX_BYTES, NO_STATEMENT, ParsedLine, ParsedStatement, StatementError, refuse_too_many

__all__ = ["MAX_BYTES", "CsvProfile", "ParsedLine", "ParsedStatement", "StatementError", "read"]

WEB_PAGE = N_("This is a web page, not a statement: the bank asked for a sign-in, perhaps. Nothing was stored.")
TOO_LARGE = N_("This file is larger than %(most)s MB. Download a shorter period. Nothing was stored.")
EMPTY = N_("This file is empty. Nothing was stored.")


def read(
    raw: bytes, *, encoding: str = "", profile: CsvProfile | None = None, currency: str = "PLN"
) -> list[ParsedStatement]:
    """Every statement of a file: MT940, CAMT.053 or CSV, told apart by what stands in it, not by its name.

    `encoding` "" is guessed; `profile` describes a CSV that no known bank writes; `currency` counts where a CSV names
    none. Raises StatementError with a sentence for everything that cannot be read from its first byte to its last.
    """
    _check_size(raw)
    found = camt.read(raw) if camt.looks_like(raw) else _from_text(letters.decoded(raw, encoding), profile, currency)
    refuse_too_many(sum(len(each.lines) for each in found))
    return found


def _check_size(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise StatementError(TOO_LARGE, most=MAX_BYTES // 1_000_000)
    if not raw.strip():
        raise StatementError(EMPTY)
    head = raw[:1_000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise StatementError(WEB_PAGE)


def _from_text(text: str, profile: CsvProfile | None, currency: str) -> list[ParsedStatement]:
    if "\0" in text:
        raise StatementError
    if mt940.looks_like(text):
        return mt940.read(text)
    chosen = csv_files.profile_for(text) or profile
    if chosen is not None:
        return csv_files.read(text, chosen, currency)
    raise StatementError(csv_files.UNKNOWN if _has_columns(text) else _no_statement(text))


def _has_columns(text: str) -> bool:
    rows = [row for row in text.splitlines()[:40] if row.strip()]
    return any(sum(1 for row in rows if row.count(sign) >= 2) >= 2 for sign in (";", ",", "\t", "|"))


def _no_statement(text: str) -> str:
    return CUT_OFF if text.lstrip().startswith((":20:", "{1:")) else NO_STATEMENT
