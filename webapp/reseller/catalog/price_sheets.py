"""Price lists that come as files, CSV or XLSX: their lines as texts. What they mean is decided in `price_files`.

CSV may have semicolons, commas or tabs, and a mark of UTF-8 before its text.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from webapp.foundation.i18n import N_
from webapp.foundation.money import to_minor
from webapp.foundation.refusal import Refusal

#: What is read; further columns are there for people, and ignored.
COLUMNS = ("ending", "operation", "period", "currency", "price", "group", "valid_from")
NEEDED = ("ending", "operation", "period", "price")
LARGEST_FILE = 5_000_000
MOST_ROWS = 20_000
#: An XLSX file is a ZIP: what all of its parts may become (three times a full list), and each that is no sheet. Reading
#: one megabyte takes up to half a second.
_LARGEST_UNPACKED, _LARGEST_PART = 24_000_000, 4_000_000
#: No spreadsheet has more. A number of a row beyond it would be counted up to.
_ROWS_OF_A_SHEET = 1_048_576
_MOST_CELLS_IN_ROW = 30
_LONGEST_CELL = 200
#: What a spreadsheet would take for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: What a cell is read as that a spreadsheet would compute.
FORMULA = "\0formula"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line (the first one is 1; 0: the file itself), as a msgid with values."""

    line: int
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a file: column -> text without blanks around it. `surplus`: it has more cells than the first line."""

    number: int
    cells: Mapping[str, str]
    surplus: bool = False


class OddAmount(ValueError):
    """No amount of this currency; the text is a msgid."""


def lines(content: bytes, name: str) -> list[Line]:
    """The lines of a file that hold something. Raises Refusal for a file that is no price list at all."""
    if len(content) > LARGEST_FILE:
        raise Refusal("size", N_("The file is too large: at most 5 MB."), "file")
    is_zip = content[:4] == b"PK\x03\x04"
    if name.lower().endswith((".xls", ".ods", ".numbers")) or (name.lower().endswith(".xlsx") and not is_zip):
        raise Refusal("kind", N_("Save the price list as XLSX or CSV."), "file")
    rows = _from_xlsx(content) if is_zip else _from_csv(content)
    header: Sequence[str] = ()
    found: list[Line] = []
    for number, row in rows:
        if not any(row):
            continue
        if not header:
            header = _header(row)
            continue
        if len(found) >= MOST_ROWS:
            raise Refusal("rows", N_("The file has more than %(most)s lines."), "file", most=MOST_ROWS)
        cells = {name: cell for name, cell in zip(header, row, strict=False) if name in COLUMNS}
        found.append(Line(number, cells, surplus=any(row[len(header) :])))
    if not header:
        raise Refusal("empty", N_("The file is empty."), "file")
    return found


def as_csv(found: Sequence[Line]) -> str:
    """The same lines as one CSV, to be read again."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([_quoted(line.cells.get(name, "")) for name in COLUMNS] for line in found)
    return text.getvalue()


def _quoted(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _header(row: Sequence[str]) -> Sequence[str]:
    names = [cell.strip().lower() for cell in row]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        text = N_("The first line must name the columns; this one is missing: %(column)s.")
        raise Refusal("columns", text, "file", column=missing[0])
    twice = next((name for name in COLUMNS if names.count(name) > 1), None)
    if twice:
        raise Refusal("columns", N_("The column %(column)s stands there twice."), "file", column=twice)
    return names


def _from_csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    first = text.lstrip().split("\n", 1)[0]
    if first.lower().startswith("sep="):
        text = "\n" + text.split("\n", 1)[-1]
        first = text.strip().split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [_plain(cell) for cell in row[:_MOST_CELLS_IN_ROW]]
    except csv.Error as problem:
        raise Refusal("csv", N_("Line %(line)s is no CSV."), "file", line=reader.line_num) from problem


def _decoded(content: bytes) -> str:
    codecs = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1250")
    for codec in codecs:
        try:
            return content.decode(codec).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise Refusal("encoding", N_("The file is no text: save it as CSV in UTF-8."), "file")


#: What a workbook raises that nobody wrote by a spreadsheet: parts that are not there, encrypted or packed otherwise.
_ODD = (IndexError, TypeError, AttributeError, OSError, RuntimeError)


def _from_xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # takes long to import, and few requests need it
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, DefusedXmlException, KeyError)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_unpacked(packed.infolist())
        # Values with their formulas: a formula is refused, not believed.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        with closing(book):
            sheet: Any = book.worksheets[0]
            rows = sheet.iter_rows(max_row=_ROWS_OF_A_SHEET, max_col=_MOST_CELLS_IN_ROW, values_only=True)
            for number, row in enumerate(rows, start=1):
                yield number, [_text(cell) for cell in row]
    except (*broken, *_ODD, ValueError, OverflowError, EOFError) as problem:
        raise Refusal("xlsx", N_("The file is damaged, or no XLSX."), "file") from problem


def _check_unpacked(parts: Sequence[zipfile.ZipInfo]) -> None:
    others = (part.file_size for part in parts if not part.filename.startswith("xl/worksheets/"))
    if sum(part.file_size for part in parts) > _LARGEST_UNPACKED or max(others, default=0) > _LARGEST_PART:
        text = N_("There is more in this file than a price list needs: keep one sheet of at most %(most)s lines.")
        raise Refusal("size", text, "file", most=MOST_ROWS)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return f"{cell:.15g}"  # what a spreadsheet shows: 3 * 49.95 is kept there as 149.85000000000002
    return _plain(str(cell))


def _plain(cell: str) -> str:
    """Without blanks around, and without the sign that our own files put before what looks like a formula. What is one
    becomes FORMULA."""
    text = cell.strip()[: _LONGEST_CELL + 1]
    if text.startswith(("=", "@", "+")):
        return FORMULA
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


_WHOLE = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([ .,'])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]{1,2})?")
_BLANKS = re.compile(r"[\u00a0\u202f\u2009]")


def amount(text: str, currency: str, largest: int) -> int:
    """Minor units of "49,99", "1 234,50", "1.234,50" or "1234.5". Raises OddAmount: "1.234" could be two amounts."""
    plain = _BLANKS.sub(" ", text).replace("’", "'")
    if plain.startswith(("-", "−")):
        raise OddAmount(N_("A price cannot be negative."))
    grouped = _GROUPED.fullmatch(plain)
    if grouped and grouped[1] in ".," and grouped[2] is None and plain.count(grouped[1]) == 1:
        raise OddAmount(N_("“%(value)s” could be two amounts: write it without a sign between thousands."))
    if grouped and grouped[1] != grouped[2]:
        plain = plain.replace(grouped[1], "")
    if len(plain) > 30 and _WHOLE.fullmatch(plain):
        raise OddAmount(N_("The price must be between 0 and 10,000,000."))
    if not _WHOLE.fullmatch(plain):
        raise OddAmount(N_("“%(value)s” is no amount."))
    try:
        minor = to_minor(Decimal(plain.replace(",", ".")), currency)
    except ValueError:
        raise OddAmount(N_("“%(value)s” has more decimals than the currency.")) from None
    if minor > largest:
        raise OddAmount(N_("The price must be between 0 and 10,000,000."))
    return minor
