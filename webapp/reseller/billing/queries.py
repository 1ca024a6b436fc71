"""Reads of the billing room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, union_all
from sqlalchemy.orm import Session

from webapp.foundation.money import tax_row
from webapp.foundation.paging import LONGEST_SEARCH, Page, counts, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.partners import search_keys

from . import number_search
from .models import CreditBalance, LedgerPosting, Payment, Proforma, ProformaLine, WholesaleBalance

#: A proforma is in one of these; see models.
STATES = ("draft", "issued", "paid", "activated", "cancelled", "superseded")


def proforma(session: Session, proforma_id: int, account_id: int | None = None) -> Proforma:
    """A proforma with its lines; with `account_id`, only if it is that account's. Raises NotFound."""
    query = select(Proforma).where(Proforma.id == proforma_id)
    if account_id is not None:
        query = query.where(Proforma.account_id == account_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Narrowing:
    """What a list of proformas is narrowed to besides state and text; amounts in minor units, days included."""

    origin: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    amount_from: int | None = None
    amount_to: int | None = None

    def where(self) -> Iterator[ColumnElement[bool]]:
        """As conditions."""
        if self.origin:
            yield Proforma.origin == self.origin
        if self.issued_from is not None:
            yield Proforma.issue_date >= self.issued_from
        if self.issued_to is not None:
            yield Proforma.issue_date <= self.issued_to
        if self.amount_from is not None:
            yield Proforma.gross >= self.amount_from
        if self.amount_to is not None:
            yield Proforma.gross <= self.amount_to


def proformas_by_id(session: Session, ids: Sequence[int]) -> dict[int, Proforma]:
    """id -> proforma, of those that are there."""
    found = session.scalars(select(Proforma).where(Proforma.id.in_(set(ids)))) if ids else ()
    return {each.id: each for each in found}


def proformas(
    session: Session,
    *,
    state: str | None = None,
    account_id: int | None = None,
    text: str = "",
    overdue_on: date | None = None,
    narrowing: Narrowing | None = None,
    page: int = 1,
) -> Page[Proforma]:
    """Proformas, the newest first. `text`: number, subscriber, or the beginning of an item.

    `overdue_on`: unpaid ones that were due before that day, the oldest first.
    """
    where = _where(state, account_id, text, overdue_on, narrowing)
    query = select(Proforma).where(*where)
    newest = (Proforma.issue_date.desc(), Proforma.id.desc())
    order = (Proforma.due_date, Proforma.id) if overdue_on is not None else newest
    return paginate(session, query.order_by(*order), Proforma.id, page)


def _where(
    state: str | None, account_id: int | None, text: str, overdue_on: date | None, narrowing: Narrowing | None
) -> list[ColumnElement[bool]]:
    late = _overdue(overdue_on) if overdue_on is not None else ()
    mine = [Proforma.state == state] if state else []
    mine += [Proforma.account_id == account_id] if account_id is not None else []
    return [*late, *mine, *_matches(text), *(narrowing or Narrowing()).where()]


def proforma_ids(
    session: Session,
    most: int,
    *,
    state: str | None = None,
    text: str = "",
    overdue_on: date | None = None,
    narrowing: Narrowing | None = None,
) -> Sequence[int]:
    """Ids of everything that a list shows on all its pages, at most `most`."""
    where = _where(state, None, text, overdue_on, narrowing)
    return session.scalars(select(Proforma.id).where(*where).order_by(Proforma.id).limit(most)).all()


def overdue(session: Session, on: date) -> int:
    """How many unpaid proformas were due before a day, as far as paging counts."""
    return counts(session, {"overdue": select(Proforma.id).where(*_overdue(on))})["overdue"]


def _overdue(on: date) -> tuple[ColumnElement[bool], ...]:
    return Proforma.state == "issued", Proforma.due_date < on


def _matches(text: str) -> list[ColumnElement[bool]]:
    """By number, by the subscriber's words, or by the beginning of an item's name: each by its index."""
    if not text.strip():
        return []
    typed = text.strip()[:LONGEST_SEARCH]
    found = [
        select(Proforma.id).where(number_search.matching(typed, Proforma.sequence, Proforma.number)),
        number_search.among_newest(typed, Proforma.id, Proforma.number),
        select(Proforma.id).where(*search_keys.matching(typed, "subscriber", Proforma.account_id)),
        select(ProformaLine.proforma_id).where(*search_keys.begins(ProformaLine.subject, typed.lower())),
    ]
    parts = (each.limit(search_keys.MOST_FOUND).subquery().select() for each in found)
    return [Proforma.id.in_(union_all(*parts))]


def counts_by_state(session: Session) -> dict[str, int]:
    """How many proformas are in each state where there are any, as far as paging counts."""
    wanted = {state: select(Proforma.id).where(Proforma.state == state) for state in STATES}
    return {state: number for state, number in counts(session, wanted).items() if number}


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
    """Payments recorded for a proforma, alone or together with others, oldest first."""
    owner = select(Proforma.account_id).where(Proforma.id == proforma_id).scalar_subquery()
    together = and_(Payment.proforma_id.is_(None), Payment.account_id == owner)
    query = select(Payment).where(or_(Payment.proforma_id == proforma_id, together), Payment.undone_at.is_(None))
    found = session.scalars(query.order_by(Payment.id)).all()
    return [each for each in found if each.proforma_id == proforma_id or proforma_id in each.covers]


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
