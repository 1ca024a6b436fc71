"""CSV exports of banks: heading or none, cells with labels, amounts as people write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from webapp.foundation.i18n import N_

from . import shapes
from .csv_profiles import MBANK, PROFILES, SANTANDER, Column, CsvProfile
from .shapes import ParsedLine, ParsedStatement, StatementError, clean, clean_account, minor

UNKNOWN = N_("We do not know this bank's CSV. Describe its columns once, then import it again. Nothing was stored.")
ROW = N_("Row %(row)s cannot be read: “%(text)s”. Nothing was stored.")
_ACCOUNT_LABELS = ("numerrachunku", "rachunek", "nrrachunku", "iban", "account", "kontonummer")
_CURRENCY_LABELS = ("waluta", "walutarachunku", "currency", "währung")
#: Rows in which a heading is looked for: exports begin with the bank's address and the period.
_HEAD = 60

Rows = list[list[str]]


def rows_of(text: str, delimiter: str) -> Rows:
    """Every row as cells. Raises StatementError when quotes do not close."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise StatementError(shapes.CUT_OFF) from None


def profile_for(text: str) -> CsvProfile | None:
    """The bank whose export this is, by its heading."""
    head = _plain(text[:8_000])
    for profile in PROFILES.values():
        if profile.known_by and all(_plain(word) in head for word in profile.known_by):
            return profile
    first = text.split("\n", maxsplit=1)[0].split(",")
    is_santander = len(first) > 6 and first[2].startswith("'") and _date(first[0], "%Y-%m-%d") is not None
    return SANTANDER if is_santander else None


def read(text: str, profile: CsvProfile, currency: str) -> list[ParsedStatement]:
    """The one statement of the file. `currency` counts where the file names none."""
    rows = rows_of(text, profile.delimiter)
    table = _Table(rows, profile, currency)
    table.refuse_cut(text)
    lines = tuple(line for number in range(table.first, len(rows)) if (line := table.line(number)))
    if not lines:
        raise StatementError(N_("There is no movement in this file. Nothing was stored."))
    days = [line.booked_on for line in lines]
    opening, closing = table.balances()
    return [ParsedStatement("csv", table.account, "", lines[0].currency, min(days), max(days), opening, closing, lines)]


def _plain(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _date(text: str, written: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), written).date()  # noqa: DTZ007  a day of the bank has no zone
    except ValueError:
        return None


