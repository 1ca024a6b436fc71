"""Two accounts of one subscriber become one: everything moves, the old one stays as a pointer.

Accounting history is not rewritten: credit moves by an entry of its own, and what was posted before stays with the old
account. Offers are only sent on as far as the account that stays had agreed to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.paging import Page
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts import search_words
from webapp.reseller.accounts.models import Account, AccountNote, Consent, Contact, Membership, UserSignIn
from webapp.reseller.billing import ledger, money_documents
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import CreditBalance, LedgerPosting, MoneyDocument, Payment, Proforma
from webapp.reseller.catalog.models import DiscountUse, PriceGroupMember
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import Order
from webapp.reseller.partners import audit, search_keys, sign_ins
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services.models import Domain, NameWatch, Service

#: What moves as it is, and what the preview calls it.
MOVES: tuple[tuple[Any, str], ...] = (
    (Domain, N_("Domains")),
    (Service, N_("Services")),
    (Order, N_("Orders")),
    (Proforma, N_("Proformas")),
    (Invoice, N_("Invoices")),
    (Payment, N_("Payments")),
    (MoneyDocument, N_("Other papers")),
    (GatewayPayment, N_("Online payments")),
    (Contact, N_("Contacts")),
    (AccountNote, N_("Notes")),
    (Consent, N_("Consents")),
    (NameWatch, N_("Watched names")),
    (DiscountUse, N_("Uses of codes and promotions")),
)


@dataclass(frozen=True)
class Preview:
    """What a merge would move: (word, how many), credit as (currency, minor units), people by e-mail."""

    moves: tuple[tuple[str, int], ...]
    credits: tuple[tuple[str, int], ...]
    people: int


def others(session: Session, account_id: int, text: str, page: int = 1) -> Page[Account]:
    """Whom it could be merged with, by what somebody typed."""
    wanted = (Account.id != account_id, Account.status.in_(("active", "suspended")))
    return accounts.search_accounts(session, text, page, wanted)


def preview(session: Session, from_id: int, into_id: int) -> Preview:
    """Raises what `merge` would raise."""
    _both(session, from_id, into_id)
    counts = [(word, _count(session, model, from_id)) for model, word in MOVES]
    return Preview(
        tuple((word, count) for word, count in counts if count),
        tuple((each.currency, each.amount) for each in _credits(session, from_id)),
        _count(session, Membership, from_id),
    )


def merge(session: Session, actor: Actor, from_id: int, into_id: int) -> Account:
    """Move everything of `from_id` to `into_id`; returns the account that stays.

    Raises NotFound, and Refusal for one account twice and for accounts that were merged or erased before.
    """
    _wait_for_what_moves(session, from_id)
    old, new = _both(session, from_id, into_id)
    moved = {model.__tablename__: _count(session, model, from_id) for model, _ in MOVES}
    _settle_consents(session, from_id)
    db.change(session, Contact, Contact.account_id == from_id, is_default=False)
    for model, _word in MOVES:
        db.change(session, model, model.account_id == from_id, account_id=into_id)
    about = (Message.about_kind == "account", Message.about_id == from_id)
    db.change(session, Message, *about, about_id=into_id)
    people = _move_people(session, from_id, into_id)
    _move_group(session, from_id, into_id)
    _move_credit(session, from_id, into_id)
    session.expire_all()
    old.status, old.merged_into_id = "merged", into_id
    search_keys.forget(session, search_words.KIND, from_id)
    search_words.index(session, [into_id])
    facts: dict[str, Any] = {"from": from_id, "into": into_id, "moved": moved, "people": people}
    audit.record(session, actor, "account.merged", "account", from_id, old.name, **facts)
    audit.record(session, actor, "account.took_over", "account", into_id, new.name, **facts)
    return new


def _wait_for_what_moves(session: Session, from_id: int) -> None:
    """Lock papers, then things, then (`_both`) accounts: the order of those who book, activate and renew meanwhile."""
    for model in (Proforma, Domain, Service):
        mine = select(model.id).where(model.account_id == from_id).order_by(model.id)
        session.execute(mine.with_for_update(key_share=True)).all()


def _both(session: Session, from_id: int, into_id: int) -> tuple[Account, Account]:
    """The two accounts, locked in the order of their ids, so that two merges at once wait instead of crossing.

    Rows that only refer to them may still be written: what is written for the old one is moved with the rest.
    """
    wanted = select(Account).where(Account.id.in_((from_id, into_id))).order_by(Account.id)
    if session.info["writes"]:
        wanted = wanted.with_for_update(key_share=True)
    found = {account.id: account for account in session.scalars(wanted)}
    if not {from_id, into_id} <= set(found):
        raise NotFound
    if from_id == into_id:
        raise Refusal("same", N_("Choose another subscriber: these are the same."), field="other")
    if any(account.status in ("merged", "erased") for account in found.values()):
        raise Refusal("gone", N_("One of them was merged or erased before."), field="other")
    return found[from_id], found[into_id]


def _count(session: Session, model: Any, account_id: int) -> int:
    return session.scalar(select(func.count(model.id)).where(model.account_id == account_id)) or 0


def _settle_consents(session: Session, from_id: int) -> None:
    """What the account that goes had agreed to ends here: it was not said for the other one."""
    offers = (Consent.account_id == from_id, Consent.kind == "newsletter", Consent.withdrawn_at.is_(None))
    db.change(session, Consent, *offers, withdrawn_at=clock.now())


def _move_people(session: Session, from_id: int, into_id: int) -> int:
    """Everybody keeps at least what they might do; looks of staff into the old account end."""
    there = {each.user_id: each for each in _members(session, into_id)}
    leaving = _members(session, from_id)
    for member in leaving:
        known = there.get(member.user_id)
        if known is None:
            member.account_id = into_id
        else:
            known.rights = [*known.rights, *(right for right in member.rights if right not in known.rights)]
            session.delete(member)
    session.flush()
    users = [member.user_id for member in leaving]
    sign_ins.revoke(session, UserSignIn, UserSignIn.user_id.in_(users), UserSignIn.staff_id.is_not(None))
    return len(leaving)


def _members(session: Session, account_id: int) -> Sequence[Membership]:
    return session.scalars(select(Membership).where(Membership.account_id == account_id)).all()


def _move_group(session: Session, from_id: int, into_id: int) -> None:
    """The account that stays keeps its prices; without a group of its own it gets the other's."""
    mine = PriceGroupMember.account_id == from_id
    if _count(session, PriceGroupMember, into_id):
        session.execute(delete(PriceGroupMember).where(mine))
    else:
        db.change(session, PriceGroupMember, mine, account_id=into_id)


