"""I4: what was paid, sent back, taken back, let go and settled stands in the ledger once, and adds up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from webapp.foundation.walls import column_of
from webapp.reseller.billing import ledger
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import (
    CreditBalance,
    LedgerPosting,
    MoneyDocument,
    Payment,
    Proforma,
    ProformaLine,
)
from webapp.reseller.orders.models import OrderLine

from .rules import Check, named

_PAID = ("paid", "activated")
_GOES_BACK = ("refund", "chargeback")


def _entry_of(row: Any, posting: Any, entry: Any, side: Any) -> ColumnElement[bool]:
    """The posting of a row's entry on one side of the retail book."""
    mine = (posting.partner_id == row.partner_id, posting.book == ledger.RETAIL)
    return and_(*mine, posting.entry == entry, posting.ledger_account == side)


def payments_are_booked(session: Session) -> Iterable[str]:
    """A payment is one entry of its amount; one that was taken back has a second one that undoes the first."""
    booked, undone = aliased(LedgerPosting), aliased(LedgerPosting)
    right = and_(booked.amount == -Payment.amount, booked.currency == Payment.currency)
    back = func.coalesce(undone.amount, 0) == case((Payment.undone_at.is_(None), 0), else_=Payment.amount)
    rows = session.execute(
        select(Payment.id, Payment.amount, booked.amount, undone.amount)
        .outerjoin(booked, _entry_of(Payment, booked, named("payment:", Payment.id), "cash"))
        .outerjoin(undone, _entry_of(Payment, undone, named("undo:", Payment.id), "cash"))
        .where(or_(booked.id.is_(None), not_(right), not_(back)))
        .order_by(Payment.id)
    )
    for number, amount, cash, returned in rows:
        yield f"payment {number} of {amount} is booked as {cash}, undone as {returned}"


def papers_are_booked(session: Session) -> Iterable[str]:
    """A refund, a chargeback and a write-off move their amount, once; what failed or was undone moved it back."""
    document, moved, returned = MoneyDocument, aliased(LedgerPosting), aliased(LedgerPosting)
    let_go = document.kind == "write_off"
    side = case((let_go, "write_offs"), else_="cash")
    amount = func.coalesce(moved.amount, 0)
    right = case(
        (document.kind.in_(_GOES_BACK), amount == document.amount),
        (let_go, func.abs(amount) == document.amount),
        else_=moved.id.is_(None),
    )
    state = document.state
    expected = case((state == "failed", -document.amount), (state == "undone", document.amount), else_=0)
    way_back = case((let_go, "write_off-undone"), else_="refund-failed") + named(":", document.id)
    rows = session.execute(
        select(document.number, document.partner_id, document.amount, moved.amount, returned.amount)
        .outerjoin(moved, _entry_of(document, moved, document.kind + named(":", document.id), side))
        .outerjoin(returned, _entry_of(document, returned, way_back, side))
        .where(or_(not_(right), func.coalesce(returned.amount, 0) != expected))
        .order_by(document.id)
    )
    for number, partner, said, booked, back in rows:
        yield f"{number} of partner {partner} over {said} is booked as {booked}, given back as {back}"


def nothing_goes_back_twice(session: Session) -> Iterable[str]:
    """Refunds and chargebacks of a payment are at most the payment; of one that was undone there are none."""
    document = MoneyDocument
    gone = func.sum(document.amount)
    rows = session.execute(
        select(Payment.id, Payment.amount, gone)
        .join(document, document.payment_id == Payment.id)
        .where(document.kind.in_(_GOES_BACK), document.state != "failed")
        .group_by(Payment.id, Payment.amount, Payment.undone_at)
        .having(or_(gone > Payment.amount, Payment.undone_at.is_not(None)))
        .order_by(Payment.id)
    )
    return (f"of payment {number} over {amount}, {back} went back" for number, amount, back in rows)


def paid_proformas_are_settled(session: Session) -> Iterable[str]:
    """A paid proforma has taken exactly its amount from credit, once; an unpaid one has taken nothing.

    Few are settled, taken back and settled anew: their other entries are added here, the rest is one comparison.
    """
    again = _settled_again(session)
    first = _entry_of(Proforma, LedgerPosting, named("settle:", Proforma.id), "sales")
    paid = Proforma.state.in_(_PAID)
    facts = (Proforma.partner_id, Proforma.id, Proforma.number, Proforma.state, Proforma.gross)
    rows: Any = select(*facts, LedgerPosting.amount).outerjoin(LedgerPosting, first).order_by(Proforma.id)
    unsettled = and_(paid, or_(LedgerPosting.id.is_(None), LedgerPosting.amount != Proforma.gross))
    wrong = or_(unsettled, and_(not_(paid), LedgerPosting.id.is_not(None)))
    suspects = {row.id: row for row in session.execute(rows.where(wrong))}
    suspects |= {row.id: row for row in _of_ids(session, rows, [each[1] for each in again])}
    for partner, proforma, number, state, gross, once in suspects.values():
        more = again.get((partner, proforma), (0, 0))
        settled = None if once is None else once + more[0]
        # Settled once more often than taken back, or as often.
        open_ones = (once is not None) + more[1]
        if (settled or 0, open_ones) != ((gross, 1) if state in _PAID else (0, 0)):
            yield f"{number} is {state} over {gross}, settled with {settled}"


