"""The double-entry ledger and the balances that follow it.

A balance moves by one conditional UPDATE and its postings are written in the same transaction, so that
"balance = sum of postings" holds at every commit (invariant I3). Entries are named after their event; the unique
key makes the same event count once.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.schema import TenantOwned

from .models import CreditBalance, LedgerPosting, WholesaleBalance

RETAIL, WHOLESALE = "retail", "wholesale"


def credit_account(account_id: int) -> str:
    """Name of a subscriber's credit in the retail book."""
    return f"credit:{account_id}"


def is_posted(session: Session, book: str, entry: str) -> bool:
    """Has this event been posted already?"""
    found = select(LedgerPosting.id).where(LedgerPosting.book == book, LedgerPosting.entry == entry).limit(1)
    return session.scalar(found) is not None


def next_entry(session: Session, book: str, name: str) -> str:
    """The name of an event that may come again: "settle:7" the first time, then "settle:7:2" ..."""
    number = 1
    while is_posted(session, book, name if number == 1 else f"{name}:{number}"):
        number += 1
    return name if number == 1 else f"{name}:{number}"


def post(
    session: Session,
    book: str,
    entry: str,
    currency: str,
    amounts: dict[str, int],
    account_id: int | None = None,
    note: str = "",
) -> None:
    """Write one entry: ledger account -> amount, summing to zero. Raises ValueError when it does not."""
    if sum(amounts.values()):
        raise ValueError(f"ledger entry {entry} does not balance: {amounts}")
    now = clock.now()
    session.add_all(
        LedgerPosting(
            book=book,
            entry=entry,
            ledger_account=name,
            account_id=account_id if name.startswith("credit:") else None,
            amount=amount,
            currency=currency,
            at=now,
            note=note,
        )
        for name, amount in amounts.items()
    )
    session.flush()


def _ensure(session: Session, row: TenantOwned) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        pass  # made in the same moment by somebody else


def add_credit(session: Session, account_id: int, currency: str, amount: int) -> None:
    """Raise a subscriber's credit. The caller posts the entry."""
    where = (CreditBalance.account_id == account_id, CreditBalance.currency == currency)
    if not change(session, CreditBalance, *where, amount=CreditBalance.amount + amount):
        _ensure(session, CreditBalance(account_id=account_id, currency=currency, amount=0))
        change(session, CreditBalance, *where, amount=CreditBalance.amount + amount)


def take_credit(session: Session, account_id: int, currency: str, amount: int) -> bool:
    """Lower a subscriber's credit if it covers `amount`; False (and nothing changed) when it does not."""
    if amount == 0:
        return True
    where = (CreditBalance.account_id == account_id, CreditBalance.currency == currency, CreditBalance.amount >= amount)
    return change(session, CreditBalance, *where, amount=CreditBalance.amount - amount) == 1


def hold_wholesale(session: Session, key: str, currency: str, amount: int) -> bool:
    """Take the wholesale price of an operation from the partner's balance; False when balance and limit fall short.

    Taken at intent and given back only at a *proven* failure (`release_wholesale`), never at a time-out.
    """
    if amount == 0 or is_posted(session, WHOLESALE, f"hold:{key}"):
        return True
    enough = WholesaleBalance.amount - amount >= -WholesaleBalance.credit_limit
    where = (WholesaleBalance.currency == currency, enough)
    if not change(session, WholesaleBalance, *where, amount=WholesaleBalance.amount - amount):
        return False
    post(session, WHOLESALE, f"hold:{key}", currency, {"partner": -amount, "operator": amount})
    return True


def release_wholesale(session: Session, key: str, currency: str, amount: int) -> None:
    """Give a hold back, once."""
    held = is_posted(session, WHOLESALE, f"hold:{key}")
    if not held or is_posted(session, WHOLESALE, f"release:{key}"):
        return
    change(session, WholesaleBalance, WholesaleBalance.currency == currency, amount=WholesaleBalance.amount + amount)
    post(session, WHOLESALE, f"release:{key}", currency, {"partner": amount, "operator": -amount})


def top_up_wholesale(session: Session, key: str, currency: str, amount: int, note: str = "") -> bool:
    """The partner paid the operator in advance; False when this event was booked before."""
    where = WholesaleBalance.currency == currency
    # Two windows with the same transfer come one after the other: the balance is the lock.
    session.scalar(select(WholesaleBalance.id).where(where).with_for_update())
    if is_posted(session, WHOLESALE, f"topup:{key}"):
        return False
    if not change(session, WholesaleBalance, where, amount=WholesaleBalance.amount + amount):
        _ensure(session, WholesaleBalance(currency=currency, amount=0, credit_limit=0))
        change(session, WholesaleBalance, where, amount=WholesaleBalance.amount + amount)
    post(session, WHOLESALE, f"topup:{key}", currency, {"partner": amount, "funds": -amount}, note=note)
    return True


def limit_wholesale(session: Session, currency: str, limit: int) -> int | None:
    """Set how far the balance may go below zero; returns the limit of before, None when the balance is lower."""
    where = WholesaleBalance.currency == currency
    before = session.scalar(select(WholesaleBalance.credit_limit).where(where).with_for_update())
    if before is None:
        _ensure(session, WholesaleBalance(currency=currency, amount=0, credit_limit=0))
        before = 0
    done = change(session, WholesaleBalance, where, WholesaleBalance.amount >= -limit, credit_limit=limit)
    return before if done else None
