"""What a visitor writes into the contact form of a shop becomes a mail to the partner.

The visitor gets no copy: a form that writes to any address that a stranger types is a way to send spam.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.notifications.models import Message
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import validate

LONGEST_NAME, LONGEST_SUBJECT, LONGEST_MESSAGE = 100, 150, 5000


@dataclass(frozen=True)
class Letter:
    """What was written, in its normal form. Made by `letter`."""

    name: str
    email: str
    subject: str
    message: str


def letter(name: str, email: str, subject: str, message: str) -> Letter:
    """Raises Refusal, naming the field, for what cannot be sent: name and subject end up in a mail's header."""
    return Letter(
        validate.line(name, "name", longest=LONGEST_NAME),
        validate.email(email),
        validate.line(subject, "subject", longest=LONGEST_SUBJECT),
        _paragraphs(message),
    )


def _paragraphs(typed: str) -> str:
    """Lines as they were typed, without control characters."""
    if len(typed) > 2 * LONGEST_MESSAGE:  # before any work that grows with it
        raise _too_long()
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()
    if not text:
        raise Refusal("required", N_("Please fill in this field."), field="message")
    if len(text) > LONGEST_MESSAGE:
        raise _too_long()
    return text


def _too_long() -> Refusal:
    text = N_("Use at most %(longest)d characters here.")
    return Refusal("too_long", text, field="message", longest=LONGEST_MESSAGE)


def send(session: Session, written: Letter, ticket: str) -> Message:
    """Queue the mail to the partner, in the partner's language. The same letter with the same `ticket` goes once."""
    partner = partners.partner(session)
    words = f"{ticket}\n{written.name}\n{written.email}\n{written.subject}\n{written.message}"
    key = "contact:" + hashlib.sha256(words.encode()).hexdigest()[:40]
    data = {
        "name": written.name,
        "email": written.email,
        "topic": written.subject,  # "subject" is the finished line of the mail
        "message": written.message,
        "language": i18n.LANGUAGE_NAMES[i18n.current_locale()],
        "path": "/notifications?kind=contact_message",
    }
    to, language = partner.email, partner.default_locale
    return queue_mail(session, "contact_message", to, language, data, key, reply_to=written.email)
