"""Notifications: every message that was sent, with its state; one of them as it was; sending it once more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.notifications import operations
from webapp.reseller.notifications import queries as notifications
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

STATES = {"": N_("All"), "sent": N_("Sent"), "queued": N_("Waiting"), "failed": N_("Failed")}
KINDS = {
    "": N_("Every kind"),
    "proforma": N_("Proforma"),
    "payment_received": N_("Thanks for the payment"),
    "invoice": N_("Invoice"),
    "refund": N_("Refund"),
    "buyer_declined": N_("No other buyer"),
    "domains_active": N_("Domains are active"),
    "name_lost": N_("Name lost"),
    "welcome": N_("Welcome"),
    "password_reset": N_("New password"),
    "name_lost_partner": N_("Name lost, to you"),
    "buyer_asked_partner": N_("Another buyer asked for, to you"),
    "needs_attention_partner": N_("Needs attention, to you"),
    "contact_message": N_("Message from your shop"),
    "host_instructions": N_("DNS records to set"),
}
#: What a message is about -> (endpoint, parameter).
ABOUT = {
    "proforma": ("sales.proforma", "proforma_id"),
    "payment": ("sales.payment", "payment_id"),
    "domain": ("sales.domain", "domain_id"),
    "service": ("sales.service", "service_id"),
}


@bp.get("/notifications")
def messages() -> str:
    """The log, by state, kind and text (H-39, H-40)."""
    state, kind, text = wanted("state", STATES), wanted("kind", KINDS), wanted("q")
    with database().reading() as session:
        found = notifications.messages(session, kind=kind, state=state, text=text, page=page_number())
    words = {value: _(label) for value, label in KINDS.items()}
    states = {value: _(label) for value, label in STATES.items()}
    return render(
        "sales/messages.html",
        title=_("Notifications"),
        found=found,
        words=words,
        text=text,
        state=state,
        kind=kind,
        state_chips=chips_of("sales.messages", "state", state, states, None, q=text, kind=kind),
        page_url=pages_of("sales.messages", state=state, kind=kind, q=text),
    )


@bp.get("/notifications/<int:message_id>")
def message(message_id: int) -> str:
    """One message as it was sent: its text; never the links of somebody else's password."""
    with database().reading() as session:
        found = notifications.message(session, message_id)
    endpoint, parameter = ABOUT.get(found.about_kind, ("", ""))
    values: dict[str, Any] = {parameter: found.about_id}
    about = url_for(endpoint, **values) if endpoint and found.about_id else ""
    return render(
        "sales/message.html",
        title=found.subject,
        message=found,
        about=about,
        kind_word=_(KINDS[found.kind]) if found.kind in KINDS else found.kind,
        readable=notifications.readable(found),
    )


@bp.post("/notifications/<int:message_id>/again")
def resend_message(message_id: int) -> ResponseReturnValue:
    """Send it once more, as it was."""
    with told():
        with database().writing() as session:
            sent = operations.resend(session, actor(), message_id)
        flash(_("The message is on its way to %(recipient)s once more.", recipient=sent.recipient))
    return redirect(url_for("sales.message", message_id=message_id), 303)
