"""Forgetting a subscriber (GDPR article 17), but for what the law wants kept (17(3)(b)).

Papers of trade stay as they were issued, with the parties frozen on them, and so do payments and what was accepted
with an order; the log of deeds stays, which nobody can change. All else that names the person is overwritten or gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, delete, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts import search_words
from webapp.reseller.accounts.models import (
    Account,
    AccountNote,
    Consent,
    Contact,
    Membership,
    OneTimeToken,
    User,
    UserSignIn,
)
from webapp.reseller.billing import money_documents
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import CreditBalance, LedgerPosting, Payment, Proforma
from webapp.reseller.catalog.models import PriceGroupMember
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import Cart, CartItem, Order
from webapp.reseller.partners import audit, search_keys
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services.models import Domain, NameWatch, Service, ServiceFile, ServiceTask

from . import mail_of, personal_data
from .models import KeptFilter

#: What stands in place of a name.
ERASED = "erased"
#: States in which nothing is owed and nothing runs any more.
OVER = ("lost", "cancelled", "deleted", "transferred_out")
#: Nobody waits for money from these.
_MOVING = ("started", "pending", "redirected", "unknown")


@dataclass(frozen=True)
class Outlook:
    """What erasing would do: why it cannot be done now, what goes, what stays (word, how many)."""

    reasons: tuple[str, ...]
    goes: tuple[tuple[str, int], ...]
    stays: tuple[tuple[str, int], ...]


def outlook(session: Session, account_id: int) -> Outlook:
    """For the page that asks. Raises NotFound."""
    account = accounts.account(session, account_id)
    who = personal_data.holder(session, account.id)
    goes = (
        (N_("Contacts"), _count(session, Contact, Contact.account_id == account_id)),
        (N_("People who sign in"), len(accounts.alone(session, account_id))),
        (N_("Messages"), _count(session, Message, mail_of.written_to(account_id, who.emails))),
        (N_("Notes"), _count(session, AccountNote, AccountNote.account_id == account_id)),
        (N_("Watched names"), _count(session, NameWatch, NameWatch.account_id == account_id)),
    )
    stays = (
        (N_("Proformas"), _count(session, Proforma, Proforma.account_id == account_id)),
        (N_("Invoices"), _count(session, Invoice, Invoice.account_id == account_id)),
        (N_("Payments"), _count(session, Payment, Payment.account_id == account_id)),
        (N_("Orders with what was accepted"), _count(session, Order, Order.account_id == account_id)),
    )
    return Outlook(
        tuple(_reasons(session, account)), *(tuple(each for each in part if each[1]) for part in (goes, stays))
    )


def erase(session: Session, actor: Actor, account_id: int) -> list[str]:
    """Overwrite who the subscriber was. Nothing brings it back.

    Returns the keys of files in the storage, to be deleted after the commit. Raises NotFound, and Refusal("not_yet")
    while services are live or money is open.
    """
    locked = select(Account).where(Account.id == account_id).with_for_update()
    session.execute(locked)
    account = accounts.account(session, account_id)
    for reason in _reasons(session, account):
        raise Refusal("not_yet", reason)
    who = personal_data.holder(session, account_id)
    leaving = accounts.alone(session, account_id)
    emails = _emails_of_nobody_else(session, account_id, leaving)
    _erase_messages(session, account_id, emails)
    _erase_people(session, account_id, leaving)
    _erase_account(session, account_id)
    files = _erase_services(session, account_id)
    _erase_asides(session, account_id)
    session.expire_all()
    for each in who.account_ids:
        db.change(session, Account, Account.id == each, name=f"#{each}")
    account.status, account.erased_at = "erased", clock.now()
    session.flush()
    audit.record(session, actor, "account.erased", "account", account.id, account.name, users=list(who.user_ids))
    return files


def _reasons(session: Session, account: Account) -> list[str]:
    mine, states = account.id, {"issued", "paid"}
    checks: tuple[tuple[bool, str], ...] = (
        (account.status in ("merged", "erased"), N_("This subscriber was merged or erased before.")),
        (_live(session, Domain, mine), N_("Domains are live: let them end, or move them away first.")),
        (_live(session, Service, mine), N_("Services are live: end them first.")),
        (
            _count(session, Proforma, Proforma.account_id == mine, Proforma.state.in_(states)) > 0,
            N_("Proformas are open: cancel, settle or activate them first."),
        ),
        (
            _count(session, CreditBalance, CreditBalance.account_id == mine, CreditBalance.amount != 0) > 0,
            N_("There is credit: pay it back first."),
        ),
        (_owes(session, mine), N_("A chargeback is not settled: collect it or write it off first.")),
        (
            _count(session, GatewayPayment, GatewayPayment.account_id == mine, GatewayPayment.state.in_(_MOVING)) > 0,
            N_("An online payment is under way: wait until it has ended."),
        ),
    )
    return [text for refused, text in checks if refused]


def _owes(session: Session, account_id: int) -> bool:
    account = LedgerPosting.ledger_account == money_documents.owed_account(account_id)
    sums = select(func.sum(LedgerPosting.amount)).where(account).group_by(LedgerPosting.currency)
    return any(session.scalars(sums))


def _live(session: Session, model: Any, account_id: int) -> bool:
    return _count(session, model, model.account_id == account_id, model.state.not_in(OVER)) > 0


def _count(session: Session, model: Any, *where: Any) -> int:
    return session.scalar(select(func.count(model.id)).where(*where)) or 0


def _emails_of_nobody_else(session: Session, account_id: int, leaving: Sequence[User]) -> list[str]:
    """Addresses that lead to nobody but this subscriber: a shared one is somebody else's too."""
    contacts = session.scalars(select(Contact.email).where(Contact.account_id == account_id)).all()
    known = {*contacts, *(user.email for user in leaving)} - {""}
    ids = [user.id for user in leaving]
    others = {
        *session.scalars(select(Contact.email).where(Contact.account_id != account_id, Contact.email.in_(known))),
        *session.scalars(select(User.email).where(User.id.not_in(ids), User.email.in_(known))),
    }
    return sorted(known - others)


