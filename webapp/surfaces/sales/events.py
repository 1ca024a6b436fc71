"""The audit log of the panel: deeds in words, and where their objects are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from webapp.foundation.i18n import N_, gettext
from webapp.reseller.partners.models import AuditEvent
from webapp.surfaces.shared.current import site
from webapp.surfaces.shared.events import sentence

from . import rights

#: Kind of object -> (word, endpoint of its page, its parameter).
OBJECTS = {
    "proforma": (N_("Proforma"), "sales.proforma", "proforma_id"),
    "invoice": (N_("VAT invoice"), "sales.invoice", "invoice_id"),
    "domain": (N_("Domain"), "sales.domain", "domain_id"),
    "service": (N_("Service"), "sales.service", "service_id"),
    "account": (N_("Subscriber"), "sales.subscriber", "account_id"),
    "message": (N_("Message"), "sales.message", "message_id"),
    "campaign": (N_("Ad"), "", ""),
    "contact": (N_("Contact"), "", ""),
    "product": (N_("Ending or product"), "", ""),
    "partner": (N_("Shop"), "", ""),
    "staff": (N_("Staff"), "", ""),
    "user": (N_("Sign-in"), "", ""),
    "page": (N_("Page"), "", ""),
    "gateway": (N_("Online payments"), "", ""),
}


def say(event: AuditEvent) -> str:
    """What was done, as a sentence in the reader's language."""
    return sentence(event, site().currency)


def object_links() -> Callable[[AuditEvent], tuple[str, str]]:
    """event -> (word for its object, address of the object's page or "")."""

    def link(event: AuditEvent) -> tuple[str, str]:
        word, endpoint, parameter = OBJECTS.get(event.object_kind, (event.object_kind, "", ""))
        has_page = bool(endpoint) and event.object_id is not None and rights.may_open(endpoint)
        values: dict[str, Any] = {parameter: event.object_id}
        return gettext(word), url_for(endpoint, **values) if has_page else ""

    return link
