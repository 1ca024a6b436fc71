"""What a statement is, whatever file it came in; and the one way in which a file is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.foundation.i18n import N_
from webapp.foundation.money import to_minor
from webapp.foundation.refusal import Refusal

MAX_BYTES = 10_000_000
MAX_LINES = 20_000
#: As everywhere in billing: more is no amount (and 64-bit arithmetic stays far away).
MAX_AMOUNT = 10**12
#: Longest texts that are kept of a line; banks send at most 1,024 characters.
_LONGEST = 1_000
_AMOUNT = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]*)?")

NO_AMOUNT = N_("“%(text)s” is no amount of money. Nothing was stored.")
TOO_MANY = N_("There are more than %(most)s movements in this file. Download a shorter period. Nothing was stored.")
CUT_OFF = N_("This file ends in the middle of a statement. Download it from your bank once more. Nothing was stored.")
NO_STATEMENT = N_("We cannot read a bank statement in this file. We take MT940, CAMT.053 and CSV. Nothing was stored.")


class StatementError(Refusal):
    """A file that is no statement we can use. Nothing of it is stored; the message says what to do."""

    def __init__(self, message: str = NO_STATEMENT, **params: object) -> None:
        super().__init__("statement", message, "file", **params)


def refuse_too_many(movements: int) -> None:
    """Raises StatementError for more movements than one file may have."""
    if movements > MAX_LINES:
        raise StatementError(TOO_MANY, most=MAX_LINES)


@dataclass(frozen=True)
class ParsedLine:
    """One movement; `amount` in minor units, below zero when money went out."""

    booked_on: date
    amount: int
    currency: str
    payer_name: str = ""
    payer_account: str = ""
    title: str = ""
    bank_ref: str = ""
    end_to_end: str = ""


@dataclass(frozen=True)
class ParsedStatement:
    """One account, one period. `account` is "" where the file does not name it (some CSV exports)."""

    format: str
    account: str
    number: str
    currency: str
    first_day: date | None
    last_day: date | None
    opening: int | None
    closing: int | None
    lines: tuple[ParsedLine, ...] = field(default=())


def minor(text: str, currency: str, sign: int = 1) -> int:
    """A bank's amount ("1234,5", "1234.50") as minor units. Raises StatementError when it is no such amount."""
    plain = text.strip().replace(",", ".")
    try:
        amount = to_minor(Decimal(plain), currency) if _AMOUNT.fullmatch(plain) else None
    except ValueError:
        amount = None
    if amount is None or abs(amount) > MAX_AMOUNT:
        raise StatementError(NO_AMOUNT, text=clean(text)[:40])
    return sign * amount


def currency_code(text: str) -> str:
    """An ISO 4217 code. Raises StatementError for anything else."""
    code = text.strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return code
    raise StatementError(N_("“%(text)s” is no currency. Nothing was stored."), text=text[:10])


def clean(text: str) -> str:
    """A text of the bank in one line: no control characters, no double spaces, not endless."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:_LONGEST]


def clean_account(text: str) -> str:
    """An account number without spaces and dressing; a Polish number of 26 digits becomes its IBAN."""
    plain = "".join(char for char in text.upper() if char.isascii() and char.isalnum())[:34]
    return f"PL{plain}" if len(plain) == 26 and plain.isdigit() else plain


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the standard library finds impossible (a day 32, an endless number) is a file that we cannot read."""
    try:
        yield
    except (ValueError, ArithmeticError, LookupError):
        raise StatementError from None