def _erase_messages(session: Session, account_id: int, emails: Sequence[str]) -> None:
    """The texts of what was written to them, and to anybody about what is theirs; the requests for a new password
    that wait in the outbox or have been there."""
    written = or_(Message.recipient.in_(emails), Message.reply_to.in_(emails), mail_of.about(account_id))
    db.change(session, Message, written, Message.state == "queued", state="failed", error=ERASED)
    empty: dict[str, Any] = {
        "recipient": "",
        "reply_to": "",
        "subject": ERASED,
        "text": "",
        "html": "",
        "attachments": [],
    }
    db.change(session, Message, written, **empty)
    for email in emails:
        held = cast(OutboxRow.payload, String).contains(email, autoescape=True)
        db.change(
            session,
            OutboxRow,
            held,
            OutboxRow.kind == "accounts.password_reset",
            payload={"email": "", "ip": "", "request_id": ""},
        )


def _erase_people(session: Session, account_id: int, leaving: Sequence[User]) -> None:
    ids = [user.id for user in leaving]
    session.execute(delete(Membership).where(Membership.account_id == account_id))
    session.execute(delete(OneTimeToken).where(OneTimeToken.user_id.in_(ids)))
    carts = select(Cart.id).where(Cart.user_id.in_(ids))
    session.execute(delete(CartItem).where(CartItem.cart_id.in_(carts)).execution_options(synchronize_session=False))
    session.execute(delete(Cart).where(Cart.user_id.in_(ids)))
    session.execute(delete(KeptFilter).where(KeptFilter.person.in_([f"user:{each}" for each in ids])))
    now, theirs = clock.now(), UserSignIn.user_id.in_(ids)
    db.change(session, UserSignIn, theirs, UserSignIn.revoked_at.is_(None), revoked_at=now)
    db.change(session, UserSignIn, theirs, ip="", user_agent="")
    for each in ids:
        gone = {"email": f"{ERASED}-{each}@invalid", "name": ERASED, "password_hash": "!", "status": "suspended"}
        db.change(session, User, User.id == each, **gone)


def _erase_account(session: Session, account_id: int) -> None:
    blank = dict.fromkeys(("organisation", "tax_id", "street", "postcode", "city", "email", "phone"), "")
    db.change(session, Contact, Contact.account_id == account_id, name=ERASED, **blank)
    db.change(
        session, Consent, Consent.account_id == account_id, Consent.withdrawn_at.is_(None), withdrawn_at=clock.now()
    )
    db.change(session, Consent, Consent.account_id == account_id, ip="")
    for model in (AccountNote, NameWatch, PriceGroupMember):
        session.execute(delete(model).where(model.account_id == account_id))
    search_keys.forget(session, search_words.KIND, account_id)


def _erase_services(session: Session, account_id: int) -> list[str]:
    """Access data and what was noted at the work; returns the keys of the files that were handed over."""
    db.change(session, Service, Service.account_id == account_id, access="", auto_renew=False)
    theirs = select(Service.id).where(Service.account_id == account_id)
    db.change(session, ServiceTask, ServiceTask.service_id.in_(theirs), note="")
    files = list(session.scalars(select(ServiceFile.stored_as).where(ServiceFile.service_id.in_(theirs))))
    session.execute(
        delete(ServiceFile).where(ServiceFile.service_id.in_(theirs)).execution_options(synchronize_session=False)
    )
    return files


def _erase_asides(session: Session, account_id: int) -> None:
    """What stands beside the papers: who asked for another buyer, and the very words of gateways, which name payers."""
    db.change(session, Proforma, Proforma.account_id == account_id, asked={}, asked_at=None)
    tries = select(GatewayPayment.session_key).where(GatewayPayment.account_id == account_id)
    db.change(session, GatewayEvent, GatewayEvent.session_key.in_(tries), raw="")
