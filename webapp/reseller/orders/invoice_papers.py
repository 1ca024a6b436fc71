"""The paper of a VAT invoice, its duplicate and its correction (H-33): read here, set by typst outside of a session.

Everything comes from the stored document alone, so that the paper is the same whenever it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import use_locale
from webapp.reseller.billing import corrections, invoices
from webapp.reseller.billing import paper_data as paper
from webapp.reseller.billing.invoice_models import Invoice, InvoiceLine
from webapp.reseller.partners import queries as partners

from .papers import Context, with_logo

Row = Mapping[str, Any]


def made(context: Context, invoice_id: int, duplicate_of: date | None = None) -> bytes:
    """The PDF of an invoice or correction, with the shop's logo; with a day, the duplicate that was made then."""
    with context.database.reading() as session:
        sheet = invoice_paper(session, invoices.invoice(session, invoice_id), duplicate_of)
        logo = partners.brand(session).logo
    return with_logo(sheet, logo, context.storage).pdf()


def invoice_paper(session: Session, invoice: Invoice, duplicate_of: date | None = None) -> paper.Paper:
    """Everything that the paper says, in the document's own language."""
    with use_locale(invoice.locale):
        before = _before(session, invoice)
        data = {
            "lang": invoice.locale,
            "page": _("Page"),
            "logo": False,
            "issuer_name": invoice.issuer["name"],
            "title": title_of(invoice),
            "under": [],
            "stamp": _("DUPLICATE of %(day)s", day=_day(duplicate_of)) if duplicate_of else None,
            "foot": paper.foot(invoice.issuer, invoice.number),
            "facts": _facts(invoice, before),
            "parties": _parties(invoice, before),
            "tables": _tables(invoice),
            "tax_columns": paper.tax_columns(),
            "tax_rows": paper.tax_rows(invoice.tax_rows, invoice.currency),
            "sums": _sums(invoice),
            "local": _local(invoice),
            "notes": _notes(invoice),
        }
    return paper.Paper("invoice", data, standard="a-3b")


def title_of(invoice: Invoice) -> str:
    """What the document calls itself; who pays no VAT writes no VAT invoice."""
    if invoice.kind == invoices.CORRECTION:
        return _("Correcting invoice %(number)s", number=invoice.number)
    if invoice.tax_regime == "exempt":
        return _("Invoice %(number)s", number=invoice.number)
    return _("VAT invoice %(number)s", number=invoice.number)


def _day(day: date) -> str:
    return i18n.format_date(day, length="long")


class _Before:
    """What a correction starts from: its invoice, and the state before it."""

    def __init__(self, session: Session, correction: Invoice) -> None:
        self.original = corrections.original_of(session, correction.id)
        self.state = corrections.state_of(session, self.original, until=correction.id)


def _before(session: Session, invoice: Invoice) -> _Before | None:
    return _Before(session, invoice) if invoice.kind == invoices.CORRECTION else None


def _facts(invoice: Invoice, before: _Before | None) -> list[tuple[str, str]]:
    rows = [(_("Issued on"), _day(invoice.issue_date)), (_("Sold on"), _day(invoice.sale_date))]
    if before is None:
        return [*rows, (_("Due on"), _day(invoice.due_date))]
    original = before.original
    said = _("%(number)s of %(day)s", number=original.number, day=_day(original.issue_date))
    rows.append((_("Corrects the invoice"), said))
    if before.state.numbers:
        rows.append((_("After the corrections"), ", ".join(before.state.numbers)))
    return [*rows, (_("Reason"), invoice.reason)]


def _parties(invoice: Invoice, before: _Before | None) -> list[tuple[str, list[str]]]:
    named: list[tuple[str, Row]] = [(_("Seller"), invoice.issuer), (_("Buyer"), invoice.buyer)]
    if before is not None and before.state.parties["buyer"] != invoice.buyer:
        named.insert(1, (_("Buyer before the correction"), before.state.parties["buyer"]))
    if invoice.payer != invoice.buyer:
        named.append((_("Payer"), invoice.payer))
    if invoice.correspondence not in (invoice.buyer, invoice.payer):
        named.append((_("Correspondence address"), invoice.correspondence))
    return [(label, paper.party_lines(party)) for label, party in named]


