"""Reads of the billing room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation.money import tax_row
from webapp.foundation.paging import Page, matching, paginate
from webapp.foundation.refusal import NotFound

from .models import CreditBalance, LedgerPosting, Payment, Proforma, ProformaLine, WholesaleBalance


def proforma(session: Session, proforma_id: int, account_id: int | None = None) -> Proforma:
    """A proforma with its lines; with `account_id`, only if it is that account's. Raises NotFound."""
    query = select(Proforma).where(Proforma.id == proforma_id)
    if account_id is not None:
        query = query.where(Proforma.account_id == account_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def proformas(
    session: Session,
    *,
    state: str | None = None,
    account_id: int | None = None,
    text: str = "",
    overdue_on: date | None = None,
    page: int = 1,
) -> Page[Proforma]:
    """Proformas, newest first. `text` looks in number, buyer, items; `overdue_on`: unpaid, due before that day."""
    query = select(Proforma)
    if overdue_on is not None:
        query = query.where(*_overdue(overdue_on))
    if state:
        query = query.where(Proforma.state == state)
    if account_id is not None:
        query = query.where(Proforma.account_id == account_id)
    query = query.where(*_matches(text))
    return paginate(session, query.order_by(Proforma.issue_date.desc(), Proforma.id.desc()), Proforma.id, page)


def overdue(session: Session, on: date) -> int:
    """How many unpaid proformas were due before a day."""
    return session.scalar(select(func.count(Proforma.id)).where(*_overdue(on))) or 0


def _overdue(on: date) -> tuple[ColumnElement[bool], ...]:
    return Proforma.state == "issued", Proforma.due_date < on


def _matches(text: str) -> list[ColumnElement[bool]]:
    facts = [Proforma.buyer[name].as_string() for name in ("name", "organisation", "email")]
    found = matching(text, Proforma.number, *facts)
    in_lines = [Proforma.lines.any(each) for each in matching(text, ProformaLine.subject, ProformaLine.description)]
    return [or_(*found, *in_lines)] if found else []


def counts_by_state(session: Session) -> dict[str, int]:
    """How many proformas are in each state."""
    rows = session.execute(select(Proforma.state, func.count(Proforma.id)).group_by(Proforma.state))
    return dict(rows.all())


def credit(session: Session, account_id: int, currency: str) -> int:
    """A subscriber's credit in minor units."""
    where = (CreditBalance.account_id == account_id, CreditBalance.currency == currency)
    return session.scalar(select(CreditBalance.amount).where(*where)) or 0


def open_amount(session: Session, document: Proforma) -> int:
    """What must still arrive before the proforma is covered (credit counts); 0 when it is paid."""
    if document.state != "issued":
        return 0
    return max(document.gross - credit(session, document.account_id, document.currency), 0)


def payments_of(session: Session, proforma_id: int) -> Sequence[Payment]:
    """Payments recorded for a proforma, oldest first."""
    return session.scalars(select(Payment).where(Payment.proforma_id == proforma_id).order_by(Payment.id)).all()


def postings_of(session: Session, account_id: int) -> Sequence[LedgerPosting]:
    """A subscriber's ledger, newest first."""
    mine = select(LedgerPosting).where(LedgerPosting.account_id == account_id)
    return session.scalars(mine.order_by(LedgerPosting.id.desc()).limit(200)).all()


def wholesale_balance(session: Session, currency: str) -> tuple[int, int]:
    """(balance, credit limit) of the partner with the operator."""
    row = session.execute(
        select(WholesaleBalance.amount, WholesaleBalance.credit_limit).where(WholesaleBalance.currency == currency)
    ).first()
    return (row[0], row[1]) if row else (0, 0)


def gross_shares(document: Proforma) -> dict[int, int]:
    """Line id -> its share of the gross total in minor units; the shares sum to the total to the cent.

    In net mode the cents that rounding per line would make or lose go to the largest line.
    """
    if document.tax_mode == "gross":
        return {line.id: line.amount for line in document.lines}
    shares = {line.id: tax_row(line.tax_rate_bp, line.amount, gross=False).gross for line in document.lines}
    largest = max(document.lines, key=lambda line: (line.amount, -line.id)).id
    shares[largest] += document.gross - sum(shares.values())
    return shares
