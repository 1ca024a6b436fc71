"""Tables of the services room."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key

#: A name that is in one of these states is ours at the registry or is being asked for: no second row may be.
LIVE_STATES = ("provisioning", "active", "expiring", "expired", "redemption", "needs_attention", "suspended")
_one_renewal = text("kind = 'renew' AND state <> 'refused'")
_live = text("state IN ({})".format(", ".join(f"'{s}'" for s in LIVE_STATES)))


class Domain(TenantOwned, Base):
    """A domain name that a subscriber ordered or owns."""

    __tablename__ = "domains"

    name: Mapped[str]  # A-labels, lower case
    name_unicode: Mapped[str]
    tld_id: Mapped[int]
    registry_key: Mapped[str]
    account_id: Mapped[int]
    registrant_id: Mapped[int]
    state: Mapped[str]
    registered_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # as the registry says
    auto_renew: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("registrant_id", "contacts"),
        Index("ix_domains_account", "partner_id", "account_id"),
        Index("ix_domains_expiry", "state", "expires_at"),
        Index("ix_domains_name", "partner_id", "name", "id"),
        Index("ix_domains_state", "partner_id", "state", "name", "id"),
        Index("ix_domains_end", "partner_id", "expires_at", "id"),
        # over all partners: a live name is one row in the whole install
        Index("uq_domains_live", "name", unique=True, sqlite_where=_live, postgresql_where=_live),
    )

    @property
    def ends_on(self) -> date | None:
        """The date of the expiry as the registry writes it: in UTC (RFC 5731, exDate), whatever the partner's zone."""
        return self.expires_at.astimezone(UTC).date() if self.expires_at else None


class ProvisioningOperation(TenantOwned, Base):
    """One thing that we asked (or are going to ask) a registry to do, for one paid line. The line is unique."""

    __tablename__ = "provisioning_operations"

    domain_id: Mapped[int]
    kind: Mapped[str]  # register | renew
    line_key: Mapped[str]  # who pays for it: "order-line:17"
    years: Mapped[int]
    state: Mapped[str] = mapped_column(default="intended")  # intended > sent > confirmed | refused | unknown
    #: Written before the wire: the random authInfo is the fingerprint of *this* registration; the expiry guards a
    #: renewal.
    auth_info: Mapped[str] = mapped_column(default="")
    registrant_handle: Mapped[str] = mapped_column(default="")
    current_expiry: Mapped[date | None]
    client_transaction: Mapped[str] = mapped_column(default="")  # clTRID of the last try
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    unclear_tries: Mapped[int] = mapped_column(default=0)  # tries whose outcome nobody could tell
    code: Mapped[int | None]  # EPP result code of the last answer
    detail: Mapped[str] = mapped_column(LongText, default="")
    wholesale_amount: Mapped[int] = mapped_column(default=0)
    wholesale_currency: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_key("domain_id", "domains"),
        UniqueConstraint("partner_id", "line_key"),
        CheckConstraint("kind IN ('register', 'renew')", name="kind"),
        Index("ix_provisioning_operations_open", "state", "created_at"),
        Index("ix_provisioning_operations_made", "partner_id", "created_at"),
        # a domain is renewed once from one expiry date, whatever happens (a proven refusal may be asked again)
        Index(
            "uq_provisioning_operations_renewal",
            "domain_id",
            "current_expiry",
            unique=True,
            sqlite_where=_one_renewal,
            postgresql_where=_one_renewal,
        ),
    )


class RegistrantHandle(TenantOwned, Base):
    """The contact object that stands for one of our contacts at one registry."""

    __tablename__ = "registrant_handles"

    contact_id: Mapped[int]
    registry_key: Mapped[str]
    handle: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("contact_id", "contacts"), UniqueConstraint("partner_id", "contact_id", "registry_key")
    )


class NameWatch(TenantOwned, Base):
    """A taken name that a subscriber wants to hear about when it becomes free."""

    __tablename__ = "name_watches"

    account_id: Mapped[int]
    user_id: Mapped[int]
    name: Mapped[str]  # A-labels
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("user_id", "users"),
        UniqueConstraint("partner_id", "user_id", "name"),
        Index("ix_name_watches_account", "account_id"),
    )


class Service(TenantOwned, Base):
    """Hosting, a certificate or anything else that a person of the partner provides; states as a domain's."""

    __tablename__ = "services"

    kind: Mapped[str]  # hosting | certificate | other
    product_id: Mapped[int]
    account_id: Mapped[int]
    contact_id: Mapped[int | None]
    label: Mapped[str]  # what it is for: "example.com", or the product's name
    state: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]  # the last day that is paid
    anchor: Mapped[date | None]  # periods are counted from here, so that 31 January does not drift
    auto_renew: Mapped[bool] = mapped_column(default=True)
    #: Access data for the subscriber, sealed (foundation/sealed.py); "" until the partner has entered them.
    access: Mapped[str] = mapped_column(LongText, default="")
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("product_id", "products"),
        tenant_key("account_id", "accounts"),
        tenant_key("contact_id", "contacts"),
        Index("ix_services_account", "partner_id", "account_id"),
        Index("ix_services_end", "state", "ends_on"),
        Index("ix_services_state", "partner_id", "state", "id"),
    )


class ServiceFile(TenantOwned, Base):
    """A file that the partner hands over with a service: a certificate, a list of mailboxes."""

    __tablename__ = "service_files"

    service_id: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]  # bytes
    stored_as: Mapped[str]  # in a folder of the storage that has no address
    added_at: Mapped[datetime]

    __table_args__ = tenant_args(tenant_key("service_id", "services"), Index("ix_service_files_service", "service_id"))


class ServiceTask(TenantOwned, Base):
    """What a person of the partner has to do for a paid line that no provider fulfils."""

    __tablename__ = "service_tasks"

    service_id: Mapped[int]
    line_key: Mapped[str]  # who pays for it: "order-line:17"
    kind: Mapped[str]  # set_up | renew | end
    state: Mapped[str] = mapped_column(default="open")  # open | done | refused
    years: Mapped[int]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(LongText, default="")
    done_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        tenant_key("service_id", "services"),
        UniqueConstraint("partner_id", "line_key"),
        Index("ix_service_tasks_open", "partner_id", "state", "due_on"),
    )
