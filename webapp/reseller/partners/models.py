"""Tables of the partners room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, ByteOrdered, LongText, TenantOwned, TenantRoot, tenant_args, tenant_key


class Partner(TenantRoot, Base):
    """A reseller: the tenant. Also the issuer of its documents, so legal name, tax number and bank stand here."""

    __tablename__ = "partners"

    code: Mapped[str] = mapped_column(unique=True)  # "csp1001": label of the raw host
    name: Mapped[str]  # what the shop calls itself
    status: Mapped[str] = mapped_column(default="active")  # active | suspended
    country: Mapped[str]  # ISO 3166-1 alpha-2
    default_locale: Mapped[str]
    locales: Mapped[list[str]]
    currency: Mapped[str]  # ISO 4217
    timezone: Mapped[str]  # IANA name: business dates are dates there
    theme: Mapped[str]
    modules: Mapped[list[str]]  # offered services: "domains", later "options", "hosting", "certificates"
    #: Bumped by every change of catalog, brand, CMS or hosts: part of each cached page's key.
    content_version: Mapped[int] = mapped_column(default=1)

    legal_name: Mapped[str]
    tax_id: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    email: Mapped[str]  # From of every mail to subscribers
    phone: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(default="")
    tax_mode: Mapped[str] = mapped_column(default="gross")  # are prices "gross" or "net"
    tax_rate_bp: Mapped[int] = mapped_column(default=0)
    payment_days: Mapped[int] = mapped_column(default=14)
    nameservers: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: {"origins": exact origins that may show frames, "previews": the same for editors, "off": views switched off}
    frames: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        CheckConstraint("tax_mode IN ('gross', 'net')", name="tax_mode"),
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="tax_rate"),
    )


#: States of a host in which its name is this partner's alone.
OWNING = ("dns_ok", "certificate_pending", "live", "degraded")
_OWNED = text("state IN ('dns_ok', 'certificate_pending', 'live', 'degraded')")
_PRIMARY = text("is_primary")


class Host(TenantOwned, Base):
    """A name at which a partner's shop answers or shall answer.

    Several partners may claim a name; one may have it (`OWNING`). What was seen of it, and when, stands beside it.
    """

    __tablename__ = "hosts"

    name: Mapped[str]  # normalised: lower case, with the port if it is not the usual one
    kind: Mapped[str]  # raw | custom
    #: draft > waiting_dns > dns_ok > certificate_pending > live; conflict (TXT needed), degraded, detached, quarantined
    state: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]  # of the claim

    #: Why the name is this partner's: "" (not yet), "change" (seen to turn to us), "txt", "operator" or "raw".
    proof: Mapped[str] = mapped_column(default="")
    #: Random part of the TXT record; stays the same however often the partner tries again.
    token: Mapped[str] = mapped_column(default="")
    needs_txt: Mapped[bool] = mapped_column(default=False)
    #: When the name was last seen to lead elsewhere, or nowhere, since it was claimed. None: never yet.
    elsewhere_at: Mapped[datetime | None]
    #: The two lights: {"code": ..., "params": {...}, "seen": [...], "at": ISO instant}; {} before the first look.
    dns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    https: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    live_since: Mapped[datetime | None]  # HSTS grows with it
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # checks in a row that saw another address
    ended_at: Mapped[datetime | None]  # detached or given up: the quarantine counts from here
    #: Bumped by every change that other processes must notice (tls-ask): see partners.hosts.
    changed_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "name"),
        Index("uq_hosts_owned", "name", unique=True, sqlite_where=_OWNED, postgresql_where=_OWNED),
        Index("uq_hosts_primary", "partner_id", unique=True, sqlite_where=_PRIMARY, postgresql_where=_PRIMARY),
        Index("ix_hosts_name", "name"),
        Index("ix_hosts_next_check", "next_check_at"),
        Index("ix_hosts_changed", "changed_at"),
    )


class Brand(TenantOwned, Base):
    """How a partner's surfaces look; one row per partner. Colours are "#rrggbb"."""

    __tablename__ = "brands"

    brand_colour: Mapped[str]
    accent_colour: Mapped[str]  # empty: the brand colour
    mode: Mapped[str] = mapped_column(default="auto")  # light | dark | auto
    fonts: Mapped[str] = mapped_column(default="theme")
    corners: Mapped[str] = mapped_column(default="theme")
    density: Mapped[str] = mapped_column(default="theme")
    logo: Mapped[str] = mapped_column(default="")  # media file name, empty: the shop's name is set in type
    logo_width: Mapped[int] = mapped_column(default=0)
    logo_height: Mapped[int] = mapped_column(default=0)
    logo_dark: Mapped[str] = mapped_column(default="")
    header: Mapped[str] = mapped_column(default="theme")  # layout of the shop's header
    favicon: Mapped[str] = mapped_column(default="")  # media file name of a mark of its own; empty: made of the logo
    #: What a job made of logo and colours: {"ico", "apple", "icon_192", "icon_512", "maskable", "social"} -> file name.
    assets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Hash of what the assets were made of; another one means that they are out of date.
    assets_of: Mapped[str] = mapped_column(default="")
    #: H-58: a banner in every subscriber panel. {"file", "width", "height", "link", "alt": {locale: text}} or {}.
    banner: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = tenant_args(UniqueConstraint("partner_id"))


