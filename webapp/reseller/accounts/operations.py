"""What one can do with subscribers: users, accounts, contacts, consents and sign-ins. All run in a tenant's scope."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, i18n, outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import audit, passwords, sign_ins, tokens
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.validate import email_key, line

from . import queries, search_words, validate
from .consents import NEWSLETTER, own_hand, set_consent
from .models import Account, Consent, Contact, Membership, OneTimeToken, User, UserSignIn

ALL_RIGHTS = ("view", "order", "pay", "manage", "people")
RESET_LIFETIME, INVITATION_LIFETIME = timedelta(hours=1), timedelta(days=7)
CONSENT_KINDS = ("terms", "immediate_performance", "newsletter", "document")


@dataclass(frozen=True, kw_only=True)
class NewSubscriber:
    """A registration form as typed. The password is checked and hashed before the transaction (partners.passwords).

    `channels`: by which of consents.CHANNELS offers may be sent; none was asked for as a condition.
    """

    kind: str  # person | company
    email: str
    password_hash: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    phone: str
    locale: str
    organisation: str = ""
    tax_id: str = ""
    channels: tuple[str, ...] = ()


def register(session: Session, actor: Actor, new: NewSubscriber) -> User:
    """A user with a login, an account of its own with every right, and its default contact.

    Raises Refusal for a wrong field or channel, and Refusal("email_taken", field="email").
    """
    made = add_subscriber(session, asdict(new), new.password_hash, new.locale)
    user, account = made.user, made.account
    audit.record(session, actor, "account.registered", "account", account.id, account.name, user_id=user.id)
    subscriber = replace(actor, kind="user", id=user.id, label=user.email)
    for channel in new.channels:
        set_consent(session, subscriber, account.id, NEWSLETTER, channel, given=True, source="registration")
    data = {"name": user.name, "email": user.email, "path": "/account/"}
    queue_mail(session, "welcome", user.email, user.locale, data, f"welcome:{user.id}", ("user", user.id))
    return user


@dataclass(frozen=True)
class Made:
    """A new login and the account that it owns."""

    user: User
    account: Account


def add_subscriber(session: Session, contact: Mapping[str, str], password_hash: str, locale: str) -> Made:
    """The rows of a new subscriber: user, account with every right, default contact. Raises Refusal as `register`."""
    values = validate.contact(contact)
    user = User(
        email=values["email"],
        name=values["name"],
        password_hash=password_hash,
        locale=i18n.supported(locale),
        created_at=clock.now(),
    )
    _add_login(session, user)
    account = Account(kind=values["kind"], name=values["organisation"] or values["name"], created_at=clock.now())
    session.add(account)
    session.flush()
    _join(session, user, account)
    session.add(Contact(account_id=account.id, is_default=True, created_at=clock.now(), **values))
    search_words.index(session, [account.id])
    return Made(user, account)


def _add_login(session: Session, user: User) -> None:
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError:
        message = N_("There is an account with this e-mail address already: sign in, or set a new password.")
        raise Refusal("email_taken", message, field="email") from None


def _join(session: Session, user: User, account: Account) -> None:
    rights = list(ALL_RIGHTS)
    session.add(Membership(user_id=user.id, account_id=account.id, rights=rights, created_at=clock.now()))
    session.flush()


# --- sign-ins ------------------------------------------------------------------------------------------------


def authenticate(session: Session, email: str, password: str) -> User:
    """Whose e-mail and password these are at this shop; a reading session.

    Raises Refusal("bad_credentials"), at the same cost for unknown addresses.
    """
    user = queries.user_by_email(session, email_key(email))
    if not passwords.verify(user.password_hash if user else None, password) or user is None:
        raise sign_ins.bad_credentials()
    if user.status != "active":
        raise Refusal("suspended", N_("This sign-in is closed. Please contact us."))
    return user


def open_sign_in(
    session: Session, user: User, ip: str = "", user_agent: str = "", lifetime: timedelta = sign_ins.LIFETIME
) -> str:
    """A fresh sign-in; returns the token for the cookie. A new one at every sign-in, never a given one."""
    token = sign_ins.opened(session, UserSignIn, ip, user_agent, lifetime, user_id=user.id)
    audit.record(session, Actor("user", user.id, user.email, ip), "user.signed_in", "user", user.id, user.email)
    return token


def revoke_sign_in(session: Session, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    sign_ins.revoke_token(session, UserSignIn, token)


def end_sign_in(session: Session, actor: Actor, user_id: int, sign_in_id: int) -> None:
    """End one sign-in of a user from the list of all. Raises NotFound for another user's; an ended one stays ended."""
    mine = (UserSignIn.id == sign_in_id, UserSignIn.user_id == user_id)
    if session.scalar(select(UserSignIn.id).where(*mine)) is None:
        raise NotFound
    if sign_ins.revoke(session, UserSignIn, *mine):
        audit.record(session, actor, "user.sign_in_ended", "user", user_id, sign_in_id=sign_in_id)


