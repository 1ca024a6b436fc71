"""QR codes for bank transfers: what a banking app scans from a proforma, in the format of the account's country."""

from __future__ import annotations

import io
import re
from functools import lru_cache

import segno
from stdnum import iban as iban_numbers

from .models import Proforma
from .transfer_formats import FORMATS, Transfer


def transfer_code(proforma: Proforma, amount: int) -> segno.QRCode | None:
    """The code for paying `amount` minor units of a proforma.

    None when there is no such format for the currency and the account's country, or when it cannot carry the amount:
    no code is better than a wrong one.
    """
    iban = re.sub(r"\s", "", proforma.bank.get("iban") or "").upper()
    if amount <= 0 or not iban_numbers.is_valid(iban):
        return None
    here, anywhere = (proforma.currency, iban[:2]), (proforma.currency, "")
    written, error = FORMATS.get(here) or FORMATS.get(anywhere) or (None, "")
    text = written(_transfer(proforma, iban, amount)) if written else ""
    return _drawn(text, error) if text else None


@lru_cache(maxsize=256)
def _drawn(text: str, error: str) -> segno.QRCode:
    """A mail, its PDF and the page behind it show one code: drawing it takes as long as setting the PDF."""
    # UTF-8 always: scanners misread the smaller character sets that the library would pick.
    return segno.make_qr(text, error=error, encoding="utf-8", boost_error=False)


def _transfer(proforma: Proforma, iban: str, amount: int) -> Transfer:
    bic = re.sub(r"\s", "", proforma.bank.get("bic") or "").upper()
    return Transfer(
        iban=iban,
        bic=bic if len(bic) in (8, 11) else "",
        name=proforma.issuer["name"],
        tax_id=proforma.issuer.get("tax_id") or "",
        amount=amount,
        currency=proforma.currency,
        title=proforma.number,
        symbol=re.sub(r"\D", "", proforma.number)[-10:],
        due=proforma.due_date,
    )


def png(code: segno.QRCode) -> bytes:
    """The code as a PNG with the quiet zone that scanners need (four modules)."""
    out = io.BytesIO()
    code.save(out, kind="png", scale=6, border=4)
    return out.getvalue()