def _tables(invoice: Invoice) -> list[dict[str, Any]]:
    if invoice.kind == invoices.INVOICE:
        lines = [_line(invoice, line, _stated(line)) for line in invoice.lines]
        return [{"label": "", "columns": _columns(invoice), "lines": lines}]
    sides = ((_("Before the correction"), "before"), (_("After the correction"), "after"))
    return [
        {
            "label": label,
            "columns": _columns(invoice),
            "lines": [_line(invoice, line, line.corrects[side]) for line in invoice.lines],
        }
        for label, side in sides
        if invoice.lines
    ]


def _stated(line: InvoiceLine) -> Row:
    names = ("description", "quantity", "unit_amount", "amount", "discount", "tax_rate_bp", "tax_category")
    return {name: getattr(line, name) for name in names}


def _columns(invoice: Invoice) -> list[tuple[str, str, str]]:
    gross = invoice.tax_mode == "gross"
    return [
        (_("No."), "auto", "right"),
        (_("Item"), "fr", "left"),
        (_("Quantity"), "auto", "right"),
        (_("Gross price") if gross else _("Net price"), "auto", "right"),
        (_("Tax rate"), "auto", "right"),
        (_("Gross amount") if gross else _("Net amount"), "auto", "right"),
    ]


def _line(invoice: Invoice, line: InvoiceLine, stated: Row) -> list[Any]:
    rate = paper.rate_said({"rate_bp": stated["tax_rate_bp"], "category": stated["tax_category"]})
    unit, amount = (i18n.format_figure(stated[name], invoice.currency) for name in ("unit_amount", "amount"))
    quantity = _("%(number)s pcs", number=i18n.format_number(stated["quantity"]))
    off = _("Discount %(amount)s", amount=i18n.format_money(stated["discount"], invoice.currency))
    small = [
        stated["description"] if line.subject else "",
        paper.period(line.period_from, line.period_to),
        off if stated["discount"] else "",
    ]
    what = [line.subject or stated["description"], *(each for each in small if each)]
    return [str(line.position), what, quantity, unit, rate, amount]


def _sums(invoice: Invoice) -> list[tuple[str, str, bool]]:
    def money(amount: int) -> str:
        return i18n.format_money(amount, invoice.currency)

    rows = [(_("Net"), money(invoice.net), False), (_("Tax"), money(invoice.tax), False)]
    if invoice.kind == invoices.CORRECTION:
        label = _("To be returned") if invoice.gross < 0 else _("To be paid on top")
        return [*rows, (_("Difference"), money(invoice.gross), True), (label, money(abs(invoice.gross)), False)]
    rows.append((_("Total"), money(invoice.gross), True))
    if invoice.paid_on is None:
        return [*rows, (_("To pay"), money(invoice.gross), False)]
    paid = _("Paid on %(day)s", day=i18n.format_date(invoice.paid_on))
    return [*rows, (paid, money(invoice.gross), False), (_("To pay"), money(0), False)]


def _local(invoice: Invoice) -> dict[str, Any] | None:
    """Tax in the currency of the issuer's country, and by which rate."""
    rate = invoice.rate
    if not invoice.local_rows or not rate:
        return None
    shown = {"source": rate["source"].upper(), "number": rate["number"], "day": _day(date.fromisoformat(rate["day"]))}
    worth = i18n.format_number(Decimal(rate["rate"]))
    names = {"currency": invoice.currency, "rate": worth, "local": rate["currency"], **shown}
    by = _("1 %(currency)s = %(rate)s %(local)s, %(source)s %(number)s, %(day)s", **names)
    return {
        "label": _("Tax in %(currency)s", currency=rate["currency"]),
        "columns": paper.tax_columns(),
        "rows": paper.tax_rows(invoice.local_rows, rate["currency"]),
        "text": by,
    }


def _notes(invoice: Invoice) -> Sequence[str]:
    """The sentences behind the codes of the law (Directive 2006/112/EC, article 226; Poland: article 106e)."""
    words = {
        "reverse_charge": _("Reverse charge: the buyer accounts for the tax."),
        "exempt": _("The seller is exempt from VAT."),
        "oss": _("Tax of the buyer's country, paid through the one-stop shop (OSS)."),
        "export": _("Not subject to VAT in the seller's country: the place of supply is the buyer's country."),
        "split_payment": _("Split payment mechanism"),
    }
    return [words[code] for code in invoice.notes if code in words]
