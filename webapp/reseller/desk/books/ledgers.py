"""I3 and I5: the ledger sums to zero, and every balance is what its postings say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from webapp.foundation.walls import column_of
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import CreditBalance, LedgerPosting, WholesaleBalance

from .rules import Check


def entries_balance(session: Session) -> Iterable[str]:
    """Each entry takes as much as it gives, in each currency."""
    posting = LedgerPosting
    key = (posting.partner_id, posting.book, posting.entry, posting.currency)
    rows = session.execute(select(*key, func.sum(posting.amount)).group_by(*key).having(func.sum(posting.amount) != 0))
    return (
        f"{book} entry {entry} of partner {partner} is off by {off} {cur}" for partner, book, entry, cur, off in rows
    )


def credit_follows_ledger(session: Session) -> Iterable[str]:
    """A subscriber's credit is the sum of its postings."""
    posting = LedgerPosting
    where = (posting.book == ledger.RETAIL, posting.ledger_account.startswith("credit:"))
    owners = (posting.account_id, CreditBalance.account_id)
    return _differences(session, "credit of account", CreditBalance, owners, and_(*where))


def wholesale_follows_ledger(session: Session) -> Iterable[str]:
    """A partner's balance is the sum of its postings."""
    posting = LedgerPosting
    where = (posting.book == ledger.WHOLESALE, posting.ledger_account == "partner")
    owners = (posting.partner_id, WholesaleBalance.partner_id)
    return _differences(session, "wholesale balance of partner", WholesaleBalance, owners, and_(*where))


def _differences(
    session: Session, what: str, balance: Any, owners: tuple[Any, Any], where: ColumnElement[bool]
) -> Iterable[str]:
    """Balances that differ from their postings, and postings without a balance. `owners`: a posting's, a balance's."""
    posting = LedgerPosting
    key = {"partner": posting.partner_id, "owner": owners[0], "currency": posting.currency}
    labelled = [column.label(name) for name, column in key.items()]
    posted = select(*labelled, func.sum(posting.amount).label("total")).where(where).group_by(*key.values()).subquery()
    partner, owner, currency = (column_of(posted, name) for name in key)
    same = and_(partner == balance.partner_id, owner == owners[1], currency == balance.currency)
    total = func.coalesce(column_of(posted, "total"), 0)
    held = select(owners[1], balance.currency, balance.amount, total).outerjoin(posted, same)
    orphans = select(owner, currency, func.coalesce(balance.amount, 0), total).outerjoin(balance, same)
    for query in (held.where(total != balance.amount), orphans.where(balance.id.is_(None), total != 0)):
        for whose, unit, amount, said in session.execute(query.order_by(query.selected_columns[0])):
            yield f"{what} {whose} is {amount} {unit}, its postings say {said}"


def wholesale_within_limit(session: Session) -> Iterable[str]:
    """No partner is further down than its limit."""
    balance = WholesaleBalance
    beyond = select(balance.partner_id, balance.amount, balance.currency).where(balance.amount < -balance.credit_limit)
    return (f"partner {partner} is at {amount} {currency}" for partner, amount, currency in session.execute(beyond))


CHECKS: dict[str, Check] = {
    "I3 each ledger entry sums to zero": entries_balance,
    "I3 each credit equals its postings": credit_follows_ledger,
    "I3 each wholesale balance equals its postings": wholesale_follows_ledger,
    "I5 no wholesale balance is beyond its limit": wholesale_within_limit,
}
