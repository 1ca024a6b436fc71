"""Reads of the notifications room."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, matching, paginate
from webapp.foundation.refusal import NotFound

from .models import Message

#: Kinds that carry a link worth as much as a password: nobody but the recipient may read them.
SECRET_KINDS = frozenset({"password_reset"})


def message(session: Session, message_id: int) -> Message:
    """One message. Raises NotFound."""
    found = session.scalar(select(Message).where(Message.id == message_id))
    if found is None:
        raise NotFound
    return found


def readable(message: Message) -> bool:
    """Whether staff may see what stands in the message; its subject, recipient and state may always be shown."""
    return message.kind not in SECRET_KINDS


def messages(session: Session, *, kind: str = "", state: str = "", text: str = "", page: int = 1) -> Page[Message]:
    """The message log, the newest first; `text` is looked for in recipient and subject."""
    statement = select(Message).order_by(Message.created_at.desc(), Message.id.desc())
    if kind:
        statement = statement.where(Message.kind == kind)
    if state:
        statement = statement.where(Message.state == state)
    statement = statement.where(*matching(text, Message.recipient, Message.subject))
    return paginate(session, statement, Message.id, page)


def messages_about(session: Session, kind: str, object_id: int) -> list[Message]:
    """What was sent about one object: `messages_about(session, "proforma", 12)`, the newest first."""
    statement = select(Message).where(Message.about_kind == kind, Message.about_id == object_id)
    return list(session.scalars(statement.order_by(Message.id.desc())))
