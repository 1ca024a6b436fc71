"""Tables of the accounts room. Users are not accounts: a user signs in and holds rights in one or many accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key
from webapp.reseller.partners.models import SignInRecord


class User(TenantOwned, Base):
    """A login at one partner's shop. The same e-mail may be another person's login at another shop."""

    __tablename__ = "users"

    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")  # active | suspended
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "email"))


class Account(TenantOwned, Base):
    """A subscriber (abonent): who owns services and is billed."""

    __tablename__ = "accounts"

    kind: Mapped[str]  # person | company
    name: Mapped[str]  # how lists call it
    status: Mapped[str] = mapped_column(default="active")  # active | suspended | merged | erased
    merged_into_id: Mapped[int | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("merged_into_id", "accounts"),
        CheckConstraint("kind IN ('person', 'company')", name="kind"),
        Index("ix_accounts_name", "partner_id", "name"),
        Index("ix_accounts_created", "partner_id", "created_at"),
        Index("ix_accounts_status", "partner_id", "status", "id"),
    )


class AccountNote(TenantOwned, Base):
    """What staff write about a subscriber for each other; the subscriber never sees it (but may ask for it)."""

    __tablename__ = "account_notes"

    account_id: Mapped[int]
    author: Mapped[str]
    text: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(tenant_key("account_id", "accounts"), Index("ix_account_notes_account", "account_id"))


class Membership(TenantOwned, Base):
    """What a user may do in an account. Rights: "view", "order", "pay", "manage", "people"."""

    __tablename__ = "memberships"

    user_id: Mapped[int]
    account_id: Mapped[int]
    rights: Mapped[list[str]]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("user_id", "users"),
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "user_id", "account_id"),
        Index("ix_memberships_account", "account_id"),
    )


class Contact(TenantOwned, Base):
    """Name and address of a party. Owner, payer, registrant and correspondent may be different contacts."""

    __tablename__ = "contacts"

    account_id: Mapped[int]
    kind: Mapped[str]  # person | company
    name: Mapped[str]  # person, or the company's representative
    organisation: Mapped[str] = mapped_column(default="")
    tax_id: Mapped[str] = mapped_column(default="")
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]  # E.164 with a dot after the country code, as EPP writes it: "+48.221234567"
    is_default: Mapped[bool] = mapped_column(default=False)
    #: A sub-contact who was never invoiced waits for the partner's word; afterwards it needs none.
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(tenant_key("account_id", "accounts"), Index("ix_contacts_account", "account_id"))


class Consent(TenantOwned, Base):
    """A document or request that a subscriber agreed to, in the version that was shown."""

    __tablename__ = "consents"

    account_id: Mapped[int]
    user_id: Mapped[int | None]
    kind: Mapped[str]  # terms | immediate_performance | newsletter
    version: Mapped[str]
    channel: Mapped[str] = mapped_column(default="")  # mail | sms | phone, where the consent is to be written to
    source: Mapped[str] = mapped_column(default="")  # registration | order | panel | partner | import
    recorded_by: Mapped[str] = mapped_column(default="")  # who wrote it down, if not the subscriber
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    ip: Mapped[str] = mapped_column(default="")

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("user_id", "users"),
        Index("ix_consents_account", "account_id"),
    )


class UserSignIn(SignInRecord, TenantOwned, Base):
    """A live sign-in of a subscriber's user."""

    __tablename__ = "user_sign_ins"

    user_id: Mapped[int]
    #: A member of the partner's staff who looks through the subscriber's eyes: both stand in the log.
    staff_id: Mapped[int | None]
    staff_label: Mapped[str] = mapped_column(default="")
    __table_args__ = tenant_args(
        tenant_key("user_id", "users"), tenant_key("staff_id", "staff"), Index("ix_user_sign_ins_user", "user_id")
    )


class OneTimeToken(TenantOwned, Base):
    """A link that works once: for one user, one purpose, one shop, for a short time. Only its SHA-256 is stored."""

    __tablename__ = "one_time_tokens"

    user_id: Mapped[int]
    purpose: Mapped[str]  # password_reset | to_frame | to_panel (hand-off of a sign-in)
    token_hash: Mapped[str] = mapped_column(unique=True)
    #: What else must be shown with it: SHA-256 of PKCE challenge (RFC 7636), origin and state; empty: nothing.
    bound: Mapped[str] = mapped_column(default="")
    #: The sign-in that is handed over: the token is worth nothing once that has ended.
    sign_in_id: Mapped[int | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = tenant_args(tenant_key("user_id", "users"), tenant_key("sign_in_id", "user_sign_ins"))