def end_other_sign_ins(session: Session, actor: Actor, user_id: int, keep_id: int) -> int:
    """End every sign-in of a user but one; returns how many were open."""
    others = (UserSignIn.user_id == user_id, UserSignIn.id != keep_id)
    ended = sign_ins.revoke(session, UserSignIn, *others)
    audit.record(session, actor, "user.signed_out_elsewhere", "user", user_id, ended=ended)
    return ended


def revoke_all(session: Session, actor: Actor, user_id: int) -> int:
    """End every sign-in of a user at once; returns how many were open."""
    ended = sign_ins.revoke(session, UserSignIn, UserSignIn.user_id == user_id)
    audit.record(session, actor, "user.signed_out_everywhere", "user", user_id, ended=ended)
    return ended


# --- passwords -----------------------------------------------------------------------------------------------


def request_password_reset(session: Session, actor: Actor, email: str) -> None:
    """Ask for a link to set a new password.

    Answers alike, and costs alike, whether the address is known: one outbox row is written in both cases, and
    only its task (tasks.send_password_reset) looks whether there is anybody to write to.
    """
    payload = {"email": email_key(email), "ip": actor.ip, "request_id": actor.request_id}
    outbox.enqueue(session, "accounts.password_reset", secrets.token_hex(8), payload)


def make_reset_token(session: Session, actor: Actor, user: User, lifetime: timedelta = RESET_LIFETIME) -> str:
    """The token of a link that sets a new password once, within the hour as a rule; older links stop working."""
    now = clock.now()
    _spend_reset_tokens(session, user.id)
    token, hashed = tokens.new(queries.PASSWORD_RESET)
    row = OneTimeToken(
        user_id=user.id,
        purpose=queries.PASSWORD_RESET,
        token_hash=hashed,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "user.reset_asked", "user", user.id, user.email)
    return token


def _spend_reset_tokens(session: Session, user_id: int) -> None:
    open_ones = (OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None))
    db.change(session, OneTimeToken, OneTimeToken.purpose == queries.PASSWORD_RESET, *open_ones, used_at=clock.now())


def reset_password(session: Session, actor: Actor, token: str, password_hash: str) -> User:
    """Set a new password by a link, once. Ends every sign-in of the user. Raises Refusal("link_spent")."""
    user = queries.user_for_reset(session, token)
    hashed = tokens.digest(queries.PASSWORD_RESET, token)
    unused = (OneTimeToken.token_hash == hashed, OneTimeToken.used_at.is_(None))
    if user is None or not db.change(session, OneTimeToken, *unused, used_at=clock.now()):
        raise Refusal("link_spent", N_("This link was used already or is too old. Please ask for a new one."))
    return change_password(session, actor, user.id, password_hash)


def change_password(session: Session, actor: Actor, user_id: int, password_hash: str) -> User:
    """Set a new password and end every sign-in and open link of the user (the surface opens a fresh sign-in).

    Raises Refusal("own_hand") for staff who look through the user's eyes.
    """
    own_hand(actor)
    user = queries.user(session, user_id)
    user.password_hash = password_hash
    _spend_reset_tokens(session, user.id)
    sign_ins.revoke(session, UserSignIn, UserSignIn.user_id == user.id)
    audit.record(session, actor, "user.password_changed", "user", user.id, user.email)
    session.flush()
    return user


