"""Price lists as files (H-41): what goes out comes in again, an odd line is named, nothing is half done."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy.orm import Session

from tests.harness.statements import counted
from tests.reseller.catalog.test_recompute import STAFF, THIRD, TODAY, as_partner, charge, now, partner, sell
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import facts, price_files, price_groups, price_imports, price_sheets, rules
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.partners.models import Partner
from webapp.surfaces.shared import sheets

__all__ = ["partner"]  # a fixture
HEADER = "ending;operation;period;currency;price;group;valid_from\r\n"


def sheet(session: Session, *lines: str) -> price_files.Sheet:
    return price_files.read(session, (HEADER + "\r\n".join(lines)).encode(), "prices.csv")


def xlsx(*rows: list[Any]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_an_exported_list_comes_in_again_and_changes_nothing(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        group = price_groups.create(session, STAFF, "=Agencies, old")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        charge(session, com, 123_456)
        charge(session, pl, None)
        charge(session, com, 100, group_id=group.id)
        header, rows = price_files.export(session)
        by_key = {(row[0], row[1], row[2], row[5]): row for row in rows}
        assert [str(cell) for cell in by_key["com", "register", "1y", ""][4:]] == [
            "1234.56",
            "",
            "2026-11-21",
            "71.99",
            "42.90",
        ]
        assert by_key["pl", "register", "1y", ""][4] == "-"
        assert by_key["pl", "renew", "30d", ""][4] == ""
        for answer in (sheets.csv_file("prices", header, rows), sheets.xlsx_file("prices", header, rows)):
            answer.direct_passthrough = False
            content = answer.get_data()
            assert b"\n=Age" not in content
            assert b",=Age" not in content
            name = "prices.xlsx" if content[:2] == b"PK" else "prices.csv"
            read = price_files.read(session, content, name)
            assert read.problems == ()
            assert len(read.rows) == len(rows)
            assert price_imports.preview(session, read.rows).changes == ()


def test_a_file_changes_what_it_says_and_what_was_shown(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        group = price_groups.create(session, STAFF, "Agencies")
        rules.set_rule(session, STAFF, "domain", THIRD)
        rules.set_rule(session, STAFF, "domain", rules.RuleDraft(base="common", percent_bp=-5000), group.id)
        recompute(session)
        charge(session, pl, 5000)
        read = sheet(
            session,
            "com;register;1y;PLN;1 234,50;;",
            "COM;Register;2y;pln;-;;2020-01-01",
            ".pl;register;1y;;;;",
            "pl;renew;30d;PLN;0,10;;",
            "com;transfer;1y;PLN;5;agencies;2026-12-24",
            "com;renew;1y;PLN;;;",
        )
        assert read.problems == ()
        shown = price_imports.preview(session, read.rows)
        assert [(c.row.line, c.before, c.after, c.by_rule) for c in shown.changes] == [
            (2, 7199, 123_450, False),
            (3, now(session, com, years=2), None, False),
            (4, 5000, 1699, True),
            (5, 699, 10, False),
            (6, 3750, 500, False),
        ]
        margins = [c.margin.amount if c.margin else None for c in shown.changes]
        assert [one is not None and one < 0 for one in margins] == [False, False, False, True, True]
        assert shown.unchanged == 1
        with counted(database) as statements:
            assert price_imports.apply(session, STAFF, read.rows, shown.fingerprint) == 5
        assert len(statements) < 34, statements
        assert (now(session, com), now(session, com, years=2), now(session, pl)) == (123_450, None, 1699)
        later = price_imports.preview(session, read.rows)
        assert later.changes == ()
        recompute(session)
        assert now(session, com) == 123_450
        with pytest.raises(Refusal, match="changed"):
            price_imports.apply(session, STAFF, read.rows, shown.fingerprint)


def test_a_price_that_was_changed_meanwhile_stops_the_whole_file(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        charge(session, pl, 4000)
        read = sheet(session, "com;register;1y;PLN;50;;", "pl;register;1y;PLN;60;;")
        shown = price_imports.preview(session, read.rows)
        charge(session, pl, 4100)
        with pytest.raises(Refusal, match="changed"):
            price_imports.apply(session, STAFF, read.rows, shown.fingerprint)
        assert (now(session, com), now(session, pl)) == (None, 4100)


ODD_LINES = (
    ("com;register;1y;PLN;-5;;", "negative"),
    ("com;register;1y;PLN;−5;;", "negative"),
    ("com;register;1y;PLN;" + "9" * 40 + ";;", "between 0 and"),
    ("com;register;1y;PLN;10000000,01;;", "between 0 and"),
    ("com;register;1y;PLN;49,999;;", "two amounts"),
    ("com;register;1y;PLN;1.234;;", "two amounts"),
    ("com;register;1y;PLN;4,9,9;;", "no amount"),
    ("com;register;1y;PLN;1e3;;", "no amount"),
    ("com;register;1y;PLN;٤٢;;", "no amount"),
    ("com;register;1y;PLN;12.3456;;", "decimals"),
    ("com;register;1y;PLN;=1+1;;", "formula"),
    ('=HYPERLINK("x");register;1y;PLN;5;;', "formula"),
    ("com;register;1y;EUR;5;;", "PLN"),
    ("nowhere;register;1y;PLN;5;;", "nowhere"),
    ("com;steal;1y;PLN;5;;", "operation"),
    ("com;register;11y;PLN;5;;", "years"),
    ("com;register;0y;PLN;5;;", "zero"),
    ("com;register;year;PLN;5;;", "1y"),
    ("com;renew;30d;PLN;5;;", "days"),
    ("pl;renew;31d;PLN;5;;", "days"),
    ("com;register;1y;PLN;5;Nobody;", "group"),
    ("com;register;1y;PLN;5;;31.01.2027", "2027-01-31"),
    ("com;register;1y;PLN;5;;9999-01-01", "five years"),
    ("pl;register;1y;PLN;7;;", "line 2"),
    (";;;;;x;", "ending"),
)


def test_every_odd_line_is_named(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        sell(session, "com", "pl")
        read = sheet(session, "pl;register;1y;PLN;5;;", *(line for line, _ in ODD_LINES))
        assert [problem.line for problem in read.problems] == list(range(3, 3 + len(ODD_LINES)))
        for problem, (line, said) in zip(read.problems, ODD_LINES, strict=True):
            assert said in problem.text % problem.params, line
        assert [row.ending for row in read.rows] == ["pl"]


def _bomb() -> bytes:
    """An XLSX of a few kilobytes that would unpack to much more than anybody's price list."""
    file = io.BytesIO(xlsx(["ending"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet9.xml", b" " * 70_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\r\n;;\r\n"),
        ("a.csv", b"name;amount\r\n"),
        ("a.csv", b"ending;operation;period;price;price\r\n"),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", HEADER.encode() + b"x" * 5_000_000),
        ("a.csv", HEADER.encode() + b"com;register;1y;PLN;5;;\r\n" * 20_001),
        ("a.csv", HEADER.encode() + b'"' + b"x" * 200_000 + b'"'),
        ("a.xls", b"\xd0\xcf\x11\xe0"),
        ("a.xlsx", b"no zip"),
        ("a.xlsx", b"PK\x03\x04 damaged"),
        ("a.xlsx", xlsx(["ending"])[:900]),
        ("a.xlsx", _bomb()),
    ],
    ids=range(13),
)
def test_a_file_that_is_no_price_list_is_refused_whole(name: str, content: bytes) -> None:
    with pytest.raises(Refusal):
        price_sheets.lines(content, name)


