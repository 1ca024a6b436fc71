"""Files of banks: what stands in them, whatever the encoding; and what is no statement says so (H-32)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reseller.billing import statement_files as files
from webapp.reseller.billing import statements
from webapp.reseller.billing.statements import CsvProfile, StatementError, letters
from webapp.reseller.billing.statements.subfields import subfields

POLISH = ("utf-8", "cp1250", "cp852", "iso-8859-2")
FILES = {
    "mt940": files.MT940.encode("cp1250"),
    "camt": files.camt().encode(),
    **{name: text.encode("cp1250") for name, text in files.CSV.items()},
}


@pytest.mark.parametrize("encoding", POLISH)
def test_a_polish_mt940_is_read_in_each_encoding(encoding: str) -> None:
    """H-32: the letters are guessed, the subfields put together, the account and the balances known."""
    (found,) = statements.read(files.MT940.encode(encoding))
    assert (found.format, found.account, found.number, found.currency) == ("mt940", files.ACCOUNT, "212", "PLN")
    assert (found.opening, found.closing, found.last_day) == (100_000, 227_499, date(2026, 11, 21))
    anna, firm, fee = found.lines
    assert (anna.amount, anna.booked_on, anna.bank_ref) == (4999, date(2026, 11, 21), "26112100001")
    assert anna.title == "Zapłata za PRO/2026/00012 domena acme.pl"
    assert (anna.payer_name, anna.payer_account) == ("Anna Żółkiewska ul. Świętej Łucji 3", files.ANNA)
    assert firm.title == "/VAT/230,00/IDC/5250000000/INV/PRO 2026 13/TXT/hosting"
    assert (firm.amount, firm.payer_account, fee.amount) == (123_000, files.FIRM, -500)
    assert "PRO/2026/00099" not in fee.title, "what stands behind the closing balance belongs to no movement"


@pytest.mark.parametrize("sign", "~?<^")
def test_subfields_behind_each_bank_s_sign(sign: str) -> None:
    written = f"020{sign}00152{sign}20one{sign}21two{sign}32Anna > Ewa{sign}38{files.ANNA}"
    assert subfields(written) == {"00": "152", "20": "one", "21": "two", "32": "Anna > Ewa", "38": files.ANNA}


def test_two_movements_without_a_type_are_two() -> None:
    text = files.statement(("1,00", "a", "1"), ("2,00", "b", "2")).replace(b"NTRFNONREF", b"")
    (found,) = statements.read(text)
    assert [line.amount for line in found.lines] == [100, 200]


@pytest.mark.parametrize(("mark", "amount"), [("C", 100), ("D", -100), ("RC", -100), ("RD", 100), ("CN", 100)])
def test_marks_of_reversals_have_their_signs(mark: str, amount: int) -> None:
    (found,) = statements.read(files.statement(("1,00", "a", "1")).replace(b"C1,00N", f"{mark}1,00N".encode()))
    assert [line.amount for line in found.lines] == [amount]


@pytest.mark.parametrize("version", ["02", "04", "06", "08"])
def test_camt_splits_a_batch_and_leaves_out_what_is_not_booked(version: str) -> None:
    (found,) = statements.read(files.camt(version).encode())
    assert (found.account, found.number, found.opening, found.closing) == (files.ACCOUNT, "212", 100_000, 227_499)
    assert [line.amount for line in found.lines] == [4999, 100_000, 23_000, -500]
    anna, first, second, fee = found.lines
    assert (anna.payer_name, anna.payer_account, anna.end_to_end) == ("Anna Żółkiewska", files.ANNA, "E2E-7")
    assert (first.payer_name, first.title, first.end_to_end) == ("Huta Łabędź", "PRO/2026/00013", "")
    assert (second.title, fee.title) == ("PRO/2026/00014", "Prowizja")


def test_a_batch_whose_parts_are_not_the_sum_is_one_movement() -> None:
    text = files.camt().replace('<Amt Ccy="PLN">230.00</Amt>', '<Amt Ccy="EUR">50.00</Amt>')
    (found,) = statements.read(text.encode())
    assert [line.amount for line in found.lines] == [4999, 123_000, -500]


@pytest.mark.parametrize("bank", files.CSV)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "utf-8-sig"])
def test_csv_of_known_banks(bank: str, encoding: str) -> None:
    (found,) = statements.read(files.CSV[bank].encode(encoding))
    assert found.account in ("", files.ACCOUNT)
    anna, *_, fee = found.lines
    assert (anna.amount, anna.title, anna.payer_account) == (4999, "PRO/2026/00012", files.ANNA)
    assert anna.payer_name.casefold() == "anna żółkiewska"
    assert (anna.booked_on, fee.amount, found.currency) == (date(2026, 11, 21), -500, "PLN")


def test_csv_of_another_bank_by_the_partner_s_own_description() -> None:
    text = "Buchung|Text|Betrag|Wer\n21.11.2026|PRO/2026/00012|1.234,50|Nord GmbH\n"
    own = CsvProfile("|", date=0, amount=2, title=(1,), name=3, date_format="%d.%m.%Y", skip=1)
    with pytest.raises(StatementError, match="Describe its columns"):
        statements.read(text.encode())
    (found,) = statements.read(text.encode(), profile=own, currency="EUR")
    assert [(line.amount, line.currency, line.payer_name) for line in found.lines] == [(123_450, "EUR", "Nord GmbH")]


@pytest.mark.parametrize("amount", ["12.34", "1,234.50", "12,345", "abc", "1e5", "٣,00", "9" * 40, "--5,00"])
def test_a_wrong_amount_is_said_not_guessed(amount: str) -> None:
    text = files.MBANK.replace("49,99;", f"{amount};")
    with pytest.raises(StatementError):
        statements.read(text.encode())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"   \r\n", "empty"),
        (b"<!DOCTYPE html><html><body>Zaloguj</body></html>", "web page"),
        (files.PICTURE, "cannot read"),
        (b"PK\x03\x04" + bytes(range(256)), "cannot read"),
        (b"just words", "cannot read"),
        (files.BOMB.encode(), "cannot read"),
        (files.OUTSIDE.encode(), "cannot read"),
        (files.camt().replace("camt.053", "camt.052").encode(), "another kind"),
        (files.camt().encode()[:-40], "ends in the middle"),
        (files.MT940.encode()[:400], "ends in the middle"),
        (files.MBANK.encode()[:-90], "ends in the middle|cannot be read"),
        (b":20:x\n" + b"x" * 10_000_001, "larger than"),
        (files.MT940.replace("C49,99", "C49,999").encode(), "no amount"),
        (files.MT940.replace(":61:261121", ":61:261341").encode(), "cannot read"),
        (files.MBANK.replace("2026-11-21;2026-11-21;PROW", "2026-21-11;2026-11-21;PROW").encode(), "Row 11"),
    ],
)
def test_what_is_no_statement_says_what_it_is(raw: bytes, says: str) -> None:
    with pytest.raises(StatementError, match=says):
        statements.read(raw)


def test_more_than_twenty_thousand_movements_are_refused() -> None:
    row = "2026-11-21;2026-11-21;P;t;n;;1,00;0;\n"
    with pytest.raises(StatementError, match="more than 20000"):
        statements.read((files.MBANK + row * 20_000).encode())


@pytest.mark.parametrize("name", FILES)
def test_no_prefix_of_a_file_is_read_as_something_else(name: str) -> None:
    """Cut off anywhere: refused, or all movements that it names are movements of the whole file."""
    raw = FILES[name]
    (whole,) = statements.read(raw)
    for end in range(0, len(raw), max(1, len(raw) // 150)):
        try:
            found = statements.read(raw[:end])
        except StatementError:
            continue
        assert found[0].lines == whole.lines[: len(found[0].lines)], raw[:end][-80:]


@settings(max_examples=120, deadline=None)
@given(name=st.sampled_from(sorted(FILES)), place=st.floats(0, 1), byte=st.integers(0, 255), cut=st.integers(0, 3))
def test_a_spoiled_byte_never_ends_in_a_fault(name: str, place: float, byte: int, cut: int) -> None:
    raw = FILES[name]
    at = int(place * (len(raw) - 1))
    try:
        statements.read(raw[:at] + bytes([byte]) * (cut != 3) + raw[at + cut :])
    except StatementError:
        return


def test_what_was_chosen_is_read_so_or_refused() -> None:
    assert letters.decoded("żółć".encode("cp852"), "cp852") == "żółć"
    with pytest.raises(StatementError):
        letters.decoded("żółć".encode("cp1250"), "utf-8")
