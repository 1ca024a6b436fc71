"""Which mail goes out when. The words and the looks are in the notifications room."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import paper_data, transfer_qr
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.models import Product
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.services import by_hand_queries
from webapp.reseller.services.models import Domain, ProvisioningOperation, Service, ServiceTask

from .models import OrderLine
from .subjects import Subject, kind_of, name_of


def proforma_issued(session: Session, proforma: Proforma) -> None:
    """The proforma itself, to the correspondence address (H-24, H-34, H-35)."""
    _proforma(session, "proforma", proforma, f"proforma:{proforma.id}")


def proforma_changed(session: Session, proforma: Proforma) -> None:
    """The proforma once more, since it is written to somebody else now."""
    _proforma(session, "proforma", proforma, f"proforma:{proforma.id}:{clock.now().timestamp()}")


def proforma_reminder(session: Session, proforma: Proforma) -> None:
    """A word about a proforma that is not paid yet; the caller has counted it."""
    _proforma(session, "proforma_reminder", proforma, f"reminder:{proforma.id}:{proforma.reminders}")


def _proforma(session: Session, kind: str, proforma: Proforma, key: str) -> None:
    data, attachments = proforma_data(session, proforma)
    to, about = proforma.correspondence["email"], ("proforma", proforma.id)
    queue_mail(session, kind, to, proforma.locale, data, key=key, about=about, attachments=attachments)


def proforma_data(session: Session, proforma: Proforma) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Everything that stands on a proforma; the QR code of the transfer as an inline picture if there is one, and the
    paper, which is made when the mail is sent."""
    amount = billing.open_amount(session, proforma)
    code = transfer_qr.transfer_code(proforma, amount)
    attachments = [_picture(transfer_qr.png(code))] if code else []
    paper = {
        "name": paper_data.file_name(proforma.number),
        "type": "application/pdf",
        "made": f"proforma:{proforma.id}",
    }
    fields = ("number", "currency", "gross", "net", "tax", "tax_rows", "tax_mode", "issuer", "buyer", "payer")
    data: dict[str, Any] = {field: getattr(proforma, field) for field in (*fields, "correspondence", "bank", "origin")}
    data |= {
        "issue_date": proforma.issue_date,
        "due_date": proforma.due_date,
        "late": clock.today(partners.partner(session).timezone) > proforma.due_date,
        "open_amount": amount,
        "lines": proforma.lines,
        "has_qr": bool(code),
        "path": f"/pay/{proforma.pay_token}" if proforma.pay_token else f"/account/proformas/{proforma.id}",
    }
    return data, [*attachments, paper]


def _picture(png: bytes) -> dict[str, Any]:
    return {"name": "transfer.png", "type": "image/png", "base64": base64.b64encode(png).decode(), "cid": "qr"}


def payment_received(session: Session, proforma: Proforma) -> None:
    """Thanks: the proforma is paid. Once, however many payments it took."""
    data = {"number": proforma.number, "gross": proforma.gross, "currency": proforma.currency}
    data["path"] = f"/account/proformas/{proforma.id}"
    key, about = f"paid:{proforma.id}", ("proforma", proforma.id)
    queue_mail(
        session, "payment_received", proforma.correspondence["email"], proforma.locale, data, key=key, about=about
    )


def buyer_asked(session: Session, proforma: Proforma, contact: Contact, by: str) -> None:
    """Tell the partner that a subscriber waits for its word about another buyer."""
    partner = partners.partner(session)
    data = _buyers(proforma, contact) | {"by": by, "path": f"/proformas/{proforma.id}"}
    key = f"buyer-asked:{proforma.id}:{clock.now().timestamp()}"
    about = ("proforma", proforma.id)
    queue_mail(session, "buyer_asked_partner", partner.email, partner.default_locale, data, key=key, about=about)


