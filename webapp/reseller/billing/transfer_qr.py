"""QR codes for bank transfers: what a banking app scans from a proforma.

EUR: EPC069-12 version 002 (European Payments Council). PLN: recommendation of the Polish Bank Association (ZBP, 2013).
Other currencies follow with their countries; they give no code rather than a wrong one.
"""

from __future__ import annotations

import io
import re
import unicodedata

import segno
from segno import helpers
from stdnum import iban as iban_numbers

from webapp.foundation.money import to_decimal

from .models import Proforma

#: ZBP has six digits for grosze: transfers above 9,999.99 PLN cannot be written.
ZBP_MAX = 999_999
#: EPC069-12: transfers above 999,999,999.99 EUR cannot be written.
EPC_MAX = 99_999_999_999


def transfer_code(proforma: Proforma, amount: int) -> segno.QRCode | None:
    """The code for paying `amount` minor units of a proforma, or None when the country's format cannot carry it."""
    iban = re.sub(r"\s", "", proforma.bank.get("iban", ""))
    if amount <= 0 or not iban_numbers.is_valid(iban):
        return None
    if proforma.currency == "EUR" and amount <= EPC_MAX:
        return _epc(proforma, iban, amount)
    if proforma.currency == "PLN" and iban.startswith("PL") and len(iban) == 28 and amount <= ZBP_MAX:
        return segno.make_qr(zbp_payload(proforma, iban, amount), error="l", encoding="utf-8")
    return None


def _epc(proforma: Proforma, iban: str, amount: int) -> segno.QRCode:
    # UTF-8 always: scanners misread the smaller character sets that the library would pick.
    return helpers.make_epc_qr(
        name=_field(proforma.issuer["name"], 70),
        iban=iban,
        amount=to_decimal(amount, "EUR"),
        text=proforma.number,
        bic=_bic(proforma.bank.get("bic", "")),
        encoding="utf-8",
    )


def _bic(value: str) -> str | None:
    """The BIC as 8 or 11 characters; None otherwise: the IBAN alone suffices within the EEA (version 002)."""
    bic = re.sub(r"\s", "", value).upper()
    return bic if len(bic) in (8, 11) else None


def zbp_payload(proforma: Proforma, iban: str, amount: int) -> str:
    """`NIP|PL|account|amount|name|title|||`, at most 160 characters; a bar inside a text would end the field."""
    nip = re.sub(r"\D", "", proforma.issuer.get("tax_id", ""))[:10]
    name, title = _field(proforma.issuer["name"], 20), _field(proforma.number, 32)
    return f"{nip}|PL|{iban[2:]}|{amount:06d}|{name}|{title}|||"


def _field(value: str, length: int) -> str:
    """One field: bars and line breaks would end it and move what follows."""
    return re.sub(r"[|\s]+", " ", unicodedata.normalize("NFC", value)).strip()[:length]


def png(code: segno.QRCode) -> bytes:
    """The code as a PNG with the quiet zone that scanners need (four modules)."""
    out = io.BytesIO()
    code.save(out, kind="png", scale=6, border=4)
    return out.getvalue()