def _repacked(content: bytes, **parts: bytes) -> bytes:
    """The same workbook with other parts: by the last word of their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
    return file.getvalue()


def _damaged(at: int, byte: int) -> bytes:
    content = bytearray(xlsx(["ending"], *(["com", number] for number in range(40))))
    start = content.index(b"xl/worksheets/sheet1.xml") + 24
    content[start + at] = byte
    return bytes(content)


def _locked() -> bytes:
    """Every part says that it is encrypted."""
    content = bytearray(xlsx(["ending"]))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


_STYLES = b"<styleSheet><cellXfs>" + b"<xf/>" * 900_000 + b"</cellXfs></styleSheet>"
_FAR_ROW = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "content",
    [
        *(_damaged(at, byte) for at, byte in ((2, 0x07), (40, 0xFF), (60, 0x00))),
        _locked(),
        _repacked(xlsx(["ending"]), workbook=b"<workbook/>"),
        _repacked(xlsx(["ending"]), styles=_STYLES),
        _repacked(xlsx(["ending"]), sheet1=_FAR_ROW),
    ],
    ids=("bits", "more bits", "still more bits", "encrypted", "no workbook", "a million styles", "a row far below"),
)
def test_a_workbook_that_no_spreadsheet_wrote_is_refused_soon(content: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(Refusal):
        price_sheets.lines(content, "a.xlsx")
    assert time.process_time() - begun < 10


def test_no_line_below_empty_ones_is_forgotten() -> None:
    head = ["ending", "operation", "period", "price"]
    rows = [row for number in range(12_000) for row in (["com", "register", "1y", number], [])]
    assert len(price_sheets.lines(xlsx(head, *rows), "a.xlsx")) == 12_000


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
@pytest.mark.parametrize("start", ["", "sep=;\r\n", "\r\n\r\n"])
def test_a_list_is_read_in_whatever_letters_a_spreadsheet_saved_it(
    database: Database, partner: Partner, codec: str, start: str
) -> None:
    with as_partner(database, partner) as session:
        sell(session, "com")
        group = price_groups.create(session, STAFF, "Żółwie i Święci")
        text = f"{start}{HEADER}com;register;1y;PLN;1\u00a0234,50;żółwie i święci;\r\n"
        (row,) = price_files.read(session, text.encode(codec), "prices.csv").rows
        assert (row.amount, row.group_id) == (123_450, group.id)


def test_a_price_cut_in_two_by_its_comma_is_no_price(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        sell(session, "com")
        text = b'ending,operation,period,price\r\ncom,register,1y,49,99\r\ncom,renew,1y,"49,99",,\r\n'
        read = price_files.read(session, text, "prices.csv")
        assert [problem.line for problem in read.problems] == [2]
        assert [row.amount for row in read.rows] == [4999]


def test_what_was_computed_in_a_spreadsheet_is_read_as_it_is_shown_there(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        sell(session, "com")
        assert 3 * 49.95 == 149.85000000000002
        content = xlsx(["ending", "operation", "period", "price"], ["com", "register", "1y", 3 * 49.95])
        assert [row.amount for row in price_files.read(session, content, "p.xlsx").rows] == [14_985]


def test_prices_from_a_different_day_on_in_every_line_are_not_for_one_file(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        sell(session)
        lines = [f"{one.name};register;1y;PLN;5;;{TODAY + timedelta(number)}"
                 for number, one in enumerate(facts.tld_facts())]  # fmt: skip
        assert len(sheet(session, *lines[:31]).rows) == 31
        with pytest.raises(Refusal, match="different days"):
            sheet(session, *lines)


def test_what_a_spreadsheet_makes_of_numbers_and_days_is_read(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        sell(session, "com", "pl")
        content = xlsx(
            ["Ending ", "operation", "period", "price", "valid_from", "note"],
            ["com", "register", "1y", 49.9, date(2026, 12, 1), "=1+1"],
            [],
            ["pl", "register", "1y", 50, None, None],
            ["pl", "renew", "1y", "=2*3", None, None],
        )
        read = price_files.read(session, content, "prices.XLSX")
        assert [(row.line, row.amount, row.valid_from) for row in read.rows] == [
            (2, 4990, date(2026, 12, 1)),
            (4, 5000, TODAY),
        ]
        assert [problem.line for problem in read.problems] == [5]
        assert TODAY + timedelta(days=10) == date(2026, 12, 1)


@given(
    st.integers(0, facts.LARGEST_AMOUNT), st.sampled_from(["", " ", ".", "\u00a0", "\u202f", "'", "’"]), st.booleans()
)
@settings(max_examples=150)
def test_an_amount_is_read_however_it_was_written(minor: int, sign: str, comma: bool) -> None:
    whole, cents = divmod(minor, 100)
    point = "," if comma or sign == "." else "."
    assert (
        price_sheets.amount(f"{whole:,}".replace(",", sign) + f"{point}{cents:02}", "PLN", facts.LARGEST_AMOUNT)
        == minor
    )


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_no_text_breaks_the_reading_of_amounts(text: str) -> None:
    with suppress(price_sheets.OddAmount):
        assert 0 <= price_sheets.amount(text, "PLN", facts.LARGEST_AMOUNT) <= facts.LARGEST_AMOUNT
