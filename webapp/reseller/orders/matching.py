"""Which payment is a movement of the bank? By itself only what is certain; the rest is a list for a person.

Rules in their order: (1) the variable symbol, (2) the number of a proforma in the title: both only when everything that
is named awaits payment, belongs to one subscriber, and its open amount is the movement's, to the cent; (3) the exact
amount from an account that has paid before, (4) anything else that fits: suggestions with their reason, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import bank
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.models import Payment, Proforma, ProformaLine
from webapp.reseller.billing.operations import Received
from webapp.reseller.partners.audit import Actor

from . import payments
from .numbers_in_titles import Mention, mentions, symbols

#: More suggestions than this help nobody.
MOST = 5
#: Why a proforma is suggested -> the sentence.
WHY = {
    "number": N_("The title names it; the amount is another one"),
    "some": N_("The title names it among others"),
    "paid": N_("The title names it, and it is paid already"),
    "seen": N_("The amount is right, and this account has paid for this subscriber before"),
    "domain": N_("The title names a domain of it"),
    "payer": N_("This account has paid for this subscriber before"),
    "amount": N_("The amount is right"),
}


_DOMAIN = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.)+[^\W\d_]{2,63}(?![\w-])")


@dataclass(frozen=True)
class Decision:
    """What a movement is for. `rule` "" means that a person decides, with `suggestions` (proforma id -> why)."""

    rule: str
    account_id: int | None
    proforma_ids: tuple[int, ...]
    suggestions: dict[int, str]


def decision(session: Session, line: BankLine) -> Decision:
    """Look at one movement. Writes nothing."""
    by_symbol = [Mention(frozenset({number})) for number in symbols(line.title, line.end_to_end)]
    by_title = mentions(line.title)
    named = list(dict.fromkeys([*by_symbol, *by_title]))
    known = _by_number(session, {number for each in named for number in each.readings})
    certain = _certain(session, line, named, known)
    if certain:
        rule = "symbol" if by_symbol else "number"
        return Decision(rule, certain[0].account_id, tuple(each.id for each in certain), {})
    return Decision("", None, (), dict(_suggestions(session, line, list(known.values()))[:MOST]))


def _by_number(session: Session, numbers: Iterable[str]) -> dict[str, Proforma]:
    wanted = sorted(numbers)[:100]
    found = session.scalars(select(Proforma).where(Proforma.number.in_(wanted))).all() if wanted else []
    return {each.number: each for each in found}


def _certain(
    session: Session, line: BankLine, named: Sequence[Mention], known: dict[str, Proforma]
) -> list[Proforma] | None:
    """The proformas that the movement pays, if it can mean nothing else."""
    meant: dict[int, Proforma] = {}
    for mention in named:
        existing = [known[number] for number in mention.readings if number in known]
        if len(existing) != 1:
            return None  # a number that nobody has, or two readings of one
        meant[existing[0].id] = existing[0]
    documents = list(meant.values())
    one_payer = len({each.account_id for each in documents}) == 1
    if not one_payer or any(each.state != "issued" or each.currency != line.currency for each in documents):
        return None
    return documents if line.amount in _open_amounts(session, documents) else None


def _open_amounts(session: Session, documents: Sequence[Proforma]) -> tuple[int, int]:
    """What the papers say, and what is left of it when the subscriber's credit is counted."""
    whole = sum(each.gross for each in documents)
    credit = billing.credit(session, documents[0].account_id, documents[0].currency)
    return whole, whole - credit


def _suggestions(session: Session, line: BankLine, named: Sequence[Proforma]) -> list[tuple[int, str]]:
    paid = [(each.id, "paid") for each in named if each.state in ("paid", "activated")]
    waiting = [each for each in named if each.state == "issued"]
    by_number = [(each.id, "some" if len(waiting) > 1 else "number") for each in waiting]
    accounts = _seen_accounts(session, line)
    fitting = _issued(session, line, Proforma.gross == line.amount)
    seen = [(each.id, "seen") for each in fitting if each.account_id in accounts]
    theirs = _issued(session, line, Proforma.account_id.in_(accounts)) if accounts else []
    about = [(each.id, "domain") for each in _about_domains(session, line)]
    payer, amount = [(each.id, "payer") for each in theirs], [(each.id, "amount") for each in fitting]
    ordered = [*by_number, *paid, *seen, *about, *payer, *amount]
    first: dict[int, str] = {}
    for proforma_id, why in ordered:
        first.setdefault(proforma_id, why)
    return list(first.items())


