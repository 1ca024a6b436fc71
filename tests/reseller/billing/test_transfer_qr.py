"""The code on a proforma, read back by a scanner: it pays the right amount to the right account, or there is none."""

from __future__ import annotations

import base64
import io
import lzma
import zlib
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
import zxingcpp
from PIL import Image

from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma

IBAN = "PL61 1090 1014 0000 0712 1981 2874"
GERMAN = "DE89 3704 0044 0532 0130 00"
CZECH, SLOVAK = "CZ65 0800 0000 1920 0014 5399", "SK31 1200 0000 1987 4263 7541"
HUNGARIAN = "HU42 1177 3016 1111 1018 0000 0000"


def proforma(currency: str, iban: str, **facts: Any) -> Proforma:
    issuer = {"name": "Zażółć Gęślą Jaźń sp. z o.o.", "tax_id": "526-025-02-74"}
    values: dict[str, Any] = {
        "number": "PRO/2026/00001",
        "issuer": issuer,
        "bank": {"name": "B", "iban": iban, "bic": ""},
        "due_date": date(2026, 12, 6),
    }
    return Proforma(currency=currency, **{**values, **facts})


def scanned(document: Proforma, amount: int) -> str:
    """What a banking app reads from the printed picture."""
    code = transfer_qr.transfer_code(document, amount)
    assert code is not None
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(transfer_qr.png(code))).convert("L"))
    return str(found.text)