def _credits(session: Session, account_id: int) -> Sequence[CreditBalance]:
    mine = (CreditBalance.account_id == account_id, CreditBalance.amount != 0)
    return session.scalars(select(CreditBalance).where(*mine).order_by(CreditBalance.currency)).all()


def _move_credit(session: Session, from_id: int, into_id: int) -> None:
    for currency, amount in [(each.currency, each.amount) for each in _credits(session, from_id)]:
        if not ledger.take_credit(session, from_id, currency, amount):
            raise Refusal("credit", N_("The credit changed in this moment. Please try again."))
        ledger.add_credit(session, into_id, currency, amount)
        _transfer(session, from_id, into_id, currency, amount, ledger.credit_account)
    for currency in _currencies(session, money_documents.owed_account(from_id)):
        if debt := money_documents.owed(session, from_id, currency):
            _transfer(session, from_id, into_id, currency, -debt, money_documents.owed_account)


def _currencies(session: Session, account: str) -> Sequence[str]:
    posted = select(LedgerPosting.currency).where(LedgerPosting.ledger_account == account)
    return session.scalars(posted.distinct()).all()


def _transfer(
    session: Session, from_id: int, into_id: int, currency: str, amount: int, name: Callable[[int], str]
) -> None:
    """Two entries that sum to zero each, so that every credit line stands with its own account."""
    note = f"#{from_id} > #{into_id}"
    for account_id, change, side in ((from_id, -amount, "out"), (into_id, amount, "in")):
        entry = ledger.next_entry(session, ledger.RETAIL, f"merge:{from_id}:{into_id}:{currency}:{side}")
        postings = {name(account_id): change, "merges": -change}
        ledger.post(session, ledger.RETAIL, entry, currency, postings, account_id, note)
