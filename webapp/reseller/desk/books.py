"""The books: invariants of money and provisioning, checked over all partners after every test run and by the operator.

Each check is a handful of statements in one reading transaction, so that all of them see the same moment.
I2 (the registry's truth is ours) needs the wire and is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Select, String, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.schema import Base, TenantOwned
from webapp.reseller.accounts import models as accounts
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import (
    CreditBalance,
    LedgerPosting,
    NumberSeries,
    Payment,
    Proforma,
    WholesaleBalance,
)
from webapp.reseller.catalog import models as catalog
from webapp.reseller.cms.models import Page, PageVersion
from webapp.reseller.notifications import models as notifications
from webapp.reseller.orders.models import Order, OrderLine
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import ProvisioningOperation

#: Rooms that no check names, but whose tables have parents too: a table is known once its module is loaded.
ALSO_CHECKED = (accounts, catalog, notifications)

#: A due outbox row that nobody has taken for so long means that no worker runs.
OLDEST_DUE = timedelta(hours=1)
#: So many offenders are named; one is enough to look, all would flood a screen.
NAMED = 5


@dataclass(frozen=True)
class Invariant:
    """One rule of the books: its name, whether it holds, and the first offenders when it does not."""

    name: str
    ok: bool
    detail: str = ""


Check = Callable[[Session], Iterable[str]]


def check(database: Database) -> list[Invariant]:
    """Every invariant over all partners, in the order of their numbers."""
    with database.reading(tenancy.Platform("books")) as session:
        return [_invariant(name, list(find(session))) for name, find in CHECKS.items()]


def _invariant(name: str, offenders: list[str]) -> Invariant:
    more = f" and {len(offenders) - NAMED} more" if len(offenders) > NAMED else ""
    return Invariant(name, not offenders, "; ".join(offenders[:NAMED]) + more)


# --- I1, I7: what was paid and what was asked for ------------------------------------------------------------


def _line_key() -> Any:
    return literal("order-line:") + cast(OrderLine.id, String)


def _paid_lines(session: Session) -> Iterable[str]:
    """An activated line waits for funds, or has one operation that agrees with it, or has ended without one."""
    operation = ProvisioningOperation
    joined = and_(operation.partner_id == OrderLine.partner_id, operation.line_key == _line_key())
    rows = session.execute(
        select(OrderLine.id, OrderLine.state, func.count(operation.id), func.min(operation.state))
        .join(Order, Order.id == OrderLine.order_id)
        .join(Proforma, Proforma.id == Order.proforma_id)
        .outerjoin(operation, joined)
        .where(Proforma.state == "activated")
        .group_by(OrderLine.id, OrderLine.state)
        .order_by(OrderLine.id)
    )
    for line_id, state, count, outcome in rows:
        if not _agrees(state, count, outcome):
            yield f"line {line_id} is {state} with {count} operations ({outcome or 'none'})"


#: Line state -> what its one operation may be; None: the line needs no operation.
_AGREEING: dict[str, tuple[str | None, ...]] = {
    "awaiting_funds": (None,),
    # A confirmed operation is settled by a row of its own, a moment later.
    "provisioning": ("intended", "sent", "unknown", "confirmed", "refused"),
    "done": ("confirmed",),
    "lost": (None, "refused"),
    "refused": (None, "refused"),
}


def _agrees(state: str, count: int, outcome: str | None) -> bool:
    return count <= 1 and outcome in _AGREEING.get(state, ())


def _open_operations_have_a_worker(session: Session) -> Iterable[str]:
    """An operation that is not ended has its outbox row, so that it is tried again."""
    operation, row = ProvisioningOperation, OutboxRow
    key = literal("domain.provision:") + cast(operation.id, String)
    waiting = exists().where(row.partner_id == operation.partner_id, row.key == key, row.done_at.is_(None))
    orphans = select(operation.id, operation.state).where(
        operation.state.in_(("intended", "sent", "unknown")), ~waiting
    )
    return (f"operation {number} is {state} and nobody works on it" for number, state in session.execute(orphans))


def _one_renewal_per_period(session: Session) -> Iterable[str]:
    operation = ProvisioningOperation
    rows = session.execute(
        select(operation.domain_id, operation.current_expiry, func.count(operation.id))
        .where(operation.kind == "renew", operation.state != "refused")
        .group_by(operation.domain_id, operation.current_expiry)
        .having(func.count(operation.id) > 1)
    )
    return (f"domain {domain} is renewed {count} times from {expiry}" for domain, expiry, count in rows)


# --- I3, I4, I5: the ledger and what follows it --------------------------------------------------------------


def _entries_balance(session: Session) -> Iterable[str]:
    posting = LedgerPosting
    key = (posting.partner_id, posting.book, posting.entry, posting.currency)
    rows = session.execute(select(*key, func.sum(posting.amount)).group_by(*key).having(func.sum(posting.amount) != 0))
    return (
        f"{book} entry {entry} of partner {partner} is off by {off} {cur}" for partner, book, entry, cur, off in rows
    )


def _credit_follows_ledger(session: Session) -> Iterable[str]:
    posting = LedgerPosting
    key = (posting.partner_id, posting.account_id, posting.currency)
    posted = session.execute(
        select(*key, func.sum(posting.amount))
        .where(posting.book == ledger.RETAIL, posting.ledger_account.startswith("credit:"))
        .group_by(*key)
    )
    balance = CreditBalance
    held = session.execute(select(balance.partner_id, balance.account_id, balance.currency, balance.amount))
    return _differences("credit of account", posted, held)


def _wholesale_follows_ledger(session: Session) -> Iterable[str]:
    posting = LedgerPosting
    key = (posting.partner_id, posting.partner_id, posting.currency)
    posted = session.execute(
        select(posting.partner_id, posting.partner_id.label("owner"), posting.currency, func.sum(posting.amount))
        .where(posting.book == ledger.WHOLESALE, posting.ledger_account == "partner")
        .group_by(*key)
    )
    balance = WholesaleBalance
    held = session.execute(
        select(balance.partner_id, balance.partner_id.label("owner"), balance.currency, balance.amount)
    )
    return _differences("wholesale balance of partner", posted, held)


def _differences(what: str, posted: Iterable[Any], held: Iterable[Any]) -> Iterable[str]:
    """Both sides are rows of (partner, owner, currency, amount)."""
    ours = {(partner, owner, currency): amount for partner, owner, currency, amount in held}
    theirs = {(partner, owner, currency): int(amount) for partner, owner, currency, amount in posted}
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key, 0) != theirs.get(key, 0):
            yield f"{what} {key[1]} is {ours.get(key, 0)} {key[2]}, its postings say {theirs.get(key, 0)}"


def _payments_are_booked(session: Session) -> Iterable[str]:
    """I4: each payment is one entry of its amount; payments - settled + returned = what is left as credit."""
    posting = LedgerPosting
    entry = literal("payment:") + cast(Payment.id, String)
    joined = and_(posting.partner_id == Payment.partner_id, posting.entry == entry, posting.ledger_account == "cash")
    rows = session.execute(
        select(Payment.id, Payment.amount, posting.amount)
        .outerjoin(posting, joined)
        .where(or_(posting.amount.is_(None), posting.amount != -Payment.amount))
    )
    return (f"payment {number} of {amount} is booked as {booked}" for number, amount, booked in rows)


def _paid_proformas_are_settled(session: Session) -> Iterable[str]:
    """A paid proforma has taken exactly its amount from credit, once; an unpaid one has taken nothing."""
    posting = LedgerPosting
    entry = literal("settle:") + cast(Proforma.id, String)
    joined = and_(posting.partner_id == Proforma.partner_id, posting.entry == entry, posting.ledger_account == "sales")
    rows = session.execute(
        select(Proforma.number, Proforma.state, Proforma.gross, posting.amount).outerjoin(posting, joined)
    )
    for number, state, gross, settled in rows:
        expected = gross if state in ("paid", "activated") else None
        if settled != expected:
            yield f"{number} is {state} over {gross}, settled with {settled}"


def _wholesale_within_limit(session: Session) -> Iterable[str]:
    balance = WholesaleBalance
    beyond = select(balance.partner_id, balance.amount, balance.currency).where(balance.amount < -balance.credit_limit)
    return (f"partner {partner} is at {amount} {currency}" for partner, amount, currency in session.execute(beyond))


# --- I6: numbers ---------------------------------------------------------------------------------------------


def _numbers_are_gapless(session: Session) -> Iterable[str]:
    """Per partner and year 1, 2, 3 ... in the order of their dates, and the counter stands at the last one.

    The series carries the partner's code: a company that changes its name goes on counting.
    """
    rows = session.execute(
        select(Proforma.partner_id, Partner.code, Proforma.issue_date, Proforma.sequence)
        .join(Partner, Partner.id == Proforma.partner_id)
        .order_by(Proforma.partner_id, Proforma.sequence)
    ).all()
    counters = session.execute(
        select(NumberSeries.partner_id, NumberSeries.issuer, NumberSeries.year, NumberSeries.last).where(
            NumberSeries.series == "proforma"
        )
    )
    last = {(partner, name, year): number for partner, name, year, number in counters}
    by_series = sorted(rows, key=lambda row: (row[0], row[1], row[2].year, row[3]))
    for series, found in groupby(by_series, key=lambda row: (row[0], row[1], row[2].year)):
        yield from _series_problems(series, list(found), last.pop(series, 0))
    yield from (f"series {series} stands at {number} without a document" for series, number in last.items() if number)


def _series_problems(series: tuple[int, str, int], found: list[Any], last: int) -> Iterable[str]:
    label = f"{series[1]} {series[2]}"
    numbers = [row[3] for row in found]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{label} has gaps or doubles"
    if last != len(numbers):
        yield f"{label} counts {last} for {len(numbers)} documents"
    dates = [row[2] for row in found]
    if dates != sorted(dates):
        yield f"{label} has dates that run backwards"


# --- I8: walls -----------------------------------------------------------------------------------------------


def _parents_are_the_tenants_own(session: Session) -> Iterable[str]:
    """Follows every composite key by id alone and compares the tenants."""
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for child in models.values():
        if issubclass(child, TenantOwned):
            for column, parent in _parents(child, models):
                yield from _strangers(session, child, column, parent)
    yield from _strangers(session, Page, "published_version_id", PageVersion)


def _parents(child: Any, models: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for constraint in child.__table__.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and len(constraint.column_keys) == 2:
            (column,) = (key for key in constraint.column_keys if key != "partner_id")
            yield column, models[constraint.elements[0].column.table.name]


def _strangers(session: Session, child: Any, column: str, parent: Any) -> Iterable[str]:
    found = session.scalars(_crossing(child, column, parent))
    return (f"{child.__tablename__} {number} points to another tenant by {column}" for number in found)


@cache
def _crossing(child: Any, column: str, parent: Any) -> Select[Any]:
    """Kept: putting fifty joins together takes longer than the database needs for them."""
    other = aliased(parent)
    link = getattr(child, column)
    return select(child.id).join(other, other.id == link).where(other.partner_id != child.partner_id).limit(NAMED)


# --- I9: the outbox ------------------------------------------------------------------------------------------


def _outbox_moves(session: Session) -> Iterable[str]:
    row = OutboxRow
    rows = session.execute(
        select(row.kind, func.count(row.id), func.count(row.dead_at))
        .where(row.done_at.is_(None))
        .where(or_(row.dead_at.is_not(None), row.available_at < clock.now() - OLDEST_DUE))
        .group_by(row.kind)
        .order_by(row.kind)
    )
    return (f"{kind}: {count - dead} overdue, {dead} dead" for kind, count, dead in rows)


CHECKS: dict[str, Check] = {
    "I1 each activated line has one operation that agrees with it": _paid_lines,
    "I1 each open operation has a worker": _open_operations_have_a_worker,
    "I3 each ledger entry sums to zero": _entries_balance,
    "I3 each credit equals its postings": _credit_follows_ledger,
    "I3 each wholesale balance equals its postings": _wholesale_follows_ledger,
    "I4 each payment is booked once": _payments_are_booked,
    "I4 each paid proforma is settled once": _paid_proformas_are_settled,
    "I5 no wholesale balance is beyond its limit": _wholesale_within_limit,
    "I6 proforma numbers are gapless and in order": _numbers_are_gapless,
    "I7 one renewal for each domain and expiry": _one_renewal_per_period,
    "I8 no row points to another tenant": _parents_are_the_tenants_own,
    "I9 the outbox moves": _outbox_moves,
}
