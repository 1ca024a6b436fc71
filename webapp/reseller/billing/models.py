"""Tables of the billing room. Amounts are minor units of the row's currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key


class NumberSeries(TenantOwned, Base):
    """The last number of a series in a year, moved in the document's own transaction: gapless."""

    __tablename__ = "number_series"

    issuer: Mapped[str]
    series: Mapped[str]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "issuer", "series", "year"))


class ProformaLine(TenantOwned, Base):
    """One item: what, for how long, at which price."""

    __tablename__ = "proforma_lines"

    proforma_id: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str]  # domain | free
    operation: Mapped[str]  # register | renew | ""
    description: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")  # the domain name
    years: Mapped[int] = mapped_column(default=0)
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    quantity: Mapped[int] = mapped_column(default=1)
    unit_amount: Mapped[int]
    amount: Mapped[int]  # in the proforma's tax mode
    tax_rate_bp: Mapped[int]

    __table_args__ = tenant_args(
        tenant_key("proforma_id", "proformas"), UniqueConstraint("partner_id", "proforma_id", "position")
    )


class Proforma(TenantOwned, Base):
    """A request for payment. The four parties and the bank account are frozen at issue."""

    __tablename__ = "proformas"

    number: Mapped[str]
    sequence: Mapped[int]
    account_id: Mapped[int]
    origin: Mapped[str]  # order | renewal | manual; a manual one has no activation
    state: Mapped[str]  # draft > issued > paid > activated; cancelled, superseded
    locale: Mapped[str]
    currency: Mapped[str]
    issue_date: Mapped[date]
    due_date: Mapped[date]
    issued_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    tax_mode: Mapped[str]
    net: Mapped[int]
    tax: Mapped[int]
    gross: Mapped[int]
    tax_rows: Mapped[list[Any]]  # [{"rate_bp", "net", "tax", "gross"}]
    #: Parties: {"name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone"}
    issuer: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    payer: Mapped[dict[str, Any]]
    correspondence: Mapped[dict[str, Any]]
    bank: Mapped[dict[str, Any]]  # {"name", "iban", "bic"}
    note: Mapped[str] = mapped_column(LongText, default="")

    lines: Mapped[list[ProformaLine]] = relationship(
        primaryjoin=lambda: foreign(ProformaLine.proforma_id) == Proforma.id,
        order_by=ProformaLine.position,
        lazy="selectin",
    )

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("gross = net + tax", name="totals"),
        Index("ix_proformas_state", "partner_id", "state", "issue_date"),
        Index("ix_proformas_account", "partner_id", "account_id"),
    )


class Payment(TenantOwned, Base):
    """Money that arrived from a subscriber; never changed, only reversed by another one."""

    __tablename__ = "payments"

    account_id: Mapped[int]
    proforma_id: Mapped[int | None]  # what the payer meant
    key: Mapped[str]  # recording the same payment twice is recording it once
    amount: Mapped[int]
    currency: Mapped[str]
    received_on: Mapped[date]
    method: Mapped[str]  # transfer | cash | card | other
    reference: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("proforma_id", "proformas"),
        UniqueConstraint("partner_id", "key"),
        CheckConstraint("amount > 0", name="amount"),
    )


class LedgerPosting(TenantOwned, Base):
    """One side of a ledger entry. The postings of an `entry` sum to zero per currency.

    Books: "retail" (partner and its subscribers; accounts cash, credit:<account id>, sales) and
    "wholesale" (operator and partner; accounts funds, partner).
    """

    __tablename__ = "ledger_postings"

    book: Mapped[str]
    entry: Mapped[str]  # unique name of the event: "payment:12", "settle:7", "hold:31", "release:31"
    ledger_account: Mapped[str]
    account_id: Mapped[int | None]
    amount: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "book", "entry", "ledger_account"),
        Index("ix_ledger_postings_account", "partner_id", "ledger_account"),
    )


class CreditBalance(TenantOwned, Base):
    """A subscriber's credit in one currency; equals the sum of its postings. Moves by one conditional UPDATE."""

    __tablename__ = "credit_balances"

    account_id: Mapped[int]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "account_id", "currency"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )


class WholesaleBalance(TenantOwned, Base):
    """What the partner has with the operator; may go down to minus `credit_limit`."""

    __tablename__ = "wholesale_balances"

    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(default=0)
    credit_limit: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "currency"),
        CheckConstraint("amount >= -credit_limit", name="within_limit"),
    )
