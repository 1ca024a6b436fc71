"""Tables of the catalog room. TLD facts and wholesale prices are the operator's (global); the rest is the partners'."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
    #: What else somebody who sells it must know (see catalog.facts): {"days": [periods in days that can be renewed],
    #: "transfer": {...}, "required": [...], ...}
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class WholesalePrice(Base):
    """What the operator charges partners. Global. The row with the latest `valid_from` not after the day applies."""

    __tablename__ = "wholesale_prices"

    tld_id: Mapped[int] = mapped_column(ForeignKey("tlds.id"))
    operation: Mapped[str]
    years: Mapped[int]
    days: Mapped[int] = mapped_column(default=0)  # a period in days has years 0
    currency: Mapped[str]
    amount: Mapped[int]  # minor units, net
    valid_from: Mapped[date]

    __table_args__ = (
        UniqueConstraint(
            "tld_id", "operation", "years", "days", "currency", "valid_from", name="uq_wholesale_prices_key"
        ),
    )


class Product(TenantOwned, Base):
    """Something that a partner sells. For kind "domain" the ending is the product."""

    __tablename__ = "products"

    kind: Mapped[str]  # domain | hosting | certificate | other; later option
    code: Mapped[str]  # "com", "hosting-start"
    tld_id: Mapped[int | None] = mapped_column(ForeignKey("tlds.id"))
    on_sale: Mapped[bool] = mapped_column(default=True)
    #: For what has no ending: how shops call it, in which words, by locale; and a list of {"label", "value"} by locale.
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summaries: Mapped[dict[str, Any]] = mapped_column(default=dict)
    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: What a year costs the partner, net minor units of its currency; None: not known. Endings: see WholesalePrice.
    cost: Mapped[int | None]
    #: Days within which a person of the partner does what no provider does.
    due_days: Mapped[int] = mapped_column(default=2)
    position: Mapped[int] = mapped_column(default=0)

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
        Index("ix_price_group_members_group", "partner_id", "group_id", "account_id"),
    )


class Price(TenantOwned, Base):
    """A retail price in the partner's tax mode.

    A group's price beats the common one, one set by hand ("own") beats one made by a rule, then the latest start wins.
    """

    __tablename__ = "prices"

    product_id: Mapped[int]
    operation: Mapped[str]  # register | renew | transfer | restore | trade
    years: Mapped[int]
    days: Mapped[int] = mapped_column(default=0)  # a period in days has years 0
    currency: Mapped[str]
    group_id: Mapped[int | None]
    source: Mapped[str] = mapped_column(default="own")  # own | rule
    amount: Mapped[int | None]  # minor units; None: not for sale for so long
    #: Of what a rule made it, for "why this price": {"rule", "cost", "currency", "rate", "rate_day", ...}
    made_of: Mapped[dict[str, Any]] = mapped_column(default=dict)
    valid_from: Mapped[date]  # business dates of the partner; `valid_to` is the last day, None: open
    valid_to: Mapped[date | None]

    __table_args__ = tenant_args(
        tenant_key("product_id", "products"),
        tenant_key("group_id", "price_groups"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("source IN ('own', 'rule')", name="source"),
        CheckConstraint(
            "(years BETWEEN 1 AND 10 AND days = 0) OR (years = 0 AND days BETWEEN 1 AND 3650)", name="period"
        ),
        Index("ix_prices_lookup", "partner_id", "currency", "operation", "years", "product_id"),
        Index("ix_prices_product", "partner_id", "product_id", "valid_from"),
    )


class PriceImport(TenantOwned, Base):
    """The last import of a price list of a partner: what is needed to take it back (see catalog.price_undo)."""

    __tablename__ = "price_imports"

    imported_at: Mapped[datetime]
    mark: Mapped[str]  # SHA-256 of the changed prices as the import left them
    entries: Mapped[list[Any]]  # per price what it was, see `price_undo.noted`

    __table_args__ = tenant_args(UniqueConstraint("partner_id"))


class PriceRule(TenantOwned, Base):
    """How prices are made that nobody set by hand; the row with the latest `valid_from` not after the day applies."""

    __tablename__ = "price_rules"

    kind: Mapped[str]  # of products: domain | hosting | certificate | other
    operation: Mapped[str] = mapped_column(default="")  # "": every one that has no rule of its own
    group_id: Mapped[int | None]  # None: the common prices
    base: Mapped[str] = mapped_column(default="wholesale")  # wholesale | common (a group's prices from the common ones)
    percent_bp: Mapped[int] = mapped_column(default=0)  # added to the base, in basis points; below zero: taken off
    amount: Mapped[int] = mapped_column(default=0)  # added to the base, minor units of the partner's currency
    #: Prices are rounded up to these last two digits: 0, 90 or 99; -1: as they come.
    ending: Mapped[int] = mapped_column(default=-1)
    active: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date]

    __table_args__ = tenant_args(
        tenant_key("group_id", "price_groups"),
        CheckConstraint("base IN ('wholesale', 'common')", name="base"),
        CheckConstraint("ending IN (-1, 0, 90, 99)", name="ending"),
        Index("ix_price_rules_kind", "partner_id", "kind"),
    )


class ExchangeRate(Base):
    """One line of a table of a central bank. Global. ECB: one EUR in `currency`; NBP: one unit of `currency` in PLN."""

    __tablename__ = "exchange_rates"

    source: Mapped[str]  # ecb | nbp
    day: Mapped[date]  # of the table
    number: Mapped[str] = mapped_column(default="")  # of the table: "225/A/NBP/2026"
    currency: Mapped[str]
    rate: Mapped[str]  # exact decimal, as published

    __table_args__ = (UniqueConstraint("source", "currency", "day"),)


class Promotion(TenantOwned, Base):
    """A reduction for everybody who meets its conditions (see catalog.promotions)."""

    __tablename__ = "promotions"

    names: Mapped[dict[str, Any]]  # by locale
    state: Mapped[str] = mapped_column(default="draft")  # draft | active | stopped
    kind: Mapped[str]  # percent | amount | price
    value: Mapped[int]  # basis points, or minor units
    valid_from: Mapped[date]  # business dates of the partner, both inclusive
    valid_to: Mapped[date]
    #: {"kinds", "products", "operations", "years", "groups": lists, empty: any; "first_year", "new_only": bool;
    #: "minimum": of the order, minor units}
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    limit_total: Mapped[int | None]
    limit_account: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]

    __table_args__ = tenant_args(
        CheckConstraint("kind IN ('percent', 'amount', 'price')", name="kind"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("limit_total IS NULL OR used <= limit_total", name="limit"),
        Index("ix_promotions_days", "partner_id", "state", "valid_to"),
    )


class DiscountCode(TenantOwned, Base):
    """A word that takes something off an order. Switched off, never deleted."""

    __tablename__ = "discount_codes"

    code: Mapped[str]  # upper case
    note: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]  # percent | amount
    value: Mapped[int]  # basis points, or minor units of the partner's currency
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as a promotion's
    limit_total: Mapped[int | None]
    limit_account: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    below_cost: Mapped[bool] = mapped_column(default=False)  # may a price fall below what it costs the partner
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "code"),
        CheckConstraint("kind IN ('percent', 'amount')", name="kind"),
        CheckConstraint("limit_total IS NULL OR used <= limit_total", name="limit"),
    )


class DiscountUse(TenantOwned, Base):
    """A promotion or code that an order used, and how much it took off."""

    __tablename__ = "discount_uses"

    promotion_id: Mapped[int | None]
    code_id: Mapped[int | None]
    account_id: Mapped[int]
    order_id: Mapped[int]
    amount: Mapped[int]  # minor units that were taken off, in the partner's tax mode
    used_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]  # the order was cancelled: the use is free again

    __table_args__ = tenant_args(
        tenant_key("promotion_id", "promotions"),
        tenant_key("code_id", "discount_codes"),
        tenant_key("account_id", "accounts"),
        tenant_key("order_id", "orders"),
        Index("ix_discount_uses_promotion", "partner_id", "promotion_id", "account_id"),
        Index("ix_discount_uses_code", "partner_id", "code_id", "account_id"),
        Index("ix_discount_uses_order", "order_id"),
    )
