"""A month of invoices as one ZIP: long work whose result only the partner's own staff can fetch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.paper_data import Paper
from webapp.reseller.partners import long_works
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import LongWork

from . import paper_archives
from .invoice_papers import invoice_paper
from .paper_archives import MOST
from .papers import Context

KIND = "invoices.zip"


def start(session: Session, actor: Actor, month: date) -> LongWork:
    """Ask for everything that was issued in the month of a day. Raises Refusal when there is nothing, or too much."""
    first = month.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    total = session.scalar(select(func.count(Invoice.id)).where(*_within(first, last))) or 0
    if not 0 < total <= MOST:
        message = N_("In this month no invoice was issued.") if not total else N_("At most %(most)s in one file.")
        raise Refusal("month", message, "month", most=MOST)
    work = long_works.start(session, actor, KIND, total, {"first": first.isoformat(), "last": last.isoformat()})
    outbox.enqueue(session, "invoices.zip", str(work.id), {"work_id": work.id})
    record(session, actor, "invoices.exported", "partner", None, f"{first:%Y-%m}", documents=total)
    return work


def _within(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return Invoice.issue_date >= first, Invoice.issue_date <= last


def build(context: Context, lease: outbox.Lease) -> None:
    """The job."""
    paper_archives.build(context, lease, "invoices", _batch)


def _batch(session: Session, work: LongWork, after: int) -> Sequence[tuple[int, str, Paper]]:
    first, last = (date.fromisoformat(work.data[name]) for name in ("first", "last"))
    where = (*_within(first, last), Invoice.id > after)
    rows = session.scalars(select(Invoice).where(*where).order_by(Invoice.id).limit(paper_archives.CHUNK)).all()
    return [(row.id, row.number, invoice_paper(session, row)) for row in rows]
