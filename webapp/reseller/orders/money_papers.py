"""The papers of refunds, over- and underpayments, chargebacks and write-offs, as PDF."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.db import Database
from webapp.foundation.i18n import N_, use_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.providers.storage.port import StoragePort
from webapp.reseller.billing import paper_data as paper
from webapp.reseller.billing.models import MoneyDocument, Payment, Proforma
from webapp.reseller.partners import queries as partners

from . import papers
from .reversals import proformas_of

KINDS = {
    "overpayment": N_("Overpayment"),
    "underpayment": N_("Underpayment"),
    "refund": N_("Refund"),
    "chargeback": N_("Chargeback"),
    "write_off": N_("Write-off"),
}
MEANINGS = {
    "overpayment": N_("More was paid than was asked for. What is too much is kept as your credit."),
    "underpayment": N_("Less was paid than was asked for. This much is still missing."),
    "refund": N_("This amount is sent back to you."),
    "chargeback": N_("Your bank has taken this amount back. What your credit did not cover is owed."),
    "write_off": N_("Nobody expects this amount any more."),
}

#: Of a write-off beside a payment that was taken back.
UNDONE = N_("This was taken back later: it does not count any more.")


class Context(Protocol):
    """What making a paper needs."""

    @property
    def database(self) -> Database: ...
    @property
    def storage(self) -> StoragePort: ...


def document(session: Session, document_id: int, account_id: int | None = None) -> MoneyDocument:
    """A paper; with `account_id`, only if it is that account's. Raises NotFound."""
    found = session.scalar(select(MoneyDocument).where(MoneyDocument.id == document_id))
    if found is None or account_id not in (None, found.account_id):
        raise NotFound
    return found


def made(context: Context, document_id: int, account_id: int | None = None) -> tuple[str, bytes]:
    """(file name, PDF) of a paper."""
    with context.database.reading() as session:
        found = document(session, document_id, account_id)
        sheet, logo = money_paper(session, found), partners.brand(session).logo
    return paper.file_name(found.number), papers.with_logo(sheet, logo, context.storage).pdf()


def for_mail(context: Context, document_id: int) -> bytes:
    """The PDF of a paper, for a mail that is on its way."""
    return made(context, document_id)[1]


def money_paper(session: Session, found: MoneyDocument) -> paper.Paper:
    """Everything that the paper says, in the subscriber's language."""
    issuer, buyer = found.parties["issuer"], found.parties["buyer"]
    meaning = UNDONE if found.state == "undone" else MEANINGS[found.kind]
    with use_locale(i18n.supported(found.parties.get("locale") or "")):
        data: dict[str, Any] = {
            "lang": i18n.current_locale(),
            "page": _("Page"),
            "logo": False,
            "issuer_name": issuer["name"],
            "title": f"{_(KINDS[found.kind])} {found.number}",
            "under": [_("issued on %(day)s", day=i18n.format_date(found.issue_date, length="long"))],
            "foot": paper.foot(issuer, found.number),
            "amount": {"label": _("Amount"), "amount": i18n.format_money(found.amount, found.currency)},
            "rows": _rows(session, found),
            "parties": [(_("Issuer"), paper.party_lines(issuer)), (_("Subscriber"), paper.party_lines(buyer))],
            "notes": [_(meaning), _("This is not a VAT invoice.")],
        }
    return paper.Paper("money", data)


def _rows(session: Session, found: MoneyDocument) -> list[tuple[str, str]]:
    payment = session.scalar(select(Payment).where(Payment.id == found.payment_id)) if found.payment_id else None
    proformas = [proforma.number for proforma in proformas_of(session, payment)] if payment else []
    if found.proforma_id and not proformas:
        proformas = list(session.scalars(select(Proforma.number).where(Proforma.id == found.proforma_id)))
    received = payment and i18n.format_date(payment.received_on, length="long")
    rows = [
        (_("Payment"), f"{i18n.format_money(payment.amount, payment.currency)}, {received}" if payment else ""),
        (_("Reference"), payment.reference if payment else ""),
        (_("Proforma"), ", ".join(proformas)),
        (_("Reason"), found.reason),
    ]
    return [row for row in rows if row[1]]
