"""Jobs of the notifications room."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox, sealed
from webapp.foundation.config import Settings
from webapp.foundation.db import Database, change
from webapp.providers.errors import ProviderError
from webapp.providers.mail import mime
from webapp.providers.mail.port import Attachment, Mail, MailPort
from webapp.reseller.partners import queries as partners

from . import own_server, queries
from .models import Message


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def mailer(self) -> MailPort: ...
    def own_mailer(self, url: str) -> MailPort:
        """A partner's own server."""

    def paper(self, kind: str, object_id: int) -> bytes:
        """The PDF of a document."""


def send(context: Context, lease: outbox.Lease) -> None:
    """Hand one message to the mail server and store what came of it.

    A message that the server refuses for good is "failed"; anything else goes back to the outbox, until its last try,
    with the reason beside the message that waits.
    """
    message_id = lease.payload["message_id"]
    with context.database.reading() as session:
        mail, made = _mail(session, message_id, lease.payload["copy"])
        server, partner_id = own_server.server_of(partners.partner(session)), lease.partner_id
    error = ""
    if mail is not None:
        try:
            papers = tuple(_made(context, each) for each in made)
            mailer = _mailer(context, server, partner_id)
            mailer.send(replace(mail, attachments=(*mail.attachments, *papers)))
        except ProviderError as problem:
            error = problem.message
            if not problem.permanent and lease.attempts < outbox.MAX_ATTEMPTS:
                with context.database.writing() as session:
                    change(session, Message, Message.id == message_id, Message.state == "queued", error=error)
                raise
    with context.database.writing() as session:
        _store(session, message_id, error)
        outbox.complete(session, lease)


def _mailer(context: Context, server: own_server.OwnServer, partner_id: int) -> MailPort:
    """Who carries this partner's mails; never another one in its place."""
    if not server.active:
        return context.mailer
    try:
        return context.own_mailer(server.url(context.settings.secret_key, partner_id))
    except sealed.CannotOpen as problem:
        message = "the password of the own mail server cannot be read; enter it again"
        raise ProviderError(message, permanent=False) from problem


def _made(context: Context, attachment: Mapping[str, str]) -> Attachment:
    kind, _, number = attachment["made"].partition(":")
    return Attachment(attachment["name"], attachment["type"], context.paper(kind, int(number)), "")


def _mail(session: Session, message_id: int, copy: str) -> tuple[Mail | None, list[Mapping[str, str]]]:
    """What to send, and the attachments that must be made first; None when the message is gone or was sent."""
    message = session.scalar(select(Message).where(Message.id == message_id, Message.state == "queued"))
    if message is None:
        return None, []
    partner = partners.partner(session)
    domain = mime.address(partner.email).rpartition("@")[2]
    ready = [each for each in message.attachments if not each.get("made")]
    mail = Mail(
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
        attachments=tuple(Attachment(a["name"], a["type"], base64.b64decode(a["base64"]), a["cid"]) for a in ready),
    )
    return mail, [each for each in message.attachments if each.get("made")]


def _store(session: Session, message_id: int, error: str) -> None:
    waiting = (Message.id == message_id, Message.state == "queued")
    if error:
        change(session, Message, *waiting, state="failed", error=error)
    else:
        change(session, Message, *waiting, state="sent", sent_at=clock.now(), error="")
    # A private link has done its work in the mailbox; in the log it would only be waiting for somebody to find it.
    secret = (Message.id == message_id, Message.kind.in_(queries.SECRET_KINDS))
    change(session, Message, *secret, text="", html="")