class _Table:
    """The rows of a file, read as a profile says."""

    def __init__(self, rows: Rows, profile: CsvProfile, currency: str) -> None:
        self.rows, self.profile = rows, profile
        self.first, self.heading = self._heading()
        self.columns = {name: self._column(getattr(profile, name)) for name in ("date", "amount", "name", "account")}
        self.columns |= {name: self._column(getattr(profile, name)) for name in ("currency", "reference")}
        self.titles = [found for each in profile.title if (found := self._column(each)) is not None]
        if self.columns["date"] is None or self.columns["amount"] is None:
            raise StatementError(UNKNOWN)
        own = self._summary()
        self.account = clean_account(own[2]) if own else clean_account(self._above(_ACCOUNT_LABELS))
        named = own[4] if own else self._above(_CURRENCY_LABELS)
        self.currency = shapes.currency_code(named) if named else currency

    def _summary(self) -> list[str]:
        if not self.profile.own_summary:
            return []
        if not self.rows or len(self.rows[0]) < 7:
            raise StatementError(shapes.CUT_OFF)
        return self.rows[0]

    def _heading(self) -> tuple[int, list[str]]:
        """(row of the first movement, the plain words of the heading)."""
        wanted = [_plain(each) for each in (self.profile.date, self.profile.amount) if isinstance(each, str)]
        if not wanted:
            return self.profile.skip, []
        for number, row in enumerate(self.rows[:_HEAD]):
            words = [_plain(cell) for cell in row]
            if all(word in words for word in wanted):
                return number + 1, words
        raise StatementError(UNKNOWN)

    def _column(self, wanted: Column | None) -> int | None:
        if wanted is None or isinstance(wanted, int):
            return wanted
        word = _plain(wanted)
        return self.heading.index(word) if word in self.heading else None

    def _above(self, labels: Sequence[str]) -> str:
        """A fact from above the heading: beside its label, or below it."""
        head = self.rows[: self.first - 1]
        for number, row in enumerate(head):
            for place, cell in enumerate(row):
                if _plain(cell) in labels:
                    below = head[number + 1] if number + 1 < len(head) else []
                    beside = row[place + 1].strip() if place + 1 < len(row) else ""
                    under = below[place].strip() if place < len(below) else ""
                    return under if beside.startswith("#") or not beside else beside
        return ""

    def refuse_cut(self, text: str) -> None:
        """A file without an end of line is whole only if its last row is, and nothing that counts stands at its end."""
        if not text.strip() or text.endswith(("\n", "\r")):
            return
        last = [row for row in self.rows if row][-1]
        vital = [self.columns["amount"], self.columns["account"], *self.titles]
        width = len(self.heading) if self.heading else max(len(row) for row in self.rows)
        if len(last) < width or len(last) - 1 in vital or self.profile.labels:
            raise StatementError(shapes.CUT_OFF)

    def cell(self, row: list[str], place: int | None) -> str:
        return row[place].strip().strip("'") if place is not None and place < len(row) else ""

    def line(self, number: int) -> ParsedLine | None:
        """The movement of a row; None for rows that are none (empty ones, sums below the list)."""
        row = self.rows[number]
        day_text, amount_text = (self.cell(row, self.columns[name]) for name in ("date", "amount"))
        if not day_text or (not amount_text and not any(char.isdigit() for char in day_text)):
            return None
        day = _date(day_text[:10] if self.profile.date_format != "%Y%m%d" else day_text, self.profile.date_format)
        if day is None or not amount_text:
            raise StatementError(ROW, row=number + 1, text=clean(" ".join(row))[:60])
        currency = self._currency(row)
        return ParsedLine(day, self._amount(amount_text, currency), currency, **self._texts(row))

    def _currency(self, row: list[str]) -> str:
        named = self.cell(row, self.columns["currency"])
        return shapes.currency_code(named) if named else self.currency

    def _amount(self, text: str, currency: str) -> int:
        plain = "".join(char for char in text if not char.isspace() and char != "'").removesuffix(currency)
        other = "." if self.profile.decimal == "," else ","
        whole, _, rest = plain.rpartition(self.profile.decimal) if self.profile.decimal in plain else (plain, "", "0")
        if other in rest or not _grouped(whole, other):
            raise StatementError(shapes.NO_AMOUNT, text=clean(text)[:40])
        return minor(f"{whole.replace(other, '')}.{rest or '0'}", currency)

    def _texts(self, row: list[str]) -> dict[str, str]:
        found = {
            "title": clean(" ".join(self.cell(row, place) for place in self.titles)),
            "payer_name": clean(self.cell(row, self.columns["name"])),
            "payer_account": clean_account(self.cell(row, self.columns["account"])),
            "bank_ref": clean(self.cell(row, self.columns["reference"])),
        }
        return found | self._labelled(row)

    def _labelled(self, row: list[str]) -> dict[str, str]:
        names = {"title": "title", "name": "payer_name", "account": "payer_account", "reference": "bank_ref"}
        found = {}
        for what, label in self.profile.labels:
            for cell in row:
                if cell.startswith(label):
                    text = cell.removeprefix(label)
                    found[names[what]] = clean_account(text) if what == "account" else clean(text)
        return found

    def balances(self) -> tuple[int | None, int | None]:
        """(opening, closing) where the file says so above its movements."""
        own = self._summary()
        if own:
            return self._amount(own[5], self.currency), self._amount(own[6], self.currency)
        found = (
            [self._above((label,)) for label in ("saldopoczątkowe", "saldokońcowe")] if self.profile == MBANK else []
        )
        amounts = [self._amount(text, self.currency) if text else None for text in found]
        return (amounts[0], amounts[1]) if len(amounts) == 2 else (None, None)


def _grouped(whole: str, sign: str) -> bool:
    """Thousands stand in threes: "1.234" may be grouped, "12.34" is a point that was meant to be a comma."""
    return all(len(part) == 3 for part in whole.split(sign)[1:])
