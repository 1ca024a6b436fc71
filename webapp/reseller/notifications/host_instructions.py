"""The mail that asks somebody who knows DNS to set a partner's records."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit, validate
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.host_records import Record

from .models import Message
from .operations import queue_mail

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Request:
    """Whom to ask, in what words; who asks, so that the answer finds its way."""

    to: str
    note: str
    by_name: str
    by_email: str
    locale: str
    #: The same key again sends nothing: a form that is sent twice.
    key: str


def send(session: Session, actor: Actor, zone: str, records: Sequence[Record], asked: Request) -> Message:
    """Ask for the records of a zone to be set. Raises Refusal with field "to" for what is no e-mail address."""
    to = validate.email(asked.to, "to")
    partner = partners.partner(session)
    data = {
        "shop": partner.name,
        "path": f"/{partner.default_locale}/",
        "zone": zone,
        "note": _lines(asked.note),
        "by": f"{asked.by_name}, {asked.by_email}",
        "records": [(each.kind, each.label, each.name, each.value) for each in records],
    }
    key = f"host_instructions:{zone}:{asked.key}"
    made = queue_mail(session, "host_instructions", to, asked.locale, data, key, reply_to=asked.by_email)
    audit.record(session, actor, "host.instructions", "message", made.id, zone, to=to)
    return made


def _lines(typed: str) -> str:
    """Lines as they were typed, without control characters."""
    text = unicodedata.normalize("NFC", typed[: 2 * LONGEST_NOTE].replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")).strip()
    if len(text) > LONGEST_NOTE:
        message = N_("Use at most %(longest)d characters here.")
        raise Refusal("too_long", message, field="note", longest=LONGEST_NOTE)
    return text
