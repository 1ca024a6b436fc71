"""Tables of VAT invoices. An issued one never changes: its hash is over everything on it (billing.invoices).

Fields are those that EN 16931 asks for, so that a structured invoice can be made of a stored one alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key

_first = text("kind = 'invoice' AND proforma_id IS NOT NULL")


class InvoiceLine(TenantOwned, Base):
    """One item of an invoice; of a correction: the difference, with the line before and after beside it."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str]
    operation: Mapped[str] = mapped_column(default="")
    description: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    quantity: Mapped[int] = mapped_column(default=1)
    unit: Mapped[str] = mapped_column(default="C62")  # UNECE Rec 20: C62 one, ANN year
    unit_amount: Mapped[int]
    amount: Mapped[int]  # in the document's tax mode, after the discount; below zero in a correction
    discount: Mapped[int] = mapped_column(default=0)
    tax_rate_bp: Mapped[int]
    tax_category: Mapped[str] = mapped_column(default="S")
    #: In a correction: {"before": {...}, "after": {...}} of what stands in the columns above.
    corrects: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = tenant_args(
        tenant_key("invoice_id", "invoices"), UniqueConstraint("partner_id", "invoice_id", "position")
    )


class Invoice(TenantOwned, Base):
    """A VAT invoice or its correction (`corrects_id`)."""

    __tablename__ = "invoices"

    kind: Mapped[str]  # invoice | correction
    series: Mapped[str]  # "invoice", "correction": own gapless numbers
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str]  # by the partner's pattern
    origin: Mapped[str]  # manual | automatic
    account_id: Mapped[int]
    proforma_id: Mapped[int | None]
    corrects_id: Mapped[int | None]
    locale: Mapped[str]
    currency: Mapped[str]
    issue_date: Mapped[date]
    sale_date: Mapped[date]
    due_date: Mapped[date]
    paid_on: Mapped[date | None]
    tax_mode: Mapped[str]
    tax_regime: Mapped[str]
    net: Mapped[int]
    tax: Mapped[int]
    gross: Mapped[int]
    tax_rows: Mapped[list[Any]]  # [{"rate_bp", "category", "net", "tax", "gross"}]
    #: Tax in the currency of the issuer's country when the document is in another: rows as above, and the rate:
    #: {"source", "number", "day", "rate", "currency"}.
    local_rows: Mapped[list[Any]] = mapped_column(default=list)
    rate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    issuer: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    payer: Mapped[dict[str, Any]]
    correspondence: Mapped[dict[str, Any]]
    bank: Mapped[dict[str, Any]]
    notes: Mapped[list[Any]] = mapped_column(default=list)  # codes of legal notes: "reverse_charge" ...
    reason: Mapped[str] = mapped_column(LongText, default="")
    issued_at: Mapped[datetime]
    hash: Mapped[str]  # SHA-256, hex

    lines: Mapped[list[InvoiceLine]] = relationship(
        primaryjoin=lambda: foreign(InvoiceLine.invoice_id) == Invoice.id,
        order_by=InvoiceLine.position,
        lazy="selectin",
    )

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("proforma_id", "proformas"),
        tenant_key("corrects_id", "invoices"),
        UniqueConstraint("partner_id", "number"),
        UniqueConstraint("partner_id", "series", "year", "sequence"),
        CheckConstraint("gross = net + tax", name="totals"),
        CheckConstraint("kind IN ('invoice', 'correction')", name="kind"),
        Index("uq_invoices_proforma", "proforma_id", unique=True, sqlite_where=_first, postgresql_where=_first),
        Index("ix_invoices_sequence", "partner_id", "sequence"),
        Index("ix_invoices_issued", "partner_id", "issue_date", "id"),
        Index("ix_invoices_account", "partner_id", "account_id"),
        Index("ix_invoices_corrects", "corrects_id"),
    )


class InvoiceCopy(TenantOwned, Base):
    """A duplicate that was made of an invoice, with its own date; or that it was sent, and to whom."""

    __tablename__ = "invoice_copies"

    invoice_id: Mapped[int]
    kind: Mapped[str]  # duplicate | sent
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")

    __table_args__ = tenant_args(tenant_key("invoice_id", "invoices"), Index("ix_invoice_copies_invoice", "invoice_id"))
