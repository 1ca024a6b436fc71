"""What stands on a paper, as finished texts in the document's language: parties, account, rows, sums.

Shared by the papers of proformas and invoices; the templates in `paper/` only set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from webapp.foundation import i18n, pdf
from webapp.foundation.i18n import gettext as _
from webapp.reseller.partners import validate

FOLDER = Path(__file__).with_name("paper")


@dataclass(frozen=True)
class Paper:
    """Everything that one paper needs: its template's name, its data, the pictures that it shows."""

    template: str
    data: dict[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    standard: str = ""  # see pdf.compiled

    def pdf(self) -> bytes:
        """The paper; milliseconds of pure computing, so do it outside of a session."""
        return pdf.compiled(FOLDER / f"{self.template}.typ", self.data, self.pictures, self.standard)


def file_name(number: str) -> str:
    """The number of a document as the name of a file: "PRO/2026/00007" -> "PRO-2026-00007.pdf"."""
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in number) + ".pdf"


def grouped(iban: str) -> str:
    """An account number in groups of four, as it is printed (ISO 13616); the spaces do not break."""
    compact = "".join(iban.split())
    return "\u00a0".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def rate(basis_points: int) -> str:
    """2300 -> "23%", as the language writes it."""
    return i18n.format_percent(Decimal(basis_points) / 10_000)


def party_lines(party: Mapping[str, Any]) -> list[str]:
    """A party (see billing.models.Proforma) line by line: name first, then the address, then its number."""
    organisation, name = party.get("organisation") or "", party.get("name") or ""
    town = f"{party.get('postcode') or ''} {party.get('city') or ''}".strip()
    country = party.get("country") or ""
    number = party.get("tax_id") or ""
    lines = (
        organisation or name,
        name if organisation and name != organisation else "",
        party.get("street") or "",
        town,
        dict(validate.countries(i18n.current_locale())).get(country, country),
        _("Tax number: %(number)s", number=number) if number else "",
    )
    return [line for line in lines if line]


def tax_columns() -> list[tuple[str, str, str]]:
    """The head of the table of tax rates."""
    right = [(_("Tax rate"), "auto", "left"), (_("Net"), "auto", "right"), (_("Tax"), "auto", "right")]
    return [*right, (_("Gross"), "auto", "right")]


def tax_rows(rows: Iterable[Mapping[str, Any]], currency: str) -> list[list[str]]:
    """A row a tax rate, as the document stores them."""
    amounts = ("net", "tax", "gross")
    return [[rate_said(row), *(i18n.format_figure(row[name], currency) for name in amounts)] for row in rows]


def rate_said(row: Mapping[str, Any]) -> str:
    """The rate of a tax row or line; for the ones that charge nothing, why (EN 16931, BT-151)."""
    words = {
        "AE": _("reverse charge"),
        "E": _("exempt"),
        "G": _("export"),
        "O": _("not subject"),
    }
    return words.get(row.get("category") or "S") or rate(row["rate_bp"])


def foot(issuer: Mapping[str, Any], number: str) -> str:
    """The line at the foot of every page."""
    return " · ".join(part for part in (number, *party_lines(issuer)[:1], issuer.get("email") or "") if part)


def period(starts: Any, ends: Any) -> str:
    """From when until when, as the language writes days; "" for an item without a period."""
    if not starts or not ends:
        return ""
    return f"{i18n.format_date(starts)} – {i18n.format_date(ends)}"
