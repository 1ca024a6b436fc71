"""What stands on an invoice, apart from where it comes from: tax rows, legal notes, the hash over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from webapp.foundation.money import tax_row

from . import tax
from .invoice_models import Invoice, InvoiceLine
from .invoice_settings import InvoiceSettings

#: Poland: at more than this (gross, grosze) an invoice between businesses names the split payment (article 108a).
SPLIT_PAYMENT_ABOVE = 15_000_00

_DOCUMENT = (
    *("kind", "series", "year", "sequence", "number", "origin", "proforma_id", "corrects_id", "locale", "currency"),
    *("issue_date", "sale_date", "due_date", "paid_on", "tax_mode", "tax_regime", "net", "tax", "gross", "tax_rows"),
    *("local_rows", "rate", "issuer", "buyer", "payer", "correspondence", "bank", "notes", "reason", "issued_at"),
)
_LINE = (
    *("position", "kind", "operation", "description", "subject", "period_from", "period_to", "quantity", "unit"),
    *("unit_amount", "amount", "discount", "tax_rate_bp", "tax_category", "corrects"),
)


def tax_rows_of(lines: Iterable[Mapping[str, Any]], *, gross: bool) -> list[dict[str, Any]]:
    """Tax once per rate and category, the highest rate first (EN 16931 BG-23)."""
    groups: dict[tuple[int, str], int] = {}
    for line in lines:
        key = (line["tax_rate_bp"], line["tax_category"])
        groups[key] = groups.get(key, 0) + line["amount"]
    ordered = sorted(groups, key=lambda key: (-key[0], key[1]))
    return [{**asdict(tax_row(key[0], groups[key], gross=gross)), "category": key[1]} for key in ordered]


def differences(after: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tax rows of a correction: what each rate and category has more than before, without those that stay."""
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for sign, side in ((1, after), (-1, before)):
        for row in side:
            key = (row["rate_bp"], row["category"])
            found = rows.setdefault(key, {**row, "net": 0, "tax": 0, "gross": 0})
            found.update({name: found[name] + sign * row[name] for name in ("net", "tax", "gross")})
    ordered = sorted(rows, key=lambda key: (-key[0], key[1]))
    return [rows[key] for key in ordered if any(rows[key][name] for name in ("net", "tax", "gross"))]


def totals(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Net, tax and gross of a document."""
    found = list(rows)
    return {name: sum(row[name] for row in found) for name in ("net", "tax", "gross")}


def legal_notes(regime: str, buyer: Mapping[str, Any], gross_pln: int, rules: InvoiceSettings) -> list[str]:
    """Codes of the sentences that the law wants on the paper. `gross_pln`: 0 for an issuer outside Poland."""
    codes = {tax.REVERSE: "reverse_charge", tax.EXEMPT: "exempt", tax.OSS: "oss", tax.EXPORT: "export"}
    notes = [codes[regime]] if regime in codes else []
    if rules.split_payment and gross_pln > SPLIT_PAYMENT_ABOVE and buyer.get("tax_id"):
        notes.append("split_payment")
    return notes


def hash_of(invoice: Invoice) -> str:
    """SHA-256 over everything that stands on the document, as JSON with sorted keys and no spaces.

    Not over whose list it is in: accounts may be merged, the paper stays.
    """
    facts = {name: getattr(invoice, name) for name in _DOCUMENT}
    facts["lines"] = [{name: getattr(line, name) for name in _LINE} for line in _ordered(invoice.lines)]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(lines: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    return sorted(lines, key=lambda line: line.position)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")
