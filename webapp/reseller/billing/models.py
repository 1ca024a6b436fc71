"""Tables of the billing room. Amounts are minor units of the row's currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from webapp.foundation.schema import Base, ByteOrdered, LongText, TenantOwned, tenant_args, tenant_key

_from_gateway = text("gateway <> ''")
_asked = text("asked_at IS NOT NULL")
_from_bank = text("bank_line_id IS NOT NULL AND undone_at IS NULL")


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
    kind: Mapped[str]  # domain | hosting | certificate | other | free
    operation: Mapped[str]  # register | renew | ""
    description: Mapped[str]
    subject: Mapped[str] = mapped_column(ByteOrdered, default="")  # the domain name, or what a service is for
    years: Mapped[int] = mapped_column(default=0)
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    quantity: Mapped[int] = mapped_column(default=1)
    unit_amount: Mapped[int]
    amount: Mapped[int]  # in the proforma's tax mode, after the discount
    discount: Mapped[int] = mapped_column(default=0)  # what was taken off `amount`
    discount_text: Mapped[str] = mapped_column(default="")
    tax_rate_bp: Mapped[int]
    #: EN 16931, BT-151 (UNTDID 5305): S standard, Z zero, E exempt, AE reverse charge, G export, O not subject.
    tax_category: Mapped[str] = mapped_column(default="S")

    __table_args__ = tenant_args(
        tenant_key("proforma_id", "proformas"),
        UniqueConstraint("partner_id", "proforma_id", "position"),
        Index("ix_proforma_lines_subject", "partner_id", "subject"),
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
    tax_regime: Mapped[str] = mapped_column(default="domestic")  # domestic | reverse | oss | export | exempt
    #: In the link of the mail: whoever has it may see the paper and pay, nothing else. "": no link.
    pay_token: Mapped[str] = mapped_column(default="")
    reminders: Mapped[int] = mapped_column(default=0)  # sent so far
    remind_on: Mapped[date | None]  # the next one; None: no more
    #: Split and merged ones: ids of those that this one came from, and of those that took its place.
    made_of: Mapped[list[Any]] = mapped_column(default=list)
    replaced_by: Mapped[list[Any]] = mapped_column(default=list)
    #: A contact who was never invoiced shall become the buyer; the partner decides: {"contact_id", "by"} or {}.
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime | None]  # since when it waits for the partner's word

    lines: Mapped[list[ProformaLine]] = relationship(
        primaryjoin=lambda: foreign(ProformaLine.proforma_id) == Proforma.id,
        order_by=ProformaLine.position,
        lazy="selectin",
    )

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("gross = net + tax", name="totals"),
        Index("ix_proformas_state", "partner_id", "state", "issue_date", "id"),
        Index("ix_proformas_account", "partner_id", "account_id"),
        Index("ix_proformas_issued", "partner_id", "issue_date", "id"),
        Index("ix_proformas_due", "partner_id", "state", "due_date", "id"),
        Index("ix_proformas_sequence", "partner_id", "sequence"),
        Index("ix_proformas_remind", "remind_on"),
        Index("ix_proformas_pay_token", "pay_token"),
        Index("ix_proformas_asked", "partner_id", "id", sqlite_where=_asked, postgresql_where=_asked),
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
    method: Mapped[str]  # transfer | cash | card | online | other
    reference: Mapped[str] = mapped_column(default="")
    #: Where it came from, if not from a person's word: "stripe" and the gateway's own number, or a line of a statement.
    gateway: Mapped[str] = mapped_column(default="")
    gateway_ref: Mapped[str] = mapped_column(default="")
    bank_line_id: Mapped[int | None]
    #: Ids of the proformas that it was meant for, when they are several (`proforma_id` is None then).
    covers: Mapped[list[Any]] = mapped_column(default=list)
    recorded_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]  # a line of a statement was given to somebody by mistake

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("proforma_id", "proformas"),
        tenant_key("bank_line_id", "bank_lines"),
        UniqueConstraint("partner_id", "key"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_payments_received", "partner_id", "received_on", "id"),
        Index("ix_payments_account", "partner_id", "account_id"),
        Index("ix_payments_proforma", "proforma_id"),
        Index(
            "uq_payments_gateway", "partner_id", "gateway", "gateway_ref", unique=True,
            sqlite_where=_from_gateway, postgresql_where=_from_gateway,
        ),
        Index(
            "uq_payments_bank_line", "partner_id", "bank_line_id", unique=True,
            sqlite_where=_from_bank, postgresql_where=_from_bank,
        ),
    )  # fmt: skip


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
        Index("ix_ledger_postings_account", "partner_id", "ledger_account", "id"),
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
        Index("ix_credit_balances_amount", "partner_id", "amount", "id"),
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


class MoneyDocument(TenantOwned, Base):
    """The paper for what happens to money besides a payment; numbered by kind, never changed."""

    __tablename__ = "money_documents"

    kind: Mapped[str]  # overpayment | underpayment | refund | chargeback | write_off
    number: Mapped[str]
    sequence: Mapped[int]
    key: Mapped[str]  # the same event twice is one document
    account_id: Mapped[int]
    proforma_id: Mapped[int | None]
    payment_id: Mapped[int | None]
    amount: Mapped[int]
    currency: Mapped[str]
    issue_date: Mapped[date]
    #: A refund goes requested > sent > done | failed; everything else is done when it is written. A rest that was let
    #: go is "undone" when the payment beside it is taken back.
    state: Mapped[str] = mapped_column(default="done")
    gateway_ref: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(LongText, default="")
    #: As they were then: {"issuer", "buyer" (see Proforma), "locale"}.
    parties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    issued_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("proforma_id", "proformas"),
        tenant_key("payment_id", "payments"),
        UniqueConstraint("partner_id", "key"),
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_money_documents_account", "partner_id", "account_id"),
        Index("ix_money_documents_payment", "payment_id"),
    )
