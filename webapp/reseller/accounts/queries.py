"""Reads of the accounts room. All run in a tenant's scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.paging import Page, paginate
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import search_keys, sign_ins, tokens

from . import search_words
from .models import Account, Consent, Contact, Membership, OneTimeToken, User, UserSignIn

#: Purpose of a one-time token, not a password.
PASSWORD_RESET = "password_reset"  # noqa: S105


@dataclass(frozen=True)
class AccountAccess:
    """An account and what a user may do in it: "view", "order", "pay", "manage", "people"."""

    account: Account
    rights: frozenset[str]


@dataclass(frozen=True)
class Person:
    """A user and what it may do in an account."""

    user: User
    rights: frozenset[str]


def open_sign_ins(session: Session, user_id: int) -> list[UserSignIn]:
    """Where a user is signed in now, the newest first."""
    still = (UserSignIn.revoked_at.is_(None), UserSignIn.expires_at > clock.now())
    mine = select(UserSignIn).where(UserSignIn.user_id == user_id, *still)
    return list(session.scalars(mine.order_by(UserSignIn.id.desc()).limit(100)))


def sign_in_of(session: Session, token: str) -> int | None:
    """The id of the sign-in that a cookie's token opens, to mark it in the list."""
    return session.scalar(select(UserSignIn.id).where(*sign_ins.live(UserSignIn, token)))


def user_by_email(session: Session, email_key: str) -> User | None:
    """A user by normal e-mail (partners.validate.email_key)."""
    return session.scalar(select(User).where(User.email == email_key))


def user(session: Session, user_id: int) -> User:
    """A user of this shop. Raises NotFound."""
    found = session.scalar(select(User).where(User.id == user_id))
    if found is None:
        raise NotFound
    return found


def user_for_reset(session: Session, token: str) -> User | None:
    """Whose password a reset link would set; None when it is unknown, spent or too old."""
    return session.scalar(
        select(User)
        .join(OneTimeToken, OneTimeToken.user_id == User.id)
        .where(
            OneTimeToken.token_hash == tokens.digest(PASSWORD_RESET, token),
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > clock.now(),
            User.status == "active",
        )
    )


def accounts_of(session: Session, user_id: int) -> list[AccountAccess]:
    """The active accounts in which a user may do something, in the order of getting them."""
    rows = session.execute(
        select(Account, Membership.rights)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user_id, Account.status == "active")
        .order_by(Membership.id)
    )
    return [AccountAccess(account, frozenset(rights)) for account, rights in rows]


def access(session: Session, user_id: int, account_id: int) -> AccountAccess:
    """What a user may do in one account. Raises NotFound when it is not a member: both look the same."""
    for found in accounts_of(session, user_id):
        if found.account.id == account_id:
            return found
    raise NotFound


def people_of(session: Session, account_id: int) -> list[Person]:
    """Who may do what in an account."""
    rows = session.execute(
        select(User, Membership.rights)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.account_id == account_id)
        .order_by(Membership.id)
    )
    return [Person(user, frozenset(rights)) for user, rights in rows]


def account(session: Session, account_id: int) -> Account:
    """A subscriber. Raises NotFound."""
    found = session.scalar(select(Account).where(Account.id == account_id))
    if found is None:
        raise NotFound
    return found


def living(session: Session, account_id: int, *, lock: bool = False) -> Account:
    """A subscriber to whom something may still happen. Raises NotFound, and Refusal("gone") for a merged or erased one.

    `lock`: nobody merges or erases it before this transaction ends.
    """
    wanted = select(Account).where(Account.id == account_id)
    if lock:
        wanted = wanted.with_for_update(read=True).execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    if found.status in ("merged", "erased"):
        raise Refusal("gone", N_("This subscriber was merged or erased: nothing can be changed any more."))
    return found


def former(session: Session, account_id: int) -> list[int]:
    """Ids of the accounts that were merged into this one, directly or by way of others."""
    found: list[int] = []
    looked = [account_id]
    while looked:
        looked = list(session.scalars(select(Account.id).where(Account.merged_into_id.in_(looked))))
        found += looked
    return found


def alone(session: Session, account_id: int) -> list[User]:
    """People of the account who are in no other that lives."""
    elsewhere = select(Membership.user_id).join(Account, Account.id == Membership.account_id)
    elsewhere = elsewhere.where(Membership.account_id != account_id, Account.status.in_(("active", "suspended")))
    mine = select(Membership.user_id).where(Membership.account_id == account_id)
    return list(session.scalars(select(User).where(User.id.in_(mine), User.id.not_in(elsewhere)).order_by(User.id)))


def contacts(session: Session, account_id: int) -> list[Contact]:
    """The contacts of an account, the default one first."""
    statement = select(Contact).where(Contact.account_id == account_id)
    return list(session.scalars(statement.order_by(Contact.is_default.desc(), Contact.id)))


def contact(session: Session, account_id: int, contact_id: int) -> Contact:
    """One contact of an account. Raises NotFound, also when it is another account's."""
    found = session.scalar(select(Contact).where(Contact.account_id == account_id, Contact.id == contact_id))
    if found is None:
        raise NotFound
    return found


def default_contact(session: Session, account_id: int) -> Contact:
    """Who an account is by default: its owner's name and address."""
    found = session.scalar(select(Contact).where(Contact.account_id == account_id, Contact.is_default.is_(True)))
    if found is None:
        raise NotFound
    return found


def default_contacts(session: Session, account_ids: Iterable[int]) -> dict[int, Contact]:
    """The default contacts of many accounts in one statement, by account id: for lists."""
    statement = select(Contact).where(Contact.account_id.in_(set(account_ids)), Contact.is_default.is_(True))
    return {found.account_id: found for found in session.scalars(statement)}


def search_accounts(
    session: Session, text: str = "", page: int = 1, where: Iterable[ColumnElement[bool]] = (), size: int = 50
) -> Page[Account]:
    """Subscribers, the newest first; with `text` those of whose names, tax numbers, e-mails,
    phones and towns every word of it is a part."""
    statement = select(Account).where(*where).order_by(Account.id.desc())
    statement = statement.where(*search_keys.matching(text, search_words.KIND, Account.id))
    return paginate(session, statement, Account.id, page, size)


def there() -> Select[int]:
    """The ids of the subscribers who were not merged or erased, to be counted."""
    return select(Account.id).where(Account.status.in_(("active", "suspended")))


def consents(session: Session, account_id: int) -> list[Consent]:
    """What an account agreed to, the newest first."""
    statement = select(Consent).where(Consent.account_id == account_id)
    return list(session.scalars(statement.order_by(Consent.given_at.desc(), Consent.id.desc())))
