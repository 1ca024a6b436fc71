"""What one can do with messages: ask for one, ask for it once more."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, i18n, outbox, urls
from webapp.foundation.i18n import N_
from webapp.foundation.palette import Recipe, roles
from webapp.foundation.refusal import Refusal
from webapp.foundation.site import Site
from webapp.reseller.partners import audit, validate
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

from . import queries
from .models import Message
from .rendering import Sender, render

#: Every kind of mail, and whose pages its button leads to.
KINDS = {
    "welcome": "shop",
    "password_reset": "shop",
    "invitation": "shop",
    "proforma": "shop",
    "proforma_reminder": "shop",
    "low_balance": "panel",
    "payment_received": "shop",
    "refund": "shop",
    "buyer_declined": "shop",
    "buyer_asked_partner": "panel",
    "invoice": "shop",
    "domains_active": "shop",
    "service_ready": "shop",
    "name_lost": "shop",
    "name_free": "shop",
    "name_lost_partner": "panel",
    "needs_attention_partner": "panel",
    "contact_message": "panel",
    "host_instructions": "shop",
    "host_live": "shop",
    "host_degraded": "panel",
    "host_detached": "panel",
    "host_txt": "panel",
}


def queue_mail(
    session: Session,
    kind: str,
    to: str,
    locale: str,
    data: Mapping[str, Any],
    key: str,
    about: tuple[str, int] | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
    reply_to: str = "",
) -> Message:
    """Render a mail from the session's partner in the recipient's language, store it, and have it sent.

    The same `key` again gives the first message and sends nothing. `data["path"]` is where the button leads, on the
    shop or (kinds for the partner) in the panel; "/" without it. `attachments`: {"name", "type", "base64", "cid"}, or
    {"name", "type", "made": "proforma:12"} for a paper that is made when the mail is sent (wiring.PAPERS).
    `reply_to`: the mailbox that answers go to, when somebody else than the partner wrote the mail.
    Raises Refusal for a recipient that is not an e-mail address.
    """
    known = session.scalar(select(Message).where(Message.key == key))
    if known is not None:
        return known
    partner, site = partners.partner(session), partners.site_for_partner(session)
    path = str(data.get("path", "/"))
    host = site.primary_host if KINDS[kind] == "shop" else partners.panel_host(session)
    rendered = render(kind, locale, data, _sender(session, partner, site), urls.link(session, host, path))
    message = Message(
        channel="mail",
        kind=kind,
        key=key,
        recipient=validate.email(to),
        locale=i18n.supported(locale),
        reply_to=validate.email(reply_to, "reply_to") if reply_to else "",
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        attachments=[_attachment(attachment) for attachment in attachments],
        about_kind=about[0] if about else "",
        about_id=about[1] if about else None,
        created_at=clock.now(),
    )
    session.add(message)
    session.flush()
    outbox.enqueue(session, "mail.send", str(message.id), {"message_id": message.id, "copy": ""})
    return message


def _attachment(given: Mapping[str, Any]) -> dict[str, str]:
    names = {key: validate.line(str(given.get(key) or ""), "attachments", required=False) for key in ("type", "cid")}
    name = validate.line(str(given["name"]), "attachments").replace("/", "_")
    if given.get("made"):
        return {"name": name, "made": str(given["made"]), **names}
    return {"name": name, "base64": str(given["base64"]), **names}


def _sender(session: Session, partner: Partner, site: Site) -> Sender:
    brand, recipe = site.brand, Recipe()
    accent = brand.accent or brand.brand
    town = f"{partner.postcode} {partner.city}".strip()
    return Sender(
        name=partner.name,
        legal_name=partner.legal_name,
        address=", ".join(part for part in (partner.street, town) if part),
        tax_id=partner.tax_id,
        email=partner.email,
        phone=partner.phone.replace(".", " "),
        origin=urls.link(session, site.primary_host, "/"),
        logo=_media(session, site, site.logo),
        logo_dark=_media(session, site, site.logo_dark or site.logo),
        logo_width=site.logo_width,
        logo_height=site.logo_height,
        light=_colours(brand.brand, accent, recipe, dark=False),
        dark=None if brand.mode == "light" else _colours(brand.brand, accent, recipe, dark=True),
    )


def _colours(brand: str, accent: str, recipe: Recipe, *, dark: bool) -> dict[str, str]:
    """The roles of a card, with "page" as the tinted ground around it."""
    card = roles(brand, accent, "base", dark, recipe)
    page = card["sunken"] if dark else roles(brand, accent, "soft", dark, recipe)["bg"]
    return {"page": page, **card}


def _media(session: Session, site: Site, name: str) -> str:
    return urls.link(session, site.primary_host, f"/media/{name}") if name else ""


def resend(session: Session, actor: Actor, message_id: int) -> Message:
    """Send a message once more, as it was. Raises Refusal while it waits to be sent, and for private links."""
    message = queries.message(session, message_id)
    if not queries.readable(message):
        raise Refusal("private", N_("This message held a private link: please ask for a new one."))
    ended = (Message.id == message.id, Message.state.in_(("sent", "failed")))
    if not db.change(session, Message, *ended, state="queued", error=""):
        raise Refusal("queued", N_("This message is waiting to be sent already."))
    # A copy of its own: a mailbox hides a second mail that has the first one's Message-ID.
    copy = secrets.token_hex(4)
    outbox.enqueue(session, "mail.send", f"{message.id}:{copy}", {"message_id": message.id, "copy": copy})
    audit.record(session, actor, "message.resent", "message", message.id, message.subject, to=message.recipient)
    session.refresh(message)
    return message
