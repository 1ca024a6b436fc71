"""A month of invoices as one ZIP: long work whose result only the partner's own staff can fetch."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.paper_data import Paper, file_name
from webapp.reseller.partners import long_works
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import LongWork

from .invoice_papers import invoice_paper
from .papers import Context, bearing, picture_of

KIND = "invoices.zip"
#: So many papers between two words about how far it is.
CHUNK = 50
#: What one file of a storage may reasonably be: some hundred megabytes of papers.
MOST = 10_000


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
    """The job: set the papers chunk by chunk and put them together. Begun again, it starts from the first one."""
    with context.database.writing() as session:
        work = long_works.get(session, lease.payload["work_id"], lock=True)
        if work.state != "running":
            outbox.complete(session, lease)
            return
        work.done = 0
        logo = partners.brand(session).logo
        first, last = (date.fromisoformat(work.data[name]) for name in ("first", "last"))
    picture, content = picture_of(logo, context.storage), io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        after = 0
        while papers := _papers(context, first, last, after):
            for _id, number, sheet in papers:
                archive.writestr(file_name(number), bearing(sheet, picture).pdf())
            after = papers[-1][0]
            _stepped(context, lease, work.id, len(papers))
    key = f"archives/{lease.partner_id}/invoices-{work.id}.zip"
    context.storage.put(key, content.getvalue())
    with context.database.writing() as session:
        long_works.finish(session, long_works.get(session, work.id, lock=True), key)
        outbox.complete(session, lease)


def _papers(context: Context, first: date, last: date, after: int) -> Sequence[tuple[int, str, Paper]]:
    with context.database.reading() as session:
        where = (*_within(first, last), Invoice.id > after)
        rows = session.scalars(select(Invoice).where(*where).order_by(Invoice.id).limit(CHUNK)).all()
        return [(row.id, row.number, invoice_paper(session, row)) for row in rows]


def _stepped(context: Context, lease: outbox.Lease, work_id: int, done: int) -> None:
    with context.database.writing() as session:
        outbox.lengthen(session, lease)
        long_works.step(session, long_works.get(session, work_id, lock=True), done)
