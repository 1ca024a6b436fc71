"""VAT invoices (H-33, W-08): the list with its filters, as a file for the accountant, and a month as ZIP."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import invoice_queries
from webapp.reseller.desk import kept_filters
from webapp.reseller.orders import invoice_files
from webapp.surfaces.shared import invoice_filters as filters
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.invoice_filters import AnyonesFilterForm, InvoiceFilterForm
from webapp.surfaces.shared.invoice_sheet import invoice_csv
from webapp.surfaces.shared.lists import page_number, pages_of
from webapp.surfaces.shared.rendering import render

from . import long_work
from .blueprint import bp

LIST = "sales.invoices"


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
    """Everything that fits the filter, as CSV."""
    with database().reading() as session:
        wanted = filters.filter_of(kept_filters.values(session, filters.person_key(), LIST))
        answer = invoice_csv(session, wanted, with_sent=True)
    return answer or redirect(url_for("sales.invoices"), 303)


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
