"""Statements into the database: every movement once, whatever files it comes in. What is odd is said, not refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.db import change, insert_rows
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

from .bank_models import BankLine, BankStatement
from .statements.shapes import ParsedLine, ParsedStatement, StatementError, clean_account

#: Rows in one statement of the database.
_CHUNK = 500


@dataclass(frozen=True)
class Imported:
    """What became of one statement of a file: its row, how many movements are new and how many were known."""

    statement: BankStatement
    added: int
    known: int


def store(
    session: Session, actor: Actor, file_name: str, raw: bytes, found: Sequence[ParsedStatement]
) -> list[Imported]:
    """Keep the statements of a file with those movements that no other file had; the caller matches them.

    Raises StatementError, and stores nothing, when the file was imported before, or when it is about an account or in
    a currency that is not the partner's.
    """
    partner = partners.partner(session)
    named = [replace(each, account=each.account or clean_account(partner.iban)) for each in found]
    for each in named:
        _check_account(each, clean_account(partner.iban))
        _check_currency(each, partner.currency)
    digest = hashlib.sha256(raw).hexdigest()
    _refuse_the_same(session, digest)
    stored = [_store(session, actor, file_name[-200:], f"{digest}:{n}", each) for n, each in enumerate(named, start=1)]
    for imported in stored:
        number = imported.statement.id
        outbox.enqueue(session, "bank.match", str(number), {"statement_id": number})
    return stored


def _check_account(found: ParsedStatement, own: str) -> None:
    if not own:
        raise StatementError(N_("Enter your bank account in the settings first: statements are compared with it."))
    # Some banks leave the country out, or write the number of the branch before it.
    if not (own.endswith(found.account) and len(found.account) >= 10) and found.account != own:
        message = N_("This statement is about the account %(account)s, not about yours. Nothing was stored.")
        raise StatementError(message, account=found.account or "?")


def _check_currency(found: ParsedStatement, own: str) -> None:
    for currency in (found.currency, *(line.currency for line in found.lines)):
        if currency != own:
            message = N_("This statement is in %(currency)s, you sell in %(own)s. Nothing was stored.")
            raise StatementError(message, currency=currency, own=own)


def _refuse_the_same(session: Session, digest: str) -> None:
    # Two imports of a partner at once come one after another: the later one sees what the other has stored.
    session.execute(
        select(Partner.id).where(Partner.id == partners.partner(session).id).with_for_update(key_share=True)
    )
    before = session.scalar(select(BankStatement).where(BankStatement.file_hash.startswith(f"{digest}:")).limit(1))
    if before is not None:
        message = N_("This file was imported before, on %(day)s by %(who)s. Nothing was stored twice.")
        day = before.imported_at.astimezone(ZoneInfo(partners.partner(session).timezone)).date()
        raise StatementError(message, day=day, who=before.imported_by)


def _store(session: Session, actor: Actor, name: str, digest: str, found: ParsedStatement) -> Imported:
    own = clean_account(partners.partner(session).iban)
    fresh = replace(found, account=own)
    statement = BankStatement(
        file_name=name,
        file_hash=digest,
        warnings=_warnings(session, fresh),
        imported_by=actor.label,
        imported_at=clock.now(),
        **{key: value for key, value in vars(fresh).items() if key != "lines"},
    )
    session.add(statement)
    session.flush()
    added = _store_lines(session, statement, fresh)
    known = len(found.lines) - added
    facts = {"movements": added, "known": known}
    record(session, actor, "bank.imported", "bank_statement", statement.id, name, **facts)
    return Imported(statement, added, known)


def _store_lines(session: Session, statement: BankStatement, found: ParsedStatement) -> int:
    keys = dedupe_keys(found.account, found.lines)
    known = _known(session, keys)
    twins = _twins(session, statement, keys)
    rows = [
        _row(statement.id, n, line, key, key.split(":")[0] in twins)
        for n, (line, key) in enumerate(zip(found.lines, keys, strict=True), start=1)
        if key not in known
    ]
    for start in range(0, len(rows), _CHUNK):
        insert_rows(session, BankLine, rows[start : start + _CHUNK])
    return len(rows)


def _row(statement_id: int, position: int, line: ParsedLine, key: str, twin: bool) -> dict[str, object]:
    facts = {"statement_id": statement_id, "position": position, "dedupe": key, "reason": "", "suggestions": []}
    facts |= {"decided_by": "", "decided_at": None}
    if line.amount <= 0:
        return asdict(line) | facts | {"state": "ignored", "rule": "outgoing"}
    return asdict(line) | facts | ({"state": "open", "rule": "twin"} if twin else {"state": "new", "rule": ""})


def dedupe_keys(account: str, lines: Iterable[ParsedLine]) -> list[str]:
    """A name per movement that is the same in every file: what it says, the bank's number of it, and which of several
    equal ones it is."""
    seen: Counter[str] = Counter()
    keys = []
    for line in lines:
        key = f"{_details(account, line)}:{_plain(line.bank_ref)[:40]}"
        seen[key] += 1
        keys.append(f"{key}:{seen[key]}")
    return keys


def _details(account: str, line: ParsedLine) -> str:
    """Formats differ in spaces, signs and the length of names: only what all of them carry counts."""
    facts = (account, line.booked_on.isoformat(), str(line.amount), line.currency, _plain(line.title)[:80])
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:32]


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _known(session: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), _CHUNK):
        part = BankLine.dedupe.in_(keys[start : start + _CHUNK])
        found |= set(session.scalars(select(BankLine.dedupe).where(part)))
    return found


def _twins(session: Session, statement: BankStatement, keys: Sequence[str]) -> set[str]:
    """Details that a statement of another format has too: the same movement perhaps, under another number."""
    if not keys:
        return set()
    days = (statement.first_day or statement.last_day, statement.last_day)
    query = (
        select(BankLine.dedupe)
        .join(BankStatement, BankStatement.id == BankLine.statement_id)
        .where(BankStatement.format != statement.format)
    )
    if all(days):
        query = query.where(BankLine.booked_on.between(*days))
    return {dedupe.split(":")[0] for dedupe in session.scalars(query)}


def _warnings(session: Session, found: ParsedStatement) -> list[str]:
    """ "balance": the movements do not lead from the opening to the closing balance; "gap": it does not follow the
    statement before it; "early": a later one was imported before."""
    said = []
    moved = sum(line.amount for line in found.lines)
    if None not in (found.opening, found.closing) and (found.opening or 0) + moved != found.closing:
        said.append("balance")
    before = _statement_before(session, found)
    if before is not None and _breaks(before, found):
        said.append("gap")
    if before is None and _has_later(session, found):
        said.append("early")
    return said


def _statement_before(session: Session, found: ParsedStatement) -> BankStatement | None:
    if found.first_day is None:
        return None
    mine = (BankStatement.account == found.account, BankStatement.last_day <= found.first_day)
    newest = (BankStatement.last_day.desc(), BankStatement.id.desc())
    same_kind = BankStatement.format == found.format
    return session.scalar(select(BankStatement).where(*mine, same_kind).order_by(*newest).limit(1))


def _breaks(before: BankStatement, found: ParsedStatement) -> bool:
    if None not in (before.closing, found.opening) and before.closing != found.opening:
        return True
    if not (before.number.isdigit() and found.number.isdigit()):
        return False
    # Numbers begin anew every year, and with some banks every month.
    return int(found.number) not in (int(before.number), int(before.number) + 1, 1)


def _has_later(session: Session, found: ParsedStatement) -> bool:
    if found.last_day is None:
        return False
    mine = (BankStatement.account == found.account, BankStatement.first_day > found.last_day)
    return session.scalar(select(BankStatement.id).where(*mine).limit(1)) is not None


# --- one movement --------------------------------------------------------------------------------------------------


def line_of(session: Session, line_id: int, *, lock: bool = False) -> BankLine:
    """A movement. Raises NotFound."""
    query = select(BankLine).where(BankLine.id == line_id)
    found = session.scalar(query.with_for_update(of=BankLine) if lock else query)
    if found is None:
        raise NotFound
    return found


def decide(session: Session, actor: Actor, line: BankLine, before: str, after: str, **values: object) -> None:
    """Move a movement from one state to another. Raises Refusal when somebody else was faster."""
    facts = {"decided_by": actor.label, "decided_at": clock.now(), **values}
    if not change(session, BankLine, BankLine.id == line.id, BankLine.state == before, state=after, **facts):
        raise Refusal("state_moved", N_("Somebody has decided about this movement in the meantime. Reload the page."))
    session.refresh(line)


def ignore(session: Session, actor: Actor, line_id: int, reason: str) -> BankLine:
    """Leave a movement out: it is no payment of a subscriber. Raises Refusal without a reason."""
    line = line_of(session, line_id, lock=True)
    if line.state == "ignored":
        return line
    if not reason.strip():
        raise Refusal("reason", N_("Say why it is left out, in a few words."), "reason")
    decide(session, actor, line, "open", "ignored", rule="person", reason=reason.strip()[:1000])
    record(session, actor, "bank.ignored", "bank_line", line.id, line.title[:100], amount=line.amount)
    return line


def take_up_again(session: Session, actor: Actor, line_id: int) -> BankLine:
    """Put a movement that a person had left out back on the list."""
    line = line_of(session, line_id, lock=True)
    if line.state == "open":
        return line
    if line.state != "ignored" or line.rule == "outgoing":
        raise Refusal("state", N_("This movement was not left out by a person."))
    decide(session, actor, line, "ignored", "open", rule="", reason="")
    record(session, actor, "bank.reopened", "bank_line", line.id, line.title[:100], amount=line.amount)
    return line
