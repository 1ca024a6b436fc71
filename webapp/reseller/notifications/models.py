"""Tables of the notifications room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args


class Message(TenantOwned, Base):
    """One message to one recipient, rendered when it was asked for, so that the log shows what was sent."""

    __tablename__ = "messages"

    channel: Mapped[str]  # mail
    kind: Mapped[str]  # "proforma", "domain_active" ...
    key: Mapped[str]  # asking twice with the same key is asking once
    recipient: Mapped[str]
    locale: Mapped[str]
    #: Who wrote it, when a visitor did: answers go there. "" for our own mails.
    reply_to: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(LongText)
    html: Mapped[str] = mapped_column(LongText)
    #: [{"name", "type", "base64", "cid"}]; a paper has "made" ("proforma:12") instead: it is made when it is sent
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="queued")  # queued | sent | failed
    error: Mapped[str] = mapped_column(LongText, default="")
    #: What it is about, for "messages about this proforma": kind and id of the object.
    about_kind: Mapped[str] = mapped_column(default="")
    about_id: Mapped[int | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "key"),
        Index("ix_messages_created", "partner_id", "created_at", "id"),
        Index("ix_messages_state", "partner_id", "state", "created_at", "id"),
        Index("ix_messages_about", "partner_id", "about_kind", "about_id"),
        Index("ix_messages_recipient", "partner_id", "recipient"),
    )
