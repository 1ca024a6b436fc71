"""When invoices are made and how they reach the buyer (H-33): by hand, or by themselves when a proforma is paid."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.db import Database
from webapp.foundation.outbox import Later
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import invoices
from webapp.reseller.billing.invoice_models import Invoice, InvoiceCopy
from webapp.reseller.billing.invoice_settings import settings_of
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.paper_data import file_name
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM, Actor

#: The day's rates come in the afternoon; until then there is nothing to do but wait.
_RATE_LATER = timedelta(hours=1)


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...


def when_paid(session: Session, proforma: Proforma) -> None:
    """The proforma is paid now: have its invoice made, if the partner wants that.

    A job of its own: that a rate of exchange is not known yet must not hold up a payment.
    """
    if settings_of(partners.partner(session)).automatic and proforma.paid_at is not None:
        key = f"{proforma.id}:{proforma.paid_at.timestamp()}"  # a payment may be undone and come again
        outbox.enqueue(session, "invoice.issue", key, {"proforma_id": proforma.id})


def issue_automatically(context: Context, lease: outbox.Lease) -> None:
    """The job: issue and send; the invoice and the end of the job are one transaction."""
    with context.database.writing() as session:
        try:
            issue(session, SYSTEM, lease.payload["proforma_id"], "automatic", send_it=True)
        except Refusal as refusal:
            if refusal.code == "rate":
                raise Later(_RATE_LATER, str(refusal)) from None
            if refusal.code not in ("unpaid", "not_found"):
                raise
        outbox.complete(session, lease)


def issue(
    session: Session,
    actor: Actor,
    proforma_id: int,
    origin: str = "manual",
    issue_date: date | None = None,
    *,
    send_it: bool = False,
) -> Invoice:
    """The invoice of a paid proforma, sent if that is wanted; one that there is already is not sent again."""
    before = invoices.of_proforma(session, proforma_id)
    if before is not None:
        return before
    invoice = invoices.issue_for_proforma(session, actor, proforma_id, origin, issue_date)
    if send_it:
        send(session, actor, invoice)
    return invoice


def send(session: Session, actor: Actor, invoice: Invoice, to: str = "") -> InvoiceCopy:
    """Mail the document to the buyer's correspondence address, or to `to`, and write that down; as often as asked.

    Raises Refusal for what is not an e-mail address.
    """
    sent = (InvoiceCopy.invoice_id == invoice.id, InvoiceCopy.kind == "sent")
    number = session.scalar(select(func.count(InvoiceCopy.id)).where(*sent)) or 0
    data = {
        "number": invoice.number,
        "kind": "invoice" if invoice.kind == invoices.INVOICE else "correction",
        "gross": invoice.gross,
        "currency": invoice.currency,
        "issue_date": invoice.issue_date,
        "reason": invoice.reason,
        "path": f"/account/invoices/{invoice.id}",
    }
    attached = {"name": file_name(invoice.number), "type": "application/pdf", "made": f"invoice:{invoice.id}"}
    message = queue_mail(
        session,
        "invoice",
        to or invoice.correspondence.get("email", ""),
        invoice.locale,
        data,
        key=f"invoice:{invoice.id}:{number}",
        about=("invoice", invoice.id),
        attachments=[attached],
    )
    return invoices.note_sent(session, actor, invoice, message.recipient)
