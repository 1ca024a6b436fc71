"""A mail as bytes on the wire (RFC 5322, RFC 2045, RFC 2387): text and HTML twins, pictures beside the HTML."""

from __future__ import annotations

import re
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage

import idna

from webapp.providers.errors import ProviderError

from .port import Attachment, Mail

_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
_ATOM = r"[^\s.()<>\[\]:;@\\,\"\x00-\x20\x7f-\x9f]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._=+-]{1,100}@[A-Za-z0-9.-]{1,250}")


def written(mail: Mail) -> EmailMessage:
    """The message to send. Raises a permanent ProviderError for a mail that cannot be written safely."""
    _refuse_breaks(mail)
    try:
        return _message(mail)
    except (ValueError, MessageError) as problem:
        raise ProviderError(f"the mail cannot be written: {problem}", permanent=True) from problem


def _refuse_breaks(mail: Mail) -> None:
    """A line break in a header would let its writer add headers or recipients of their own."""
    headers = {"sender name": mail.sender_name, "sender": mail.sender, "recipient": mail.recipient}
    headers |= {"subject": mail.subject, "language": mail.language, "address to reply to": mail.reply_to}
    headers |= {f"name of attachment {n}": a.name + a.type + a.cid for n, a in enumerate(mail.attachments, start=1)}
    for name, value in headers.items():
        if _BREAKS.search(value):
            raise ProviderError(f"the {name} contains a line break or control character", permanent=True)
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ProviderError(f"{mail.message_id!r} is not a message id", permanent=True)


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=address(mail.sender))
    message["To"] = Address(addr_spec=address(mail.recipient))
    message["Subject"] = mail.subject
    message["Date"] = mail.date
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=address(mail.reply_to))
    else:
        # So that holiday notes and ticket systems do not answer a machine (RFC 3834 section 5).
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    _attach(message, mail.attachments)
    if mail.language:  # last, since adding parts moves every Content-* header into the first one
        message["Content-Language"] = mail.language
    return message


def _attach(message: EmailMessage, attachments: tuple[Attachment, ...]) -> None:
    html = message.get_body(("html",))
    for attachment in attachments:
        main, _, sub = attachment.type.partition("/")
        if attachment.cid and isinstance(html, EmailMessage):
            html.add_related(
                attachment.data, main, sub, cid=f"<{attachment.cid}>", filename=attachment.name, disposition="inline"
            )
        else:
            message.add_attachment(attachment.data, main, sub, filename=attachment.name)


def address(mailbox: str) -> str:
    """The mailbox with its domain in A-labels, which every mail server understands.

    Raises ValueError unless it is one plain mailbox (RFC 5322 dot-atom; quoted ones are not for our readers): the
    standard library's parser stumbles over much of what else one can write.
    """
    local, _, domain = mailbox.rpartition("@")
    ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError(f"{mailbox!r} is not a mailbox")
    return f"{local}@{ascii_domain}"