def buyer_declined(session: Session, proforma: Proforma, contact: Contact) -> None:
    """Tell the subscriber that the partner does not agree to another buyer."""
    data = _buyers(proforma, contact) | {"path": f"/account/proformas/{proforma.id}"}
    data |= {"gross": proforma.gross, "currency": proforma.currency, "due_date": proforma.due_date}
    key, to = f"buyer-declined:{proforma.id}:{clock.now().timestamp()}", proforma.correspondence["email"]
    queue_mail(session, "buyer_declined", to, proforma.locale, data, key=key, about=("proforma", proforma.id))


def _buyers(proforma: Proforma, contact: Contact) -> dict[str, Any]:
    before = proforma.buyer.get("organisation") or proforma.buyer.get("name")
    after = contact.organisation or contact.name
    return {"number": proforma.number, "before": before, "buyer": after, "tax_id": contact.tax_id}


def delivered(session: Session, proforma: Proforma, domains: Sequence[Domain], operation: str) -> None:
    """Your names are registered (or renewed), with the registry's expiry dates."""
    rows = [{"name": domain.name_unicode, "ends_on": domain.ends_on} for domain in domains]
    data = {"domains": rows, "operation": operation, "number": proforma.number, "path": "/account/domains"}
    key, about = f"delivered:{proforma.id}", ("proforma", proforma.id)
    queue_mail(session, "domains_active", proforma.correspondence["email"], proforma.locale, data, key=key, about=about)


def service_ready(session: Session, proforma: Proforma, service: Service, line: OrderLine) -> None:
    """A service that a person made runs: where its access data are. They never stand in a mail."""
    product = session.scalars(select(Product).where(Product.id == service.product_id)).one()
    locales = (proforma.locale, partners.partner(session).default_locale)
    handed = bool(service.access or by_hand_queries.files_of(session, service.id))
    data = {"name": service.label, "kind": service.kind, "product": plans.name_in(product, *locales),
            "operation": line.operation, "handed": handed, "ends_on": service.ends_on, "number": proforma.number,
            "path": f"/account/services/{service.id}"}  # fmt: skip
    key, about = f"service:{line.id}", ("service", service.id)
    queue_mail(session, "service_ready", proforma.correspondence["email"], proforma.locale, data, key=key, about=about)


def not_delivered(session: Session, proforma: Proforma, subject: Subject, outcome: str, amount: int) -> None:
    """Something is lost or refused: tell the subscriber where the money is, and the partner what happened."""
    kind = kind_of(subject)
    data = {
        "name": name_of(subject),
        "kind": kind,
        "reason": _reason(session, subject) if isinstance(subject, Service) else "",
        "outcome": outcome,
        "amount": amount,
        "currency": proforma.currency,
        "number": proforma.number,
        "path": "/account/",
    }
    about, name = (kind, subject.id), f"{proforma.id}:{subject.id}" + (":service" if kind == "service" else "")
    to, locale = proforma.correspondence["email"], proforma.locale
    queue_mail(session, "name_lost", to, locale, data, key=f"lost:{name}", about=about)
    partner = partners.partner(session)
    buyer = proforma.buyer["organisation"] or proforma.buyer["name"]
    panel = data | {"buyer": buyer, "path": f"/proformas/{proforma.id}"}
    key = f"lost-partner:{name}"
    queue_mail(session, "name_lost_partner", partner.email, partner.default_locale, panel, key=key, about=about)


def _reason(session: Session, service: Service) -> str:
    """What the partner wrote when it could not do it."""
    mine = select(ServiceTask.note).where(ServiceTask.service_id == service.id, ServiceTask.state == "refused")
    return session.scalar(mine.order_by(ServiceTask.id.desc()).limit(1)) or ""


def needs_attention(session: Session, domain: Domain, operation: ProvisioningOperation) -> None:
    """Tell the partner that nobody knows yet what the registry did, and that we keep asking."""
    partner = partners.partner(session)
    data = {"name": domain.name_unicode, "operation": operation.kind, "detail": operation.detail}
    data["path"] = f"/domains/{domain.id}"
    key, about = f"attention:{operation.id}", ("domain", domain.id)
    queue_mail(session, "needs_attention_partner", partner.email, partner.default_locale, data, key=key, about=about)
