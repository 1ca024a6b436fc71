"""What banking apps read from the code on a proforma, as text: one function a country.

EUR: EPC069-12 version 002 (European Payments Council). Poland: recommendation of the Polish Bank Association (ZBP),
2013. Czechia: SPAYD 1.0 (Czech Banking Association). Slovakia: PAY by square 1.1.0 (Slovak Banking Association).
Hungary: "A magyarországi egységes QR-kód" (MNB), 2019.
"""

from __future__ import annotations

import base64
import lzma
import re
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from webapp.foundation.money import to_decimal


@dataclass(frozen=True)
class Transfer:
    """Money that shall arrive: `amount` in minor units, `symbol` up to ten digits that name the proforma."""

    iban: str
    bic: str  # 8 or 11 characters, or ""
    name: str
    tax_id: str
    amount: int
    currency: str
    title: str
    symbol: str
    due: date


#: Why LZMA1 as raw stream: the specification of PAY by square says so, with these parameters (3.11).
_LZMA = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 128 * 1024}]
#: How long after the due date a Hungarian code may still be paid; it must name an end.
_STILL_PAYABLE = timedelta(days=60)


def field(value: str, length: int) -> str:
    """One field: bars, stars and line breaks would end it and move what follows."""
    return re.sub(r"[|*\s]+", " ", unicodedata.normalize("NFC", value)).strip()[:length].strip()


def epc(transfer: Transfer) -> str:
    """Twelve lines (EPC069-12, table 1); the IBAN alone suffices within the EEA (version 002)."""
    if not 0 < transfer.amount <= 99_999_999_999:
        return ""
    amount = f"EUR{to_decimal(transfer.amount, 'EUR'):.2f}"
    lines = ("BCD", "002", "1", "SCT", transfer.bic, field(transfer.name, 70), transfer.iban, amount, "", "")
    return "\n".join((*lines, field(transfer.title, 140)))


def zbp(transfer: Transfer) -> str:
    """`NIP|PL|account|amount|name|title|||`, at most 160 characters; six digits for grosze."""
    if not 0 < transfer.amount <= 999_999 or len(transfer.iban) != 28:
        return ""
    nip = re.sub(r"\D", "", transfer.tax_id)[:10]
    parts = (nip, "PL", transfer.iban[2:], f"{transfer.amount:06d}", field(transfer.name, 20))
    return "|".join((*parts, field(transfer.title, 32), "", "", ""))


def spayd(transfer: Transfer) -> str:
    """`SPD*1.0*KEY:value*...`; a value is percent-encoded where it is no plain character."""
    if not 0 < transfer.amount <= 999_999_999:
        return ""
    account = f"{transfer.iban}+{transfer.bic}" if transfer.bic else transfer.iban
    values = {
        "ACC": account,
        "AM": f"{to_decimal(transfer.amount, 'CZK'):.2f}",
        "CC": "CZK",
        "RN": quote(field(transfer.name, 35), safe=" .,-/"),
        "DT": f"{transfer.due:%Y%m%d}",
        "MSG": quote(field(transfer.title, 60), safe=" .,-/"),
        "X-VS": transfer.symbol,
    }
    return "*".join(("SPD", "1.0", *(f"{key}:{value}" for key, value in values.items() if value)))


def pay_by_square(transfer: Transfer) -> str:
    """Fields with tabs between them, their CRC-32, compressed, behind a header and the length, in base32hex."""
    if not 0 < transfer.amount <= 99_999_999_999:
        return ""
    fields = (
        "", "1", "1",  # no invoice number; one payment; a payment order
        f"{to_decimal(transfer.amount, 'EUR'):.2f}", "EUR", f"{transfer.due:%Y%m%d}",
        transfer.symbol, "", "", "",  # constant and specific symbol; SEPA reference
        field(transfer.title, 140), "1", transfer.iban, transfer.bic,
        "0", "0",  # no standing order, no direct debit
        field(transfer.name, 70), "", "",
    )  # fmt: skip
    data = "\t".join(fields).encode()
    whole = zlib.crc32(data).to_bytes(4, "little") + data
    packed = lzma.compress(whole, format=lzma.FORMAT_RAW, filters=_LZMA)
    # Header: type 0 (PAY), version 1 (1.1.0), document 0, reserved 0; four bits each.
    return base64.b32hexencode(b"\x01\x00" + len(whole).to_bytes(2, "little") + packed).decode().rstrip("=")


def mnb(transfer: Transfer) -> str:
    """Seventeen lines, each ended; whole forints, and the bank must be named."""
    forints, rest = divmod(transfer.amount, 100)
    if rest or not 0 < forints < 10**12 or not transfer.bic:
        return ""
    end = datetime.combine(transfer.due + _STILL_PAYABLE, time(23, 59, 59), ZoneInfo("Europe/Budapest"))
    offset = end.utcoffset() or timedelta()
    until = f"{end:%Y%m%d%H%M%S}+{offset // timedelta(hours=1)}"
    head = ("HCT", "001", "1", transfer.bic, field(transfer.name, 70), transfer.iban, f"HUF{forints}", until)
    lines = (*head, "", field(transfer.title, 70), "", "", field(transfer.title, 35), "", "", "", "")
    return "".join(f"{line}\n" for line in lines)


#: (currency, country of the account, or "" for any other one) -> payload and the level of error correction it asks for.
FORMATS: dict[tuple[str, str], tuple[Callable[[Transfer], str], str]] = {
    ("PLN", "PL"): (zbp, "l"),
    ("CZK", "CZ"): (spayd, "m"),
    ("EUR", "SK"): (pay_by_square, "m"),
    ("HUF", "HU"): (mnb, "m"),
    ("EUR", ""): (epc, "m"),
}
