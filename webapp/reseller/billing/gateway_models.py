"""Tables of online payments: the partner's own accounts at gateways, what we started there, what they told us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key

_known = text("external_id <> ''")
_told = text("problem <> ''")


class GatewayAccount(TenantOwned, Base):
    """The partner's account at a gateway. Offered to subscribers only while active, which needs a passed test."""

    __tablename__ = "gateway_accounts"

    gateway: Mapped[str]  # stripe | przelewy24
    active: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what is no secret
    secret: Mapped[str] = mapped_column(LongText, default="")  # keys, sealed (foundation/sealed.py)
    problem: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "gateway"))


class GatewayPayment(TenantOwned, Base):
    """One try of a subscriber to pay at a gateway, for one or many proformas of one account."""

    __tablename__ = "gateway_payments"

    gateway: Mapped[str]
    session_key: Mapped[str]  # our own random name of it, which the gateway gives back
    external_id: Mapped[str] = mapped_column(default="")  # the gateway's name of it
    account_id: Mapped[int]
    proformas: Mapped[list[Any]]  # ids, in the order in which they are paid
    amount: Mapped[int]
    currency: Mapped[str]
    #: started > pending > paid | failed | expired; paid > refunded | charged_back
    state: Mapped[str] = mapped_column(default="started")
    redirect: Mapped[str] = mapped_column(LongText, default="")
    payment_id: Mapped[int | None]
    problem: Mapped[str] = mapped_column(LongText, default="")
    locale: Mapped[str]
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("payment_id", "payments"),
        UniqueConstraint("partner_id", "session_key"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_gateway_payments_account", "partner_id", "account_id"),
        Index("ix_gateway_payments_open", "state", "changed_at"),
        Index("ix_gateway_payments_look", "partner_id", "id", sqlite_where=_told, postgresql_where=_told),
        Index(
            "uq_gateway_payments_external", "partner_id", "gateway", "external_id", unique=True,
            sqlite_where=_known, postgresql_where=_known,
        ),
    )  # fmt: skip


class GatewayEvent(TenantOwned, Base):
    """A word of a gateway, stored as it came before anything is made of it; the same one twice is one."""

    __tablename__ = "gateway_events"

    gateway: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    session_key: Mapped[str] = mapped_column(default="")
    raw: Mapped[str] = mapped_column(LongText)
    state: Mapped[str] = mapped_column(default="new")  # new | done | dead
    problem: Mapped[str] = mapped_column(LongText, default="")
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "gateway", "event_id"), Index("ix_gateway_events_state", "state", "received_at")
    )
