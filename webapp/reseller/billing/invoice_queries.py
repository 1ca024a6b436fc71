"""Lists of invoices: by filters, with totals, in few statements."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, lazyload

from webapp.foundation.paging import FURTHEST, Counted, Page, counted, matching

from . import number_search
from .invoice_models import Invoice, InvoiceCopy

SIZE = 50
#: States by which one may look; an invoice is in several of them at once.
STATES = ("paid", "sent", "unsent", "corrected")
KINDS = ("invoice", "correction")


@dataclass(frozen=True)
class InvoiceFilter:
    """What a list is narrowed to; the usual value narrows nothing. `least` and `most` are gross, in minor units."""

    number: str = ""
    state: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    subscriber: str = ""
    least: int | None = None
    most: int | None = None
    account_id: int | None = None

    @property
    def narrows(self) -> bool:
        """Is anything left out?"""
        return any(getattr(self, each.name) not in ("", None) for each in fields(self) if each.name != "account_id")


@dataclass(frozen=True)
class Listed:
    """An invoice as a list shows it (its lines are not read), and what became of it."""

    invoice: Invoice
    corrected: bool
    sent: bool


@dataclass(frozen=True)
class Totals:
    """What the documents of a list add up to in one currency."""

    currency: str
    count: int
    net: int
    tax: int
    gross: int


def listed(session: Session, wanted: InvoiceFilter, page: int = 1) -> tuple[Page[Listed], Sequence[Totals]]:
    """A page of invoices, the newest first, and the totals of all that fit (none while nothing is left out: that
    would be a sum over years). Two statements."""
    totals = _totals(session, wanted) if wanted.narrows else ()
    number = min(max(page, 1), FURTHEST)
    seen = _seen(session, wanted, totals, (number - 1) * SIZE)
    number = min(number, max(1, -(-seen.count // SIZE)))
    rows = session.execute(_rows(wanted).limit(SIZE).offset((number - 1) * SIZE))
    return Page([Listed(*row) for row in rows], number, SIZE, seen.count, seen.more), totals


def _seen(session: Session, wanted: InvoiceFilter, totals: Sequence[Totals], behind: int) -> Counted:
    """Totals know the number; a list of everything is counted only as far as anybody wants to know."""
    if wanted.narrows:
        return Counted(sum(each.count for each in totals), False)
    found = counted(session, _rows(wanted), Invoice.id, behind)
    return found if found.count or not behind else counted(session, _rows(wanted), Invoice.id)


def every(session: Session, wanted: InvoiceFilter, size: int = 1000) -> Iterator[Listed]:
    """All that fit, the newest first, some at a time."""
    for row in session.execute(_rows(wanted).execution_options(yield_per=size)):
        yield Listed(*row)


def count(session: Session, wanted: InvoiceFilter) -> int:
    """How many fit."""
    return _count(session, wanted)


def copies_of(session: Session, invoice_id: int) -> Sequence[InvoiceCopy]:
    """Duplicates that were made of an invoice and mails that took it along, the newest first."""
    mine = select(InvoiceCopy).where(InvoiceCopy.invoice_id == invoice_id)
    return session.scalars(mine.order_by(InvoiceCopy.id.desc())).all()


def _rows(wanted: InvoiceFilter) -> Any:
    statement = select(Invoice, _corrected().label("corrected"), _sent().label("sent")).options(lazyload(Invoice.lines))
    return statement.where(*_where(wanted)).order_by(Invoice.issue_date.desc(), Invoice.id.desc())


def _count(session: Session, wanted: InvoiceFilter) -> int:
    return session.scalar(select(func.count(Invoice.id)).where(*_where(wanted))) or 0


def _totals(session: Session, wanted: InvoiceFilter) -> Sequence[Totals]:
    sums = (func.sum(column) for column in (Invoice.net, Invoice.tax, Invoice.gross))
    statement = select(Invoice.currency, func.count(Invoice.id), *sums).where(*_where(wanted))
    rows = session.execute(statement.group_by(Invoice.currency).order_by(Invoice.currency))
    return [Totals(row[0], row[1], *(int(amount) for amount in row[2:])) for row in rows]


def _corrected() -> ColumnElement[bool]:
    correction = aliased(Invoice)
    return exists(select(correction.id).where(correction.corrects_id == Invoice.id))


def _sent() -> ColumnElement[bool]:
    copy = (InvoiceCopy.invoice_id == Invoice.id, InvoiceCopy.kind == "sent")
    return exists(select(InvoiceCopy.id).where(*copy))


def _where(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    names = [Invoice.buyer[name].as_string() for name in ("name", "organisation", "email", "tax_id")]
    found = matching(wanted.subscriber, *names)
    if wanted.number:
        by_digits = number_search.matching(wanted.number, Invoice.sequence, Invoice.number, Invoice.year)
        newest = number_search.among_newest(wanted.number, Invoice.id, Invoice.number)
        found.append(or_(by_digits, Invoice.id.in_(newest)))
    states = {"paid": Invoice.paid_on.is_not(None), "sent": _sent(), "unsent": ~_sent(), "corrected": _corrected()}
    if wanted.state in states:
        found.append(states[wanted.state])
    bounds: Sequence[tuple[Any, Any, Callable[[Any, Any], Any]]] = (
        (wanted.kind or None, Invoice.kind, operator.eq),
        (wanted.account_id, Invoice.account_id, operator.eq),
        (wanted.since, Invoice.issue_date, operator.ge),
        (wanted.until, Invoice.issue_date, operator.le),
        (wanted.least, Invoice.gross, operator.ge),
        (wanted.most, Invoice.gross, operator.le),
    )
    return found + [compare(column, value) for value, column, compare in bounds if value is not None]
