"""The paper of a proforma (H-35, H-36): what stands on it is read here, typst sets it outside of any session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy.orm import Session

from webapp.foundation import i18n, urls
from webapp.foundation.db import Database
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext, use_locale
from webapp.providers.errors import ProviderError
from webapp.providers.storage.port import StoragePort
from webapp.reseller.billing import paper_data as paper
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.partners import queries as partners


class Context(Protocol):
    """What making a paper needs of the worker's context."""

    @property
    def database(self) -> Database: ...
    @property
    def storage(self) -> StoragePort: ...


def made(context: Context, proforma_id: int) -> bytes:
    """The PDF of a proforma, for a mail that is on its way."""
    with context.database.reading() as session:
        sheet = proforma_paper(session, billing.proforma(session, proforma_id))
        logo = partners.brand(session).logo
    return with_logo(sheet, logo, context.storage).pdf()


def proforma_pdf(session: Session, proforma: Proforma) -> bytes:
    """The PDF at once and with the shop's name in type, where nobody minds the session that is open."""
    return proforma_paper(session, proforma).pdf()


def with_logo(sheet: paper.Paper, logo: str, storage: StoragePort) -> paper.Paper:
    """The paper with the shop's logo (a media file name, or ""). A storage that is away costs the logo, no more."""
    return bearing(sheet, picture_of(logo, storage))


def picture_of(logo: str, storage: StoragePort) -> bytes | None:
    """The picture behind a logo's name; None when there is none to be had."""
    try:
        return storage.get(logo) if logo else None
    except ProviderError:
        return None


def bearing(sheet: paper.Paper, picture: bytes | None) -> paper.Paper:
    """The paper with this picture as its logo."""
    if not picture:
        return sheet
    return replace(sheet, data=sheet.data | {"logo": True}, pictures={**sheet.pictures, "logo.png": picture})


def proforma_paper(session: Session, proforma: Proforma) -> paper.Paper:
    """Everything that the paper says, in the proforma's own language."""
    open_amount = billing.open_amount(session, proforma)
    code = transfer_qr.transfer_code(proforma, open_amount)
    with use_locale(proforma.locale):
        data = {
            "lang": proforma.locale,
            "page": _("Page"),
            "logo": False,
            "issuer_name": proforma.issuer["name"],
            "title": _("Proforma %(number)s", number=proforma.number),
            "under": _under(proforma),
            "foot": paper.foot(proforma.issuer, proforma.number),
            "pay": _pay(proforma, open_amount) | {"code": code is not None},
            "link": _link(session, proforma) if open_amount else None,
            "parties": _parties(proforma),
            "columns": _columns(),
            "lines": [_line(proforma, line) for line in proforma.lines],
            "tax_columns": paper.tax_columns(),
            "tax_rows": paper.tax_rows(proforma.tax_rows, proforma.currency),
            "sums": _sums(proforma),
            "notes": _notes(proforma),
        }
    return paper.Paper("proforma", data, {"code.png": transfer_qr.png(code)} if code else {})


def _under(proforma: Proforma) -> list[str]:
    return [
        _("issued on %(day)s", day=i18n.format_date(proforma.issue_date, length="long")),
        _("Not a VAT invoice"),
    ]


def _pay(proforma: Proforma, open_amount: int) -> dict[str, Any]:
    bank = proforma.bank
    rows = [
        (_("Account number"), paper.grouped(bank.get("iban") or "")),
        (_("Bank"), " · ".join(part for part in (bank.get("name"), bank.get("bic")) if part)),
        (_("Recipient"), proforma.issuer["name"]),
        (_("Transfer title"), proforma.number),
    ]
    if not bank.get("iban"):
        rows[0] = (_("Account number"), _("Please ask us at %(email)s.", email=proforma.issuer["email"]))
    due = _("by %(day)s", day=i18n.format_date(proforma.due_date, length="long"))
    return {
        "label": _("To pay") if open_amount else _("Nothing to pay"),
        "amount": i18n.format_money(open_amount, proforma.currency),
        "until": due if open_amount else _state_said(proforma),
        "rows": [row for row in rows if row[1]],
        "hint": _("Scan with your banking app"),
    }


def _state_said(proforma: Proforma) -> str:
    words = {"paid": _("paid"), "activated": _("paid"), "cancelled": _("cancelled"), "superseded": _("replaced")}
    return words.get(proforma.state) or _("covered by your credit")


def _link(session: Session, proforma: Proforma) -> dict[str, str]:
    """Where it can be seen and paid online: with the token nobody needs to sign in."""
    token = proforma.pay_token
    path = f"/pay/{token}" if token else f"/account/proformas/{proforma.id}"
    url = urls.link(session, partners.site_for_partner(session).primary_host, path)
    return {"text": _("See it and pay online:"), "url": url, "shown": url.partition("://")[2]}


def _parties(proforma: Proforma) -> list[tuple[str, list[str]]]:
    named = (
        (_("Issuer"), proforma.issuer),
        (_("Buyer"), proforma.buyer),
        (_("Payer"), proforma.payer),
        (_("Correspondence address"), proforma.correspondence),
    )
    return [(label, paper.party_lines(party)) for label, party in named]


def _columns() -> list[tuple[str, str, str]]:
    return [
        (_("No."), "auto", "right"),
        (_("Item"), "fr", "left"),
        (_("Quantity"), "auto", "right"),
        (_("Price"), "auto", "right"),
        (_("Tax rate"), "auto", "right"),
        (_("Amount"), "auto", "right"),
    ]


def _line(proforma: Proforma, line: ProformaLine) -> list[Any]:
    rate = paper.rate_said({"rate_bp": line.tax_rate_bp, "category": line.tax_category})
    unit, amount = (i18n.format_figure(each, proforma.currency) for each in (line.unit_amount, line.amount))
    return [str(line.position), _what(proforma, line), i18n.format_number(line.quantity), unit, rate, amount]


def _what(proforma: Proforma, line: ProformaLine) -> list[str]:
    """The item's cell: what it is, for how long, and what was taken off."""
    first = line.subject or line.description
    years = ngettext("%(num)s year", "%(num)s years", line.years) if line.years else ""
    period = paper.period(line.period_from, line.period_to)
    off = ""
    if line.discount:
        amount = i18n.format_money(line.discount, proforma.currency)
        off = _("Discount %(amount)s", amount=amount) + (f" ({line.discount_text})" if line.discount_text else "")
    said = line.description if line.subject else ""
    small = (", ".join(part for part in (said, years) if part), period, off)
    return [first, *(part for part in small if part)]


def _sums(proforma: Proforma) -> list[tuple[str, str, bool]]:
    total = (_("Total"), i18n.format_money(proforma.gross, proforma.currency), True)
    return [
        (_("Net"), i18n.format_money(proforma.net, proforma.currency), False),
        (_("Tax"), i18n.format_money(proforma.tax, proforma.currency), False),
        total,
    ]


def _notes(proforma: Proforma) -> list[str]:
    modes = {"gross": _("Prices include tax."), "net": _("Prices are without tax.")}
    renewal = _("Without payment your names are not renewed and end with their period.")
    asks = _("A proforma asks for payment. It is not a VAT invoice: that one follows when you have paid.")
    notes = (proforma.note, renewal if proforma.origin == "renewal" else "", modes[proforma.tax_mode], asks)
    return [note for note in notes if note]
