"""Tables of the catalog room. TLD facts and wholesale prices are the operator's (global); the rest is the partners'."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, TenantOwned, tenant_args, tenant_key


class Tld(Base):
    """Facts of an ending. Global. Behaviour comes from the registry's profile, never from the name."""

    __tablename__ = "tlds"

    name: Mapped[str] = mapped_column(unique=True)  # "com", "com.pl", in A-labels
    registry_key: Mapped[str]  # which connection serves it: "sandbox"
    min_years: Mapped[int] = mapped_column(default=1)
    max_years: Mapped[int] = mapped_column(default=10)
    grace_days: Mapped[int] = mapped_column(default=30)
    redemption_days: Mapped[int] = mapped_column(default=30)
    kind: Mapped[str] = mapped_column(default="generic")  # generic | country


class WholesalePrice(Base):
    """What the operator charges partners. Global. The row with the latest `valid_from` not after the day applies."""

    __tablename__ = "wholesale_prices"

    tld_id: Mapped[int] = mapped_column(ForeignKey("tlds.id"))
    operation: Mapped[str]
    years: Mapped[int]
    currency: Mapped[str]
    amount: Mapped[int]  # minor units, net
    valid_from: Mapped[date]

    __table_args__ = (UniqueConstraint("tld_id", "operation", "years", "currency", "valid_from"),)


class Product(TenantOwned, Base):
    """Something that a partner sells. For kind "domain" the ending is the product."""

    __tablename__ = "products"

    kind: Mapped[str]  # domain; later hosting, certificate, option
    code: Mapped[str]  # "com"
    tld_id: Mapped[int | None] = mapped_column(ForeignKey("tlds.id"))
    on_sale: Mapped[bool] = mapped_column(default=True)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "kind", "code"))


class TldGroup(TenantOwned, Base):
    """The endings that a search shows, in the partner's order. One group per partner is the default one."""

    __tablename__ = "tld_groups"

    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)


class TldGroupMember(TenantOwned, Base):
    """One ending of a group; `spotlight` ones are shown under the search on the home page."""

    __tablename__ = "tld_group_members"

    group_id: Mapped[int]
    product_id: Mapped[int]
    position: Mapped[int]
    spotlight: Mapped[bool] = mapped_column(default=False)

    __table_args__ = tenant_args(
        tenant_key("group_id", "tld_groups"),
        tenant_key("product_id", "products"),
        UniqueConstraint("partner_id", "group_id", "product_id"),
    )


class PriceGroup(TenantOwned, Base):
    """Subscribers who see other prices everywhere."""

    __tablename__ = "price_groups"

    name: Mapped[str]
    __table_args__ = tenant_args(UniqueConstraint("partner_id", "name"))


class PriceGroupMember(TenantOwned, Base):
    """An account in a price group; an account is in one group at most."""

    __tablename__ = "price_group_members"

    group_id: Mapped[int]
    account_id: Mapped[int]

    __table_args__ = tenant_args(
        tenant_key("group_id", "price_groups"),
        tenant_key("account_id", "accounts"),
        UniqueConstraint("partner_id", "account_id"),
    )


class Price(TenantOwned, Base):
    """A retail price in the partner's tax mode. A group's price beats the common one; then the latest start wins."""

    __tablename__ = "prices"

    product_id: Mapped[int]
    operation: Mapped[str]  # register | renew | transfer | restore | trade
    years: Mapped[int]
    currency: Mapped[str]
    group_id: Mapped[int | None]
    amount: Mapped[int]  # minor units
    valid_from: Mapped[date]  # business dates of the partner; `valid_to` is the last day, None: open
    valid_to: Mapped[date | None]

    __table_args__ = tenant_args(
        tenant_key("product_id", "products"),
        tenant_key("group_id", "price_groups"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("years BETWEEN 1 AND 10", name="years"),
        Index("ix_prices_lookup", "partner_id", "currency", "operation", "years", "product_id"),
    )
