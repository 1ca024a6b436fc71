"""Reads for lists that show one room's rows with a word from another."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, matching, paginate
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.models import CreditBalance, LedgerPosting, Payment, Proforma
from webapp.reseller.orders import subscriber
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.orders.subjects import is_domain
from webapp.reseller.services.models import Domain, Service

#: "hold:order-line:31", "release:order-line:31": as `orders.activation.line_key` names them.
_OF_A_LINE = re.compile(r":order-line:(\d+)$")


def account_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Subscriber id -> name, in one statement."""
    wanted = set(ids)
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted))) if wanted else ()
    return {row[0]: row[1] for row in rows}


def credit_amounts(session: Session, ids: Iterable[int], currency: str) -> dict[int, int]:
    """Subscriber id -> credit in minor units, where there is any."""
    where = (CreditBalance.account_id.in_(set(ids)), CreditBalance.currency == currency, CreditBalance.amount > 0)
    rows = session.execute(select(CreditBalance.account_id, CreditBalance.amount).where(*where))
    return {row[0]: row[1] for row in rows}


def proforma_numbers(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Proforma id -> number, in one statement."""
    wanted = {each for each in ids if each is not None}
    rows = session.execute(select(Proforma.id, Proforma.number).where(Proforma.id.in_(wanted))) if wanted else ()
    return {row[0]: row[1] for row in rows}


def payments(session: Session, text: str = "", page: int = 1) -> Page[Payment]:
    """Payments of all subscribers, the newest first; `text` is part of a reference, number or subscriber's name."""
    statement = select(Payment).order_by(Payment.received_on.desc(), Payment.id.desc())
    if where := matching(text, Payment.reference, Proforma.number, Account.name):
        owner = Account.id == Payment.account_id
        statement = statement.join(Account, owner).outerjoin(Proforma, Proforma.id == Payment.proforma_id).where(*where)
    return paginate(session, statement, Payment.id, page)


def credit_balances(session: Session, text: str = "", page: int = 1) -> Page[CreditBalance]:
    """Subscribers with money on their credit, the most first."""
    statement = select(CreditBalance).where(CreditBalance.amount > 0)
    if where := matching(text, Account.name):
        statement = statement.join(Account, Account.id == CreditBalance.account_id).where(*where)
    return paginate(session, statement.order_by(CreditBalance.amount.desc(), CreditBalance.id), CreditBalance.id, page)


def wholesale_postings(session: Session, currency: str, page: int = 1) -> Page[LedgerPosting]:
    """What moved the partner's balance with the operator, the newest first."""
    mine = (LedgerPosting.book == "wholesale", LedgerPosting.ledger_account == "partner")
    statement = select(LedgerPosting).where(*mine, LedgerPosting.currency == currency)
    return paginate(session, statement.order_by(LedgerPosting.id.desc()), LedgerPosting.id, page)


def names_paid(session: Session, postings: Iterable[LedgerPosting]) -> dict[int, tuple[int, str]]:
    """Posting id -> (domain id, name) of the registration or renewal that moved the balance. One statement."""
    lines = {each.id: int(found[1]) for each in postings if (found := _OF_A_LINE.search(each.entry))}
    if not lines:
        return {}
    query = select(OrderLine.id, Domain.id, Domain.name_unicode).join(Domain, Domain.id == OrderLine.domain_id)
    rows = session.execute(query.where(OrderLine.id.in_(set(lines.values()))))
    names = {line: (domain, name) for line, domain, name in rows}
    return {posting: names[line] for posting, line in lines.items() if line in names}


def received_since(session: Session, currency: str, since: object) -> int:
    """Sum of the payments from a day on, in minor units."""
    where = (Payment.currency == currency, Payment.received_on >= since, Payment.undone_at.is_(None))
    return int(session.scalar(select(func.sum(Payment.amount)).where(*where)) or 0)


def paid_subjects(session: Session, shown: Iterable[Domain | Service]) -> set[tuple[str, int]]:
    """("domain" or "service", id) of what is paid and waits for the shop to activate it; asks only where one awaits."""
    waiting = [each for each in shown if each.state == "awaiting_payment"]
    names = subscriber.paid_for(session, [each.id for each in waiting if is_domain(each)])
    others = subscriber.services_paid_for(session, [each.id for each in waiting if not is_domain(each)])
    return {("domain", each) for each in names} | {("service", each) for each in others}
