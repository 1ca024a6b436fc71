"""A caught mail, taken apart into what a person reads. Mails come from anybody: nothing here may raise on bad ones."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from functools import cached_property


@dataclass(frozen=True)
class Part:
    """A file that came with the mail. `cid` is its Content-ID when the HTML shows it inside ("" otherwise)."""

    name: str
    type: str
    content: bytes
    cid: str


@dataclass(frozen=True)
class Mail:
    """`sender` and `recipients` are those of the envelope; `received` is an instant in UTC."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    received: datetime
    raw: bytes

    @cached_property
    def _parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @cached_property
    def from_(self) -> str:
        """The From header in readable form; the envelope's sender when there is none."""
        return self.header("From") or self.sender

    @cached_property
    def subject(self) -> str:
        """The subject, decoded; "" if there is none."""
        return self.header("Subject")

    @cached_property
    def text(self) -> str:
        """The plain text body; "" if there is none."""
        return self._body("plain")

    @cached_property
    def html(self) -> str:
        """The HTML body; "" if there is none."""
        return self._body("html")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Everything that is not a body, in the order of the mail."""
        bodies = [self._body_part("plain"), self._body_part("html")]
        leaves = [leaf for leaf in self._parsed.walk() if not leaf.is_multipart()]
        files = [leaf for leaf in leaves if not any(leaf is body for body in bodies)]
        return tuple(_part(leaf, number) for number, leaf in enumerate(files, start=1))

    def header(self, name: str) -> str:
        """A header in readable form, on one line; "" if there is none or it cannot be read."""
        try:
            value = self._parsed.get(name)
        except (ValueError, IndexError, AttributeError):  # the parser trips over some malformed headers
            return ""
        return re.sub(r"\s+", " ", str(value or "")).strip()

    def _body_part(self, kind: str) -> Message | None:
        try:
            return self._parsed.get_body((kind,))
        except (AttributeError, KeyError, ValueError):  # claims to be multipart and is not
            return None

    def _body(self, kind: str) -> str:
        part = self._body_part(kind)
        return "" if part is None else _decode(part)


def _decode(part: Message) -> str:
    content = _content(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "latin-1"):
        try:
            return content.decode(charset).replace("\r\n", "\n")
        except (LookupError, UnicodeDecodeError):
            continue
    raise AssertionError("latin-1 decodes every byte")


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _part(leaf: Message, number: int) -> Part:
    name = (leaf.get_filename() or f"part-{number}").replace("/", "_").replace("\\", "_")
    cid = str(leaf.get("Content-ID") or "").strip().strip("<>")
    return Part(name=name, type=leaf.get_content_type(), content=_content(leaf), cid=cid)
