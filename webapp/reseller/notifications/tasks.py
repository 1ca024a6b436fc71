"""Jobs of the notifications room."""

from __future__ import annotations

import base64
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.db import Database, change
from webapp.providers.errors import ProviderError
from webapp.providers.mail import mime
from webapp.providers.mail.port import Attachment, Mail, MailPort
from webapp.reseller.partners import queries as partners

from . import queries
from .models import Message


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...
    @property
    def mailer(self) -> MailPort: ...


def send(context: Context, lease: outbox.Lease) -> None:
    """Hand one message to the mail server and store what came of it.

    A message that the server refuses for good is "failed"; anything else goes back to the outbox, until its last try.
    """
    with context.database.reading() as session:
        mail = _mail(session, lease.payload["message_id"], lease.payload["copy"])
    error = ""
    if mail is not None:
        try:
            context.mailer.send(mail)
        except ProviderError as problem:
            if not problem.permanent and lease.attempts < outbox.MAX_ATTEMPTS:
                raise
            error = problem.message
    with context.database.writing() as session:
        _store(session, lease.payload["message_id"], error)
        outbox.complete(session, lease)


def _mail(session: Session, message_id: int, copy: str) -> Mail | None:
    """What to send; None when the message is gone or was sent."""
    message = session.scalar(select(Message).where(Message.id == message_id, Message.state == "queued"))
    if message is None:
        return None
    partner = partners.partner(session)
    domain = mime.address(partner.email).rpartition("@")[2]
    return Mail(
        message_id=".".join(part for part in (partner.code, str(message.id), copy) if part) + f"@{domain}",
        sender_name=partner.name,
        sender=partner.email,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        date=clock.now(),
        language=message.locale,
        reply_to=message.reply_to,
        attachments=tuple(
            Attachment(a["name"], a["type"], base64.b64decode(a["base64"]), a["cid"]) for a in message.attachments
        ),
    )


def _store(session: Session, message_id: int, error: str) -> None:
    waiting = (Message.id == message_id, Message.state == "queued")
    if error:
        change(session, Message, *waiting, state="failed", error=error)
    else:
        change(session, Message, *waiting, state="sent", sent_at=clock.now(), error="")
    # A private link has done its work in the mailbox; in the log it would only be waiting for somebody to find it.
    secret = (Message.id == message_id, Message.kind.in_(queries.SECRET_KINDS))
    change(session, Message, *secret, text="", html="")