def _seen_accounts(session: Session, line: BankLine) -> list[int]:
    """Subscribers for whom this bank account has paid before."""
    if not line.payer_account:
        return []
    query = select(Payment.account_id).join(BankLine, BankLine.id == Payment.bank_line_id)
    mine = (BankLine.payer_account == line.payer_account, Payment.undone_at.is_(None))
    return list(session.scalars(query.where(*mine).distinct().limit(10)))


def _about_domains(session: Session, line: BankLine) -> Sequence[Proforma]:
    """Unpaid proformas on which a name stands that the title names too."""
    names = _DOMAIN.findall(line.title.lower())[:MOST]
    items = select(ProformaLine.proforma_id).where(ProformaLine.subject.in_(names))
    return _issued(session, line, Proforma.id.in_(items)) if names else []


def _issued(session: Session, line: BankLine, *where: object) -> Sequence[Proforma]:
    query = select(Proforma).where(Proforma.state == "issued", Proforma.currency == line.currency, *where)  # type: ignore[arg-type]
    return session.scalars(query.order_by(Proforma.due_date, Proforma.id).limit(MOST)).all()


def still_good(line: BankLine, documents: Mapping[int, Proforma]) -> list[dict[str, Any]]:
    """Suggestions that make sense now: what the title does not name must still await payment."""

    def fits(suggestion: dict[str, Any]) -> bool:
        document = documents.get(suggestion["proforma_id"])
        named = suggestion["why"] in ("number", "some", "paid")
        return document is not None and (named or document.state == "issued")

    return [each for each in line.suggestions if fits(each)]


# --- deciding ------------------------------------------------------------------------------------------------------


def match_new(session: Session, actor: Actor, statement_id: int, most: int = 100) -> int:
    """Look at up to `most` new movements of a statement; returns how many were looked at (0: all are done)."""
    new = (BankLine.statement_id == statement_id, BankLine.state == "new")
    lines = session.scalars(select(BankLine).where(*new).order_by(BankLine.position).limit(most)).all()
    for line in lines:
        _match(session, actor, line)
    return len(lines)


def _match(session: Session, actor: Actor, line: BankLine) -> None:
    decided = decision(session, line)
    suggestions = [{"proforma_id": each, "why": why} for each, why in decided.suggestions.items()]
    try:
        with session.begin_nested():
            if decided.rule and decided.account_id:
                _book(session, actor, line, "new", decided.rule, decided.account_id, decided.proforma_ids)
                return
    except Refusal:
        pass  # somebody paid or cancelled it in this moment: a person looks
    with suppress(Refusal):  # another worker was faster: it has decided
        bank.decide(session, actor, line, "new", "open", suggestions=suggestions, decided_by="", decided_at=None)


def _book(
    session: Session, actor: Actor, line: BankLine, before: str, rule: str, account_id: int, ids: Sequence[int]
) -> Payment:
    bank.decide(session, actor, line, before, "matched", rule=rule)
    tries = session.scalars(select(Payment.id).where(Payment.bank_line_id == line.id)).all()
    received = Received(
        amount=line.amount,
        currency=line.currency,
        received_on=line.booked_on,
        method="transfer",
        reference=line.title[:140],
        key=f"bank:{line.id}:{len(tries) + 1}",
        bank_line_id=line.id,
    )
    return payments.receive_for_many(session, actor, account_id, ids, received)


def assign(session: Session, actor: Actor, line_id: int, account_id: int, proforma_ids: Sequence[int]) -> Payment:
    """A person says whose money it is, and for which proformas; for none it is kept as credit."""
    line = bank.line_of(session, line_id, lock=True)
    if line.state != "open" or line.amount <= 0:
        raise Refusal("state_moved", N_("Somebody has decided about this movement in the meantime. Reload the page."))
    return _book(session, actor, line, "open", "person", account_id, proforma_ids)


def undo(session: Session, actor: Actor, line_id: int) -> BankLine:
    """Take a decision back while nothing was activated, invoiced or spent: the movement is on the list again."""
    line = bank.line_of(session, line_id, lock=True)
    if line.state == "open":
        return line
    found = session.scalar(select(Payment).where(Payment.bank_line_id == line.id, Payment.undone_at.is_(None)))
    if line.state != "matched" or found is None:
        raise Refusal("state", N_("This movement was not booked as a payment."))
    payments.undo(session, actor, found)
    bank.decide(session, actor, line, "matched", "open", rule="")
    return line
