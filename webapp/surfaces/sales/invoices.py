"""VAT invoices (H-33, W-08): the list with its filters, as a file for the accountant, and a month as ZIP."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.money import to_decimal
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import invoice_queries
from webapp.reseller.billing.invoice_queries import Listed
from webapp.reseller.desk import kept_filters
from webapp.reseller.orders import invoice_files
from webapp.surfaces.shared import invoice_filters as filters
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.invoice_filters import AnyonesFilterForm, InvoiceFilterForm
from webapp.surfaces.shared.lists import page_number, pages_of
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sheets import csv_file

from . import long_work
from .blueprint import bp

LIST = "sales.invoices"
#: More rows than this no table program shows well.
MOST_ROWS = 50_000
_COLUMNS = (
    *(N_("Number"), N_("Kind"), N_("Issued on"), N_("Sold on"), N_("Paid on"), N_("Buyer"), N_("Tax number")),
    *(N_("Country"), N_("Currency"), N_("Net"), N_("Tax"), N_("Gross"), N_("Tax in local currency"), N_("Sent")),
)


@bp.get("/invoices")
def invoices() -> ResponseReturnValue:
    """The list, as the person left it."""
    return _page()


def _page(form: InvoiceFilterForm | None = None) -> ResponseReturnValue:
    """The list; with a filter that was refused, 422 and what was typed."""
    with database().reading() as session:
        kept = kept_filters.values(session, filters.person_key(), LIST)
        found, totals = invoice_queries.listed(session, filters.filter_of(kept), page_number())
    refused = bool(form and form.errors)
    shown = render(
        "sales/invoices.html",
        title=_("VAT invoices"),
        found=found,
        totals=totals,
        form=form or filters.form_of(kept, AnyonesFilterForm),
        narrowed=bool(kept) or refused,
        month=f"{clock.today(site().timezone):%Y-%m}",
        page_url=pages_of("sales.invoices"),
    )
    return shown, 422 if refused else 200


@bp.post("/invoices/filter")
def invoice_filter() -> ResponseReturnValue:
    """Set the filter, or clear it."""
    form = AnyonesFilterForm()
    if not filters.set_or_clear(LIST, form, clear="clear" in request.form):
        return _page(form)
    return redirect(url_for("sales.invoices"), 303)


@bp.get("/invoices/export.csv")
def invoice_export() -> ResponseReturnValue:
    """Everything that fits the filter, as CSV (RFC 4180) with amounts as plain decimals."""
    with database().reading() as session:
        wanted = filters.filter_of(kept_filters.values(session, filters.person_key(), LIST))
        if invoice_queries.count(session, wanted) <= MOST_ROWS:
            rows = (_row(each) for each in invoice_queries.every(session, wanted))
            return csv_file("invoices", [_(name) for name in _COLUMNS], rows)
    flash(_("These are too many for one file: set a filter, a month for example."), "warn")
    return redirect(url_for("sales.invoices"), 303)


def _row(each: Listed) -> list[Any]:
    invoice, buyer, kinds = each.invoice, each.invoice.buyer, dict(filters.KINDS)
    days = (invoice.issue_date, invoice.sale_date, invoice.paid_on)
    amounts = (to_decimal(amount, invoice.currency) for amount in (invoice.net, invoice.tax, invoice.gross))
    local = sum(row["tax"] for row in invoice.local_rows)
    names = (buyer.get("organisation") or buyer.get("name"), buyer.get("tax_id"), buyer.get("country"))
    return [
        *(invoice.number, _(kinds[invoice.kind]), *days, *names, invoice.currency, *amounts),
        to_decimal(local, invoice.rate["currency"]) if invoice.local_rows else "",
        _("yes") if each.sent else _("no"),
    ]


@bp.post("/invoices/month")
@people.idempotent
def invoice_month() -> ResponseReturnValue:
    """A month as ZIP: start to make it, and show how far it is."""
    with told():
        with database().writing() as session:
            work = invoice_files.start(session, actor(), _month(request.form.get("month", "")))
        return long_work.show(work)
    return redirect(url_for("sales.invoices"), 303)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text.strip()[:7]}-01")
    except ValueError:
        raise Refusal("month", N_("Choose a month, like 2026-11."), "month") from None


@bp.get("/invoices/month/<int:work_id>.zip")
def invoices_file(work_id: int) -> Response:
    """The finished file, for staff of the partner whose it is."""
    work = long_work.done(work_id, invoice_files.KIND)
    return long_work.file_of(work, f"invoices-{work.data['first'][:7]}")
