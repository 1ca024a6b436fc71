"""What we ask of whoever carries our mail, in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Attachment:
    """A file inside a mail. With a `cid` it is a picture that the HTML shows as `<img src="cid:...">`."""

    name: str
    type: str  # "image/png"
    data: bytes
    cid: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient. `message_id` ("local@domain", without brackets) is the same in every try to send
    it, so that a receiver can tell a repetition from a second mail. `date` is an aware instant."""

    message_id: str
    sender_name: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    date: datetime
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: The mailbox that an answer goes to, when a person wrote this mail through us; "" for the sender.
    reply_to: str = ""


class MailPort(Protocol):
    """Carries mail. A return means: somebody else has taken it over."""

    def send(self, mail: Mail) -> None:
        """Hand one mail over.

        Raises ProviderError: permanent when this mail can never go out (it cannot be written down, or the
        other side refused it for good), temporary for everything else. After a temporary failure the mail may have
        gone out all the same; sending it again with the same `message_id` is right.
        """
        ...