def test_a_polish_transfer_is_read_back(tmp_path: object) -> None:
    fields = scanned(proforma("PLN", IBAN), 12345).split("|")
    assert fields == [
        "5260250274",
        "PL",
        "61109010140000071219812874",
        "012345",
        "Zażółć Gęślą Jaźń sp",
        "PRO/2026/00001",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize("amount", [1, 99, 100, 4999, 999_999])
def test_amounts_have_six_digits_of_grosze(amount: int) -> None:
    assert int(scanned(proforma("PLN", IBAN), amount).split("|")[3]) == amount


def test_a_european_transfer_is_read_back() -> None:
    lines = scanned(proforma("EUR", GERMAN), 12345).split("\n")
    assert lines[0] == "BCD"
    assert lines[3] == "SCT"
    assert lines[5] == "Zażółć Gęślą Jaźń sp. z o.o."
    assert lines[6] == "DE89370400440532013000"
    assert lines[7] == "EUR123.45"
    assert "PRO/2026/00001" in lines


@pytest.mark.parametrize(
    ("currency", "iban", "amount"),
    [
        ("PLN", IBAN, 0),
        ("PLN", IBAN, -5),
        ("PLN", IBAN, 1_000_000),  # the format has no digit for it
        ("PLN", GERMAN, 100),
        ("PLN", "", 100),
        ("EUR", "", 100),
        ("CZK", GERMAN, 100),
        ("USD", IBAN, 100),
    ],
)
def test_no_code_is_better_than_a_wrong_one(currency: str, iban: str, amount: int) -> None:
    assert transfer_qr.transfer_code(proforma(currency, iban), amount) is None


@pytest.mark.parametrize(
    "name", ["A|B|000001|Evil", "|" * 20, "x" * 300, "Firma\nDruga linia", "漢" * 40, "🙂 sp. z o.o."]
)
def test_no_name_can_move_the_fields(name: str) -> None:
    """The bar separates fields: a name that holds one must not choose account or amount."""
    document = proforma("PLN", IBAN, issuer={"name": name, "tax_id": ""})
    fields = scanned(document, 100).split("|")
    assert len(fields) == 9
    assert fields[:4] == ["", "PL", "61109010140000071219812874", "000100"]
    assert fields[5] == "PRO/2026/00001"
    assert len("|".join(fields)) <= 160


@pytest.mark.parametrize("name", ["Firma\nDE00EVIL\nEUR1.00", "Firma\r\nzwei", "x" * 300])
def test_no_line_break_in_a_name_moves_the_lines_of_a_european_code(name: str) -> None:
    document = proforma("EUR", GERMAN, issuer={"name": name, "tax_id": ""})
    lines = scanned(document, 100).split("\n")
    assert lines[6:8] == ["DE89370400440532013000", "EUR1"] or lines[6:8] == ["DE89370400440532013000", "EUR1.00"]


@pytest.mark.parametrize("amount", [99_999_999_999, 100_000_000_000])
def test_a_european_amount_beyond_the_format_has_no_code(amount: int) -> None:
    """EPC069-12: at most 999,999,999.99."""
    code = transfer_qr.transfer_code(proforma("EUR", GERMAN), amount)
    assert (code is not None) == (amount <= 99_999_999_999)


@pytest.mark.parametrize(
    "iban", ["DE", "not an iban", "PL61109010140000071219812875", "DE89 3704 0044 0532 0130 00 00 00 00 00 00"]
)
def test_a_wrong_account_number_does_not_stop_the_proforma(iban: str) -> None:
    for currency in ("EUR", "PLN"):
        code = transfer_qr.transfer_code(proforma(currency, iban), 100)
        assert code is None


def test_a_czech_transfer_is_read_back() -> None:
    bank = {"iban": CZECH, "bic": "GIBACZPX"}
    head, version, *fields = scanned(proforma("CZK", CZECH, bank=bank), 1234567).split("*")
    found = {key: unquote(value) for key, _, value in (field.partition(":") for field in fields)}
    assert (head, version) == ("SPD", "1.0")
    assert found["ACC"] == "CZ6508000000192000145399+GIBACZPX"
    assert (found["AM"], found["CC"], found["DT"]) == ("12345.67", "CZK", "20261206")
    assert (found["MSG"], found["X-VS"]) == ("PRO/2026/00001", "202600001")
    assert found["RN"] == "Zażółć Gęślą Jaźń sp. z o.o."


def slovak_fields(code: str) -> list[str]:
    """PAY by square read by the book (specification 1.1.0, chapter 3): nothing here is shared with the writer."""
    bits = "".join(f"{'0123456789ABCDEFGHIJKLMNOPQRSTUV'.index(char):05b}" for char in code)
    raw = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
    assert raw[:2] == b"\x01\x00"
    length = int.from_bytes(raw[2:4], "little")
    # The stream with the header that .lzma files have: properties, dictionary, size.
    alone = bytes([(2 * 5 + 0) * 9 + 3]) + (128 * 1024).to_bytes(4, "little") + b"\xff" * 8
    whole = lzma.LZMADecompressor(format=lzma.FORMAT_ALONE).decompress(alone + raw[4:], length)
    assert len(whole) == length
    assert int.from_bytes(whole[:4], "little") == zlib.crc32(whole[4:])
    return whole[4:].decode().split("\t")


def test_a_slovak_transfer_is_read_back() -> None:
    fields = slovak_fields(scanned(proforma("EUR", SLOVAK, bank={"iban": SLOVAK, "bic": "TATRSKBX"}), 4999))
    assert fields[1:6] == ["1", "1", "49.99", "EUR", "20261206"]
    assert (fields[6], fields[10]) == ("202600001", "PRO/2026/00001")
    assert fields[11:16] == ["1", "SK3112000000198742637541", "TATRSKBX", "0", "0"]
    assert fields[16] == "Zażółć Gęślą Jaźń sp. z o.o."


def test_a_hungarian_transfer_is_read_back() -> None:
    document = proforma("HUF", HUNGARIAN, bank={"iban": HUNGARIAN, "bic": "OTPVHUHB"})
    lines = scanned(document, 1_234_500).split("\n")
    assert lines[:4] == ["HCT", "001", "1", "OTPVHUHB"]
    assert lines[5:8] == ["HU42117730161111101800000000", "HUF12345", "20270204235959+1"]
    assert (lines[9], lines[12], len(lines)) == ("PRO/2026/00001", "PRO/2026/00001", 18)
    assert transfer_qr.transfer_code(document, 1_234_550) is None  # there are no half forints in it
    assert transfer_qr.transfer_code(proforma("HUF", HUNGARIAN), 100) is None  # the bank must be named


def test_a_name_cannot_add_fields() -> None:
    issuer = {"name": "A*AM:1.00*|x\ty\nz", "tax_id": ""}
    assert "*RN:A AM%3A1.00 x y z*" in scanned(proforma("CZK", CZECH, issuer=issuer), 500)
    assert slovak_fields(scanned(proforma("EUR", SLOVAK, issuer=issuer), 500))[16] == "A AM:1.00 x y z"


def test_slovak_codes_survive_a_scanner_without_lower_case() -> None:
    document = proforma("EUR", SLOVAK)
    assert base64.b32hexdecode(scanned(document, 1) + "=" * (-len(scanned(document, 1)) % 8))[:2] == b"\x01\x00"
