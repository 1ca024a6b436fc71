"""Reads about payments and the papers of money."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, paginate
from webapp.foundation.refusal import NotFound

from .models import MoneyDocument, Payment

#: More of a subscriber's payments than this stand in the list of all payments.
SHOWN = 100


def payment(session: Session, payment_id: int) -> Payment:
    """A payment. Raises NotFound."""
    found = session.scalar(select(Payment).where(Payment.id == payment_id))
    if found is None:
        raise NotFound
    return found


def payments_of(session: Session, account_id: int) -> Sequence[Payment]:
    """The newest payments of a subscriber, those that were taken back too."""
    mine = select(Payment).where(Payment.account_id == account_id)
    return session.scalars(mine.order_by(Payment.received_on.desc(), Payment.id.desc()).limit(SHOWN)).all()


def papers(
    session: Session, *, kind: str = "", account_id: int | None = None, payment_id: int | None = None, page: int = 1
) -> Page[MoneyDocument]:
    """Papers of money, the newest first; of a kind, a subscriber, a payment."""
    query = select(MoneyDocument)
    if kind:
        query = query.where(MoneyDocument.kind == kind)
    if account_id is not None:
        query = query.where(MoneyDocument.account_id == account_id)
    if payment_id is not None:
        query = query.where(MoneyDocument.payment_id == payment_id)
    return paginate(session, query.order_by(MoneyDocument.id.desc()), MoneyDocument.id, page)


def counts_by_kind(session: Session) -> dict[str, int]:
    """How many papers of each kind there are."""
    rows = session.execute(select(MoneyDocument.kind, func.count(MoneyDocument.id)).group_by(MoneyDocument.kind))
    return dict(rows.all())
