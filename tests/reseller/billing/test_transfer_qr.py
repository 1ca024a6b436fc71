"""The code on a proforma, read back by a scanner: it pays the right amount to the right account, or there is none."""

from __future__ import annotations

import io
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma

IBAN = "PL61 1090 1014 0000 0712 1981 2874"
GERMAN = "DE89 3704 0044 0532 0130 00"


def proforma(currency: str, iban: str, **facts: Any) -> Proforma:
    issuer = {"name": "Zażółć Gęślą Jaźń sp. z o.o.", "tax_id": "526-025-02-74"}
    values: dict[str, Any] = {
        "number": "PRO/2026/00001",
        "issuer": issuer,
        "bank": {"name": "B", "iban": iban, "bic": ""},
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
        ("CZK", "CZ65 0800 0000 1920 0014 5399", 100),
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