def _of_ids(session: Session, rows: Any, ids: Sequence[int], size: int = 500) -> Iterable[Any]:
    for start in range(0, len(ids), size):
        yield from session.execute(rows.where(Proforma.id.in_(ids[start : start + size])))


def _settled_again(session: Session) -> dict[tuple[int, int], tuple[int, int]]:
    """(partner, proforma) -> sum of what came after the first "settle", and how much more often than taken back."""
    posting = LedgerPosting
    later = or_(posting.entry.startswith("unsettle:"), posting.entry.like("settle:%:%"))
    mine = (posting.book == ledger.RETAIL, posting.ledger_account == "sales", later)
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for partner, entry, amount in session.execute(
        select(posting.partner_id, posting.entry, posting.amount).where(*mine)
    ):
        kind, proforma = entry.split(":")[:2]
        total, count = found.get((partner, int(proforma)), (0, 0))
        found[partner, int(proforma)] = (total + amount, count + (1 if kind == "settle" else -1))
    return found


def invoices_are_what_was_paid(session: Session) -> Iterable[str]:
    """An invoice is over exactly what its proforma asked for, which was paid or is credit again."""
    same = and_(Proforma.partner_id == Invoice.partner_id, Proforma.id == Invoice.proforma_id)
    differ = or_(Invoice.gross != Proforma.gross, Invoice.currency != Proforma.currency)
    rows = session.execute(
        select(Invoice.number, Invoice.gross, Proforma.number, Proforma.gross, Proforma.state)
        .join(Proforma, same)
        .where(Invoice.kind == "invoice", or_(differ, Proforma.state.not_in(_PAID)))
        .order_by(Invoice.id)
    )
    for number, gross, asked, amount, state in rows:
        yield f"{number} is over {gross}, {asked} is {state} over {amount}"


def no_price_is_given_back_twice(session: Session) -> Iterable[str]:
    """What was given back of a price, by hand or because it was not delivered, is at most the price."""
    returned: dict[int, int] = {}
    posting = LedgerPosting
    undelivered = (
        select(ProformaLine.proforma_id, func.sum(posting.amount))
        .join(OrderLine, OrderLine.proforma_line_id == ProformaLine.id)
        .join(posting, _entry_of(OrderLine, posting, named("return:", OrderLine.id), "sales"))
        .group_by(ProformaLine.proforma_id)
    )
    for proforma, amount in session.execute(undelivered):
        returned[proforma] = -int(amount)
    by_hand = (posting.book == ledger.RETAIL, posting.ledger_account == "sales", posting.entry.startswith("give-back:"))
    for entry, amount in session.execute(select(posting.entry, posting.amount).where(*by_hand)):
        proforma = int(entry.split(":")[1])
        returned[proforma] = returned.get(proforma, 0) - amount
    rows: Any = select(Proforma.id, Proforma.number, Proforma.gross)
    for proforma, number, gross in _of_ids(session, rows, sorted(returned)):
        if returned[proforma] > gross:
            yield f"of {number} over {gross}, {returned[proforma]} was given back"


def money_adds_up(session: Session) -> Iterable[str]:
    """Per partner and currency: payments - refunds - chargebacks = sold + credit + owed + let go.

    Payments, refunds, sales and credits are read from their own tables and not from the ledger, which is how money
    that moved in the ledger alone, or outside of it, is seen.
    """
    sides = union_all(*(_side(*side) for side in _sides())).subquery()
    total = func.sum(column_of(sides, "amount"))
    key = (column_of(sides, "partner_id"), column_of(sides, "currency"))
    rows = session.execute(select(*key, total).group_by(*key).having(total != 0).order_by(*key))
    return (f"partner {partner} is off by {off} {currency}" for partner, currency, off in rows)


def _side(sign: int, row: Any, amount: Any, *where: ColumnElement[bool]) -> Select[Any]:
    key = (row.partner_id.label("partner_id"), row.currency.label("currency"))
    query: Select[Any] = select(*key, (literal(sign) * func.sum(amount)).label("amount"))
    return query.where(*where).group_by(row.partner_id, row.currency)


def _sides() -> Iterable[tuple[Any, ...]]:
    document, posting = MoneyDocument, LedgerPosting
    yield 1, Payment, Payment.amount, Payment.undone_at.is_(None)
    yield -1, document, document.amount, document.kind.in_(_GOES_BACK), document.state != "failed"
    yield -1, Proforma, Proforma.gross, Proforma.state.in_(_PAID)
    yield -1, CreditBalance, CreditBalance.amount
    retail = posting.book == ledger.RETAIL
    given_back = posting.entry.startswith("return:") | posting.entry.startswith("give-back:")
    yield -1, posting, posting.amount, retail, posting.ledger_account == "sales", given_back
    others = posting.ledger_account.in_(("write_offs", "merges")) | posting.ledger_account.startswith("chargebacks:")
    yield -1, posting, posting.amount, retail, others


CHECKS: dict[str, Check] = {
    "I4 each payment is booked once": payments_are_booked,
    "I4 each refund, chargeback and write-off is booked once": papers_are_booked,
    "I4 no more goes back than was paid": nothing_goes_back_twice,
    "I4 each paid proforma is settled once": paid_proformas_are_settled,
    "I4 each invoice is over what was paid": invoices_are_what_was_paid,
    "I4 no more of a price is given back than the price": no_price_is_given_back_twice,
    "I4 payments less refunds are sales, credit and what was let go": money_adds_up,
}
