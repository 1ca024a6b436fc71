"""Invoices as a table for an accountant: what a filter leaves, as CSV (RFC 4180) with amounts as plain decimals."""

from __future__ import annotations

from typing import Any

from flask import Response, flash
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.money import to_decimal
from webapp.reseller.billing import invoice_queries
from webapp.reseller.billing.invoice_queries import InvoiceFilter, Listed

from .invoice_filters import KINDS
from .sheets import csv_file

#: More rows than this no table program shows well.
MOST_ROWS = 50_000
_COLUMNS = (
    *(N_("Number"), N_("Kind"), N_("Issued on"), N_("Sold on"), N_("Paid on"), N_("Buyer"), N_("Tax number")),
    *(N_("Country"), N_("Currency"), N_("Net"), N_("Tax"), N_("Gross"), N_("Tax in local currency")),
)


def invoice_csv(session: Session, wanted: InvoiceFilter, *, with_sent: bool = False) -> Response | None:
    """Everything that fits the filter; None when it is too much for one file, which is said. `with_sent`: whether each
    was sent, for the issuer."""
    if invoice_queries.count(session, wanted) > MOST_ROWS:
        flash(_("These are too many for one file: set a filter, a month for example."), "warn")
        return None
    header = [_(name) for name in _COLUMNS] + ([_("Sent")] if with_sent else [])
    found = invoice_queries.every(session, wanted)
    return csv_file("invoices", header, (_row(each) + _sent(each, with_sent) for each in found))


def _row(each: Listed) -> list[Any]:
    invoice, buyer, kinds = each.invoice, each.invoice.buyer, dict(KINDS)
    days = (invoice.issue_date, invoice.sale_date, invoice.paid_on)
    amounts = (to_decimal(amount, invoice.currency) for amount in (invoice.net, invoice.tax, invoice.gross))
    local = sum(row["tax"] for row in invoice.local_rows)
    names = (buyer.get("organisation") or buyer.get("name"), buyer.get("tax_id"), buyer.get("country"))
    return [
        *(invoice.number, _(kinds[invoice.kind]), *days, *names, invoice.currency, *amounts),
        to_decimal(local, invoice.rate["currency"]) if invoice.local_rows else "",
    ]


def _sent(each: Listed, with_sent: bool) -> list[str]:
    return [_("yes") if each.sent else _("no")] if with_sent else []