class Staff(TenantOwned, Base):
    """A person who works for a partner and signs in to the Sales Panel (one address for all partners)."""

    __tablename__ = "staff"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="owner")  # see partners.roles
    status: Mapped[str] = mapped_column(default="active")  # active | suspended
    locale: Mapped[str]
    created_at: Mapped[datetime]


class SignInRecord:
    """Columns of a sign-in: the cookie holds a random token, the table its SHA-256."""

    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ip: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")


class StaffSignIn(SignInRecord, TenantOwned, Base):
    """A live sign-in of a partner's staff."""

    __tablename__ = "staff_sign_ins"

    staff_id: Mapped[int]
    __table_args__ = tenant_args(tenant_key("staff_id", "staff"), Index("ix_staff_sign_ins_staff", "staff_id"))


class Operator(Base):
    """A person who runs the install. Global."""

    __tablename__ = "operators"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    locale: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime]


class OperatorSignIn(SignInRecord, Base):
    """A live sign-in of an operator. Global."""

    __tablename__ = "operator_sign_ins"

    operator_id: Mapped[int]


class AuditEvent(TenantOwned, Base):
    """What somebody did: append-only, written in the transaction of the deed."""

    __tablename__ = "audit_events"

    at: Mapped[datetime]
    actor_kind: Mapped[str]  # visitor | user | staff | operator | system
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    action: Mapped[str]  # "proforma.activated"
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    object_label: Mapped[str] = mapped_column(default="")
    #: A member of staff who acted in the actor's name: "enter the subscriber's panel".
    through: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ip: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str] = mapped_column(LongText, default="")

    __table_args__ = tenant_args(
        Index("ix_audit_events_at", "partner_id", "at"),
        Index("ix_audit_events_object", "partner_id", "object_kind", "object_id"),
    )


class AuditSeal(TenantOwned, Base):
    """A link of the log's hash chain: what stands before it cannot be changed, dropped or put in unseen."""

    __tablename__ = "audit_seals"

    sequence: Mapped[int]  # 1, 2, 3 ... per partner
    event_id: Mapped[int]
    hash: Mapped[str]  # SHA-256 over the link before and the event, hex

    __table_args__ = tenant_args(
        tenant_key("event_id", "audit_events"),
        UniqueConstraint("partner_id", "sequence"),
        UniqueConstraint("partner_id", "event_id"),
    )


class SearchKey(TenantOwned, Base):
    """An end of a word that the panel's search finds by an index: "ample.com" for "example.com" (search_keys.py)."""

    __tablename__ = "search_keys"

    kind: Mapped[str]  # subscriber | domain | service
    object_id: Mapped[int]
    key: Mapped[str] = mapped_column(ByteOrdered)

    __table_args__ = tenant_args(
        Index("ix_search_keys_key", "partner_id", "kind", "key", "object_id"),
        Index("ix_search_keys_object", "partner_id", "kind", "object_id", "key"),
    )


class LongWork(TenantOwned, Base):
    """Something that takes a while and that one can leave and find again: see partners.long_works."""

    __tablename__ = "long_works"

    kind: Mapped[str]  # "activate", "invoices.zip", "prices.import" ...
    state: Mapped[str] = mapped_column(default="running")  # running | done | failed
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what to do; plain JSON
    problems: Mapped[list[Any]] = mapped_column(default=list)  # [{"what", "why"}], the first hundred
    result: Mapped[str] = mapped_column(default="")  # file in the storage, if one came out
    started_by: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = tenant_args(Index("ix_long_works_started", "partner_id", "started_at"))


class WholesaleAccess(TenantOwned, Base):
    """What a partner's software signs in with at the wholesale side of this install; one row per partner."""

    __tablename__ = "wholesale_accesses"

    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    key: Mapped[str] = mapped_column(LongText)  # signs requests; sealed (foundation/sealed.py)
    changed_at: Mapped[datetime]

    __table_args__ = tenant_args(UniqueConstraint("partner_id"))


class UpstreamConnection(TenantOwned, Base):
    """How a partner's panel reaches the wholesale side. Connected only while the last test passed."""

    __tablename__ = "upstream_connections"

    upstream: Mapped[str]  # install
    login: Mapped[str] = mapped_column(default="")
    secret: Mapped[str] = mapped_column(LongText, default="")  # password and key, sealed
    state: Mapped[str] = mapped_column(default="unchecked")  # unchecked | connected | failed
    problem: Mapped[str] = mapped_column(default="")  # code of the bridge error
    balance: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"currency", "balance", "restricted"}
    checked_at: Mapped[datetime | None]

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "upstream"))


class OperatorNotice(Base):
    """A technical message of the operator to all partners. Global."""

    __tablename__ = "operator_notices"

    level: Mapped[str] = mapped_column(default="info")  # info | warn
    texts: Mapped[dict[str, Any]]  # locale -> {"title", "text"}
    shown_from: Mapped[datetime]
    shown_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
