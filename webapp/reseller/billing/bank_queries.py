"""Reads of statements and their movements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, matching, paginate
from webapp.foundation.refusal import NotFound

from .bank_models import BankLine, BankStatement
from .models import Payment

#: A list of the work page -> states of its movements. What is new is looked at within seconds.
LISTS = {"open": ("new", "open"), "matched": ("matched",), "ignored": ("ignored",)}


def lines(session: Session, which: str, text: str = "", page: int = 1) -> Page[BankLine]:
    """Movements of a list of LISTS; the oldest first where a person has to decide, else the newest."""
    statement = select(BankLine).where(BankLine.state.in_(LISTS[which]))
    statement = statement.where(*matching(text, BankLine.title, BankLine.payer_name, BankLine.payer_account))
    newest = (BankLine.booked_on.desc(), BankLine.id.desc())
    order = (BankLine.booked_on, BankLine.id) if which == "open" else newest
    return paginate(session, statement.order_by(*order), BankLine.id, page)


def counts(session: Session) -> dict[str, int]:
    """How many movements each list of LISTS has."""
    rows = dict(session.execute(select(BankLine.state, func.count(BankLine.id)).group_by(BankLine.state)).all())
    return {name: sum(rows.get(state, 0) for state in states) for name, states in LISTS.items()}


def statements(session: Session, page: int = 1) -> Page[BankStatement]:
    """Imported statements, the newest first."""
    return paginate(session, select(BankStatement).order_by(BankStatement.id.desc()), BankStatement.id, page)


def statement(session: Session, statement_id: int) -> BankStatement:
    """A statement. Raises NotFound."""
    found = session.scalar(select(BankStatement).where(BankStatement.id == statement_id))
    if found is None:
        raise NotFound
    return found


def of_statement(session: Session, statement_id: int, page: int = 1) -> Page[BankLine]:
    """The movements that a statement brought, in its order."""
    mine = select(BankLine).where(BankLine.statement_id == statement_id)
    return paginate(session, mine.order_by(BankLine.position), BankLine.id, page)


def outcome(session: Session, statement_id: int) -> dict[str, int]:
    """State of a movement of the statement -> how many; "outgoing" apart from what people left out."""
    where = BankLine.statement_id == statement_id
    query = select(BankLine.state, BankLine.rule, func.count(BankLine.id)).where(where)
    found: dict[str, int] = {}
    for state, rule, count in session.execute(query.group_by(BankLine.state, BankLine.rule)):
        name = "outgoing" if rule == "outgoing" else state
        found[name] = found.get(name, 0) + count
    return found


def payments_of_lines(session: Session, ids: Iterable[int]) -> dict[int, Payment]:
    """Movement -> the payment that it is, where it is one."""
    wanted = set(ids)
    query = select(Payment).where(Payment.bank_line_id.in_(wanted), Payment.undone_at.is_(None))
    found: Sequence[Payment] = session.scalars(query).all() if wanted else []
    return {each.bank_line_id: each for each in found if each.bank_line_id}
