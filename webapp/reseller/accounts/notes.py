"""What staff write about a subscriber for each other."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.audit import Actor

from . import queries
from .models import AccountNote

LONGEST = 4000


def add(session: Session, actor: Actor, account_id: int, text: str) -> AccountNote:
    """Raises Refusal for an empty note and for one that is too long."""
    account, plain = queries.living(session, account_id), text.replace("\0", "").strip()
    if not plain:
        raise Refusal("note", N_("Write the note first."), field="text")
    if len(plain) > LONGEST:
        raise Refusal("note", N_("A note has at most %(longest)d characters."), field="text", longest=LONGEST)
    note = AccountNote(account_id=account.id, author=actor.label, text=plain, created_at=clock.now())
    session.add(note)
    session.flush()
    audit.record(session, actor, "account.note_added", "account", account.id, account.name)
    return note


def remove(session: Session, actor: Actor, account_id: int, note_id: int) -> None:
    """Raises NotFound, also for another account's note."""
    account = queries.account(session, account_id)
    mine = (AccountNote.id == note_id, AccountNote.account_id == account_id)
    if session.scalar(select(AccountNote.id).where(*mine)) is None:
        raise NotFound
    session.execute(delete(AccountNote).where(*mine))
    audit.record(session, actor, "account.note_removed", "account", account.id, account.name)


def of_account(session: Session, account_id: int) -> list[AccountNote]:
    """The newest first."""
    mine = select(AccountNote).where(AccountNote.account_id == account_id)
    return list(session.scalars(mine.order_by(AccountNote.id.desc()).limit(200)))