# --- facts ---------------------------------------------------------------------------------------------------


def update_user(session: Session, actor: Actor, user_id: int, fields: Mapping[str, str]) -> User:
    """Change a user's `name` or `locale`; other keys are refused, and staff who look through the user's eyes."""
    own_hand(actor)
    user = queries.user(session, user_id)
    _only(fields, ("name", "locale"))
    if "name" in fields:
        user.name = line(fields["name"], "name")
    if "locale" in fields:
        user.locale = i18n.supported(fields["locale"])
    audit.record(session, actor, "user.changed", "user", user.id, user.email, fields=sorted(fields))
    session.flush()
    return user


def set_user_status(session: Session, actor: Actor, user_id: int, status: str) -> None:
    """Suspend a user (which ends every sign-in at once) or let it in again: "suspended" or "active"."""
    if status not in ("active", "suspended"):
        raise Refusal("status", N_("Choose a state from the list."), field="status")
    if not db.change(session, User, User.id == user_id, status=status):
        raise NotFound
    if status == "suspended":
        sign_ins.revoke(session, UserSignIn, UserSignIn.user_id == user_id)
    audit.record(session, actor, f"user.{status}", "user", user_id)


def add_contact(session: Session, actor: Actor, account_id: int, fields: Mapping[str, str]) -> Contact:
    """Another contact of an account. Raises Refusal for a wrong field."""
    queries.living(session, account_id)
    contact = Contact(account_id=account_id, created_at=clock.now(), **validate.contact(fields))
    session.add(contact)
    search_words.index(session, [account_id])
    audit.record(session, actor, "contact.added", "contact", contact.id, contact.name, account_id=account_id)
    return contact


def update_contact(
    session: Session, actor: Actor, account_id: int, contact_id: int, fields: Mapping[str, str]
) -> Contact:
    """Change fields of an account's contact; missing ones stay, keys outside validate.CONTACT_FIELDS are refused.

    The account's own name follows its default contact.
    """
    _only(fields, validate.CONTACT_FIELDS)
    account = queries.living(session, account_id)
    contact = queries.contact(session, account_id, contact_id)
    before = {name: getattr(contact, name) for name in validate.CONTACT_FIELDS}
    values = validate.contact({**before, **fields})
    changes = {name: [before[name], value] for name, value in values.items() if value != before[name]}
    for name in changes:
        setattr(contact, name, values[name])
    if contact.is_default and changes:
        account.kind, account.name = contact.kind, contact.organisation or contact.name
    if changes:
        search_words.index(session, [account_id])
        audit.record(session, actor, "contact.changed", "contact", contact.id, contact.name, changes=changes)
    session.flush()
    return contact


def _only(fields: Mapping[str, str], allowed: tuple[str, ...]) -> None:
    stray = sorted(set(fields) - set(allowed))
    if stray:
        raise Refusal("unknown_field", N_("“%(name)s” cannot be changed here."), name=stray[0])


def record_consent(
    session: Session, account_id: int, user_id: int | None, kind: str, version: str, ip: str = "", source: str = ""
) -> Consent:
    """Write down that an account agreed to a document or request, in the version shown; where: see Consent."""
    if kind not in CONSENT_KINDS:
        raise ValueError(f"unknown kind of consent {kind!r}")
    about = {"kind": kind, "version": version, "source": source}
    consent = Consent(account_id=account_id, user_id=user_id, given_at=clock.now(), ip=ip[:64], **about)
    session.add(consent)
    session.flush()
    return consent


def withdraw_consent(session: Session, actor: Actor, account_id: int, kind: str) -> int:
    """Take back every consent of a kind; the record of having given it stays. Returns how many were open."""
    still = (Consent.account_id == account_id, Consent.kind == kind, Consent.withdrawn_at.is_(None))
    ended = db.change(session, Consent, *still, withdrawn_at=clock.now())
    audit.record(session, actor, "consent.withdrawn", "account", account_id, kind=kind)
    return ended
