"""My invoices (W-08): the list with its filters, one of them, and its paper."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import corrections, invoice_queries
from webapp.reseller.billing import invoices as billing
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.desk import kept_filters
from webapp.reseller.orders.invoice_papers import title_of
from webapp.surfaces.shared import invoice_filters as filters
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.invoice_filters import InvoiceFilterForm
from webapp.surfaces.shared.invoice_pdf import invoice_pdf
from webapp.surfaces.shared.invoice_sheet import invoice_csv
from webapp.surfaces.shared.lists import page_number, pages_of
from webapp.surfaces.shared.rendering import render

from . import mine
from .blueprint import bp

LIST = "account.invoices"


@bp.get("/invoices")
@mine.needs(*mine.PAPERS)
def invoices() -> ResponseReturnValue:
    """The account's invoices, as the person left the list."""
    return _page()


def _page(form: InvoiceFilterForm | None = None) -> ResponseReturnValue:
    account_id = mine.account_id()
    with database().reading() as session:
        kept = kept_filters.values(session, filters.person_key(), LIST)
        wanted = filters.filter_of(kept, account_id)
        found, totals = invoice_queries.listed(session, wanted, page_number())
    refused = bool(form and form.errors)
    shown = render(
        "account/invoices.html",
        title=_("Invoices"),
        found=found,
        totals=totals,
        form=form or filters.form_of(kept, InvoiceFilterForm),
        narrowed=bool(kept) or refused,
        page_url=pages_of("account.invoices"),
    )
    return shown, 422 if refused else 200


@bp.post("/invoices/filter")
@mine.needs(*mine.PAPERS)
def invoice_filter() -> ResponseReturnValue:
    """Set the filter, or clear it."""
    form = InvoiceFilterForm()
    if not filters.set_or_clear(LIST, form, clear="clear" in request.form):
        return _page(form)
    return redirect(url_for("account.invoices"), 303)


@bp.get("/invoices/export.csv")
@mine.needs(*mine.PAPERS)
def invoice_export() -> ResponseReturnValue:
    """What the filter leaves of the account's invoices, as CSV."""
    account_id = mine.account_id()
    with database().reading() as session:
        kept = kept_filters.values(session, filters.person_key(), LIST)
        answer = invoice_csv(session, filters.filter_of(kept, account_id))
    return answer or redirect(url_for("account.invoices"), 303)


@bp.get("/invoices/<int:invoice_id>")
def invoice(invoice_id: int) -> str:
    """One of my invoices, with its corrections."""
    with database().reading() as session:
        document = billing.invoice(session, invoice_id)
        _enter(document)
        original = corrections.original_of(session, document.id)
        others = [original, *corrections.corrections_of(session, original.id)]
    related = [each for each in others if each.id != document.id]
    return render("account/invoice.html", title=title_of(document), invoice=document, related=related)


@bp.get("/invoices/<int:invoice_id>/paper.pdf")
def invoice_paper(invoice_id: int) -> ResponseReturnValue:
    """The paper."""
    with database().reading() as session:
        document = billing.invoice(session, invoice_id)
        _enter(document)
    return invoice_pdf(document.id, document.number)


def _enter(document: Invoice) -> None:
    mine.enter(document.account_id, *mine.PAPERS)
