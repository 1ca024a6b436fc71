"""Which mail goes out when. The words and the looks are in the notifications room."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain, ProvisioningOperation


def proforma_issued(session: Session, proforma: Proforma) -> None:
    """The proforma itself, to the correspondence address (H-24, H-34, H-35)."""
    data, attachments = proforma_data(session, proforma)
    queue_mail(
        session,
        "proforma",
        proforma.correspondence["email"],
        proforma.locale,
        data,
        key=f"proforma:{proforma.id}",
        about=("proforma", proforma.id),
        attachments=attachments,
    )


def proforma_data(session: Session, proforma: Proforma) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Everything that stands on a proforma, and the QR code of the transfer as an inline picture if there is one."""
    amount = billing.open_amount(session, proforma)
    code = transfer_qr.transfer_code(proforma, amount)
    attachments = [_picture(transfer_qr.png(code))] if code else []
    fields = ("number", "currency", "gross", "net", "tax", "tax_rows", "tax_mode", "issuer", "buyer", "payer")
    data: dict[str, Any] = {field: getattr(proforma, field) for field in (*fields, "correspondence", "bank", "origin")}
    data |= {
        "issue_date": proforma.issue_date,
        "due_date": proforma.due_date,
        "open_amount": amount,
        "lines": proforma.lines,
        "has_qr": bool(code),
        "path": f"/account/proformas/{proforma.id}",
    }
    return data, attachments


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


def delivered(session: Session, proforma: Proforma, domains: Sequence[Domain], operation: str) -> None:
    """Your names are registered (or renewed), with the registry's expiry dates."""
    rows = [{"name": domain.name_unicode, "ends_on": domain.ends_on} for domain in domains]
    data = {"domains": rows, "operation": operation, "number": proforma.number, "path": "/account/domains"}
    key, about = f"delivered:{proforma.id}", ("proforma", proforma.id)
    queue_mail(session, "domains_active", proforma.correspondence["email"], proforma.locale, data, key=key, about=about)


def not_delivered(session: Session, proforma: Proforma, domain: Domain, outcome: str, amount: int) -> None:
    """A name is lost: tell the subscriber where the money is, and the partner what happened."""
    data = {
        "name": domain.name_unicode,
        "outcome": outcome,
        "amount": amount,
        "currency": proforma.currency,
        "number": proforma.number,
        "path": "/account/",
    }
    about = ("domain", domain.id)
    to, locale = proforma.correspondence["email"], proforma.locale
    queue_mail(session, "name_lost", to, locale, data, key=f"lost:{proforma.id}:{domain.id}", about=about)
    partner = partners.partner(session)
    key = f"lost-partner:{proforma.id}:{domain.id}"
    buyer = proforma.buyer["organisation"] or proforma.buyer["name"]
    panel = data | {"buyer": buyer, "path": f"/proformas/{proforma.id}"}
    queue_mail(session, "name_lost_partner", partner.email, partner.default_locale, panel, key=key, about=about)


def needs_attention(session: Session, domain: Domain, operation: ProvisioningOperation) -> None:
    """Tell the partner that nobody knows yet what the registry did, and that we keep asking."""
    partner = partners.partner(session)
    data = {"name": domain.name_unicode, "operation": operation.kind, "detail": operation.detail}
    data["path"] = f"/domains/{domain.id}"
    key, about = f"attention:{operation.id}", ("domain", domain.id)
    queue_mail(session, "needs_attention_partner", partner.email, partner.default_locale, data, key=key, about=about)
