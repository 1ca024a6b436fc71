"""What the partner does with subscribers: makes them, closes and opens them, invites their people."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from webapp.foundation import db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import audit, sign_ins
from webapp.reseller.partners.audit import Actor

from . import operations, queries, search_words
from .models import Account, Contact, Membership, User, UserSignIn

#: What no password fits: the person sets one by the link of the invitation.
NO_PASSWORD = "!"  # noqa: S105


def create(session: Session, actor: Actor, contact: Mapping[str, str], locale: str) -> Account:
    """A subscriber with a first contact and a user, who gets a link to set a password.

    `contact` as accounts.validate. Raises Refusal for a wrong field, and Refusal("email_taken", field="email").
    """
    made = operations.add_subscriber(session, contact, NO_PASSWORD, locale)
    audit.record(session, actor, "account.created", "account", made.account.id, made.account.name)
    invite(session, actor, made.account.id, made.user.id)
    return made.account


def invite(session: Session, actor: Actor, account_id: int, user_id: int) -> None:
    """Send a link to set a password; older links stop working. Raises NotFound and Refusal("closed")."""
    account = queries.access(session, user_id, account_id).account
    user = queries.user(session, user_id)
    if user.status != "active":
        raise Refusal("closed", N_("This sign-in is closed."))
    token = operations.make_reset_token(session, actor, user, operations.INVITATION_LIFETIME)
    days = operations.INVITATION_LIFETIME.days
    data = {"name": user.name, "email": user.email, "days": days, "path": f"/account/reset/{token}"}
    queue_mail(session, "invitation", user.email, user.locale, data, f"invitation:{token[:12]}", ("user", user.id))
    audit.record(session, actor, "account.invited", "account", account.id, account.name, user_id=user.id)


def set_status(session: Session, actor: Actor, account_id: int, status: str) -> None:
    """Close an account or open it again: "suspended" or "active". Its people are signed out; services go on.

    Raises Refusal for a merged or erased one, which nothing brings back.
    """
    if status not in ("active", "suspended"):
        raise Refusal("status", N_("Choose a state from the list."), field="status")
    account = queries.living(session, account_id)
    if account.status == status:
        return
    account.status = status
    session.flush()
    if status == "suspended":
        _sign_out_people(session, account_id)
    audit.record(session, actor, f"account.{status}", "account", account.id, account.name)


def _sign_out_people(session: Session, account_id: int) -> None:
    """Those who have no other account; the others lose sight of this one at once."""
    for person in queries.people_of(session, account_id):
        if not queries.accounts_of(session, person.user.id):
            sign_ins.revoke(session, UserSignIn, UserSignIn.user_id == person.user.id)


def make_default(session: Session, actor: Actor, account_id: int, contact_id: int) -> Contact:
    """The contact that orders are made for; the account is called as it is. Raises NotFound."""
    account, chosen = queries.living(session, account_id), queries.contact(session, account_id, contact_id)
    db.change(session, Contact, Contact.account_id == account_id, Contact.is_default.is_(True), is_default=False)
    session.expire_all()
    chosen.is_default = True
    account.kind, account.name = chosen.kind, chosen.organisation or chosen.name
    search_words.index(session, [account_id])
    audit.record(session, actor, "contact.default", "contact", chosen.id, chosen.name, account_id=account_id)
    return chosen


def set_rights(session: Session, actor: Actor, account_id: int, user_id: int, rights: list[str]) -> None:
    """What a person may do in the account; none: no longer a member. Raises NotFound."""
    queries.living(session, account_id)
    wanted = [right for right in operations.ALL_RIGHTS if right in rights]
    mine = (Membership.account_id == account_id, Membership.user_id == user_id)
    if not db.change(session, Membership, *mine, rights=wanted):
        raise NotFound
    user: User = queries.user(session, user_id)
    audit.record(session, actor, "account.rights", "account", account_id, user.email, rights=wanted)
