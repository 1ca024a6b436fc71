"""Tables of bank statements. A line is never changed; what was made of it stands beside it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key


class BankStatement(TenantOwned, Base):
    """A statement as the bank wrote it: one account, one period. The same file twice is one statement."""

    __tablename__ = "bank_statements"

    file_name: Mapped[str]
    file_hash: Mapped[str]  # SHA-256 of the bytes, with the number of the statement inside the file
    format: Mapped[str]  # mt940 | camt053 | csv
    account: Mapped[str]  # IBAN, or as the bank writes it
    number: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    opening: Mapped[int | None]  # minor units
    closing: Mapped[int | None]
    #: What is odd about it: "gap" (does not follow the last one), "balance" (lines do not lead to the closing one) ...
    warnings: Mapped[list[str]] = mapped_column(default=list)
    imported_by: Mapped[str]
    imported_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "file_hash"),
        Index("ix_bank_statements_account", "partner_id", "account", "last_day"),
    )


class BankLine(TenantOwned, Base):
    """One movement. `dedupe` names it across files, so that no line is booked twice."""

    __tablename__ = "bank_lines"

    statement_id: Mapped[int]
    position: Mapped[int]
    dedupe: Mapped[str]
    booked_on: Mapped[date]
    amount: Mapped[int]  # minor units; below zero: money that went out
    currency: Mapped[str]
    payer_name: Mapped[str] = mapped_column(default="")
    payer_account: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(LongText, default="")
    bank_ref: Mapped[str] = mapped_column(default="")
    end_to_end: Mapped[str] = mapped_column(default="")
    #: new (nobody has looked yet) > open (a person decides) | matched | ignored
    state: Mapped[str] = mapped_column(default="new")
    #: What decided: symbol, number, person. "outgoing": no payment; "twin": another file seems to have it too.
    rule: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(LongText, default="")  # why a person left it out
    #: Possible proformas for the person who decides: [{"proforma_id", "why"}]
    suggestions: Mapped[list[Any]] = mapped_column(default=list)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_key("statement_id", "bank_statements"),
        UniqueConstraint("partner_id", "dedupe"),
        Index("ix_bank_lines_statement", "statement_id"),
        Index("ix_bank_lines_open", "partner_id", "state", "booked_on"),
        Index("ix_bank_lines_payer", "partner_id", "payer_account"),
    )
