"""One VAT invoice (H-33): its page, copy and duplicate, sending, and issuing it from a paid proforma."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.billing import corrections, invoice_queries, invoices
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.desk import lists
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.orders import invoicing
from webapp.reseller.orders.invoice_papers import title_of
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.invoice_pdf import invoice_pdf
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.get("/invoices/<int:invoice_id>")
def invoice(invoice_id: int) -> str:
    """The document, what became of it, and what can be done with it."""
    with database().reading() as session:
        facts = _facts(session, invoices.invoice(session, invoice_id))
    return render("sales/invoice.html", **facts)


def _facts(session: Session, document: Invoice) -> dict[str, Any]:
    original = corrections.original_of(session, document.id)
    copies = invoice_queries.copies_of(session, document.id)
    return {
        "title": document.number,
        "invoice": document,
        "name": title_of(document),
        "original": original,
        "corrections": corrections.corrections_of(session, original.id),
        "duplicates": [each for each in copies if each.kind == "duplicate"],
        "sent": [each for each in copies if each.kind == "sent"],
        "proformas": lists.proforma_numbers(session, [document.proforma_id]),
        "messages": notifications.messages_about(session, "invoice", document.id),
        "events": partners.audit_events(session, object_kind="invoice", object_id=document.id).items,
    }


@bp.get("/invoices/<int:invoice_id>/paper.pdf")
def invoice_paper(invoice_id: int) -> ResponseReturnValue:
    """The paper: the copy is the same document once more."""
    with database().reading() as session:
        number = invoices.invoice(session, invoice_id).number
    return invoice_pdf(invoice_id, number)


@bp.post("/invoices/<int:invoice_id>/duplicate")
@people.idempotent
def invoice_duplicate(invoice_id: int) -> ResponseReturnValue:
    """Make a duplicate with today's date; its paper is on the page from then on."""
    with database().writing() as session:
        copy = invoices.duplicate(session, actor(), invoice_id)
    flash(_("The duplicate is made. You find it below."))
    return redirect(url_for("sales.invoice", invoice_id=invoice_id, _anchor=f"copy-{copy.id}"), 303)


@bp.get("/invoices/<int:invoice_id>/duplicates/<int:copy_id>.pdf")
def invoice_duplicate_paper(invoice_id: int, copy_id: int) -> ResponseReturnValue:
    """The paper of a duplicate, with the word and its own date."""
    with database().reading() as session:
        number = invoices.invoice(session, invoice_id).number
        copies = {each.id: each for each in invoice_queries.copies_of(session, invoice_id) if each.kind == "duplicate"}
    if copy_id not in copies:
        raise NotFound
    return invoice_pdf(invoice_id, number, copies[copy_id].made_on)


@bp.post("/invoices/<int:invoice_id>/send")
@people.idempotent
def invoice_send(invoice_id: int) -> ResponseReturnValue:
    """Mail it to the buyer's correspondence address, or to another one."""
    with told():
        with database().writing() as session:
            document = invoices.invoice(session, invoice_id)
            copy = invoicing.send(session, actor(), document, request.form.get("to", "").strip())
        flash(_("%(number)s is on its way to %(email)s.", number=document.number, email=copy.recipient))
    return redirect(url_for("sales.invoice", invoice_id=invoice_id), 303)


@bp.post("/proformas/<int:proforma_id>/invoice")
@people.idempotent
def issue_invoice(proforma_id: int) -> ResponseReturnValue:
    """Issue the VAT invoice of a paid proforma, and mail it if that is wanted."""
    send_it = "send" in request.form
    with told():
        with database().writing() as session:
            document = invoicing.issue(session, actor(), proforma_id, send_it=send_it)
        said_so = _("%(number)s is issued and on its way by mail.") if send_it else _("%(number)s is issued.")
        flash(said_so % {"number": document.number})
        return redirect(url_for("sales.invoice", invoice_id=document.id), 303)
    return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)
