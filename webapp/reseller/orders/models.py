"""Tables of the orders room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from webapp.foundation.schema import Base, TenantOwned, tenant_args, tenant_key


class CartItem(TenantOwned, Base):
    """A name in a cart, with the price that was shown: a later price is shown and asked again."""

    __tablename__ = "cart_items"

    cart_id: Mapped[int]
    operation: Mapped[str]  # register
    name: Mapped[str]  # what it is for: a domain name; may be "" for what is no domain
    name_unicode: Mapped[str]
    product_id: Mapped[int]
    years: Mapped[int]
    amount: Mapped[int]  # minor units in the cart's currency, for all years, as it was shown
    list_amount: Mapped[int | None]  # before the promotion; None: there is none
    promotion_id: Mapped[int | None]
    #: Put in from the results of a search of this shop: an order then counts as one that a search led to.
    searched: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("cart_id", "carts"),
        tenant_key("product_id", "products"),
        tenant_key("promotion_id", "promotions"),
        UniqueConstraint("partner_id", "cart_id", "product_id", "name"),
        CheckConstraint("years BETWEEN 1 AND 10", name="years"),
    )


class Cart(TenantOwned, Base):
    """What a visitor has picked. Reached by a random token in the visitor's session; made with the first item."""

    __tablename__ = "carts"

    token_hash: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    code: Mapped[str] = mapped_column(default="")  # discount code as it was typed and accepted
    #: Becomes part of the order's key: confirming the same cart state twice makes one order.
    revision: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    items: Mapped[list[CartItem]] = relationship(
        primaryjoin=lambda: foreign(CartItem.cart_id) == Cart.id, order_by=CartItem.id, lazy="selectin"
    )

    __table_args__ = tenant_args(tenant_key("user_id", "users"), Index("ix_carts_updated", "updated_at"))


class OrderLine(TenantOwned, Base):
    """One ordered thing and the line of the proforma that asks for its money."""

    __tablename__ = "order_lines"

    order_id: Mapped[int]
    proforma_line_id: Mapped[int]
    #: What it is about: a domain, or a service that no registry knows.
    domain_id: Mapped[int | None]
    service_id: Mapped[int | None]
    operation: Mapped[str]  # register | renew
    years: Mapped[int]
    days: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int]
    #: awaiting_payment > awaiting_funds? > provisioning > done | lost | refused; cancelled
    state: Mapped[str]

    __table_args__ = tenant_args(
        tenant_key("order_id", "orders"),
        tenant_key("proforma_line_id", "proforma_lines"),
        tenant_key("domain_id", "domains"),
        tenant_key("service_id", "services"),
        CheckConstraint("(domain_id IS NULL) <> (service_id IS NULL)", name="subject"),
        UniqueConstraint("partner_id", "proforma_line_id"),
        Index("ix_order_lines_service", "service_id"),
        Index("ix_order_lines_domain", "domain_id"),
        Index("ix_order_lines_state", "partner_id", "state"),
    )


class Order(TenantOwned, Base):
    """A confirmed order. `key` makes a double click, a replay or a second tab find the same order."""

    __tablename__ = "orders"

    key: Mapped[str]
    account_id: Mapped[int]
    user_id: Mapped[int | None]
    proforma_id: Mapped[int]
    currency: Mapped[str]
    terms_version: Mapped[str]
    placed_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(default="")

    lines: Mapped[list[OrderLine]] = relationship(
        primaryjoin=lambda: foreign(OrderLine.order_id) == Order.id, order_by=OrderLine.id, lazy="selectin"
    )

    __table_args__ = tenant_args(
        tenant_key("account_id", "accounts"),
        tenant_key("user_id", "users"),
        tenant_key("proforma_id", "proformas"),
        UniqueConstraint("partner_id", "key"),
        UniqueConstraint("partner_id", "proforma_id"),
        Index("ix_orders_placed", "partner_id", "placed_at"),
    )


class OrderAcceptance(TenantOwned, Base):
    """A legal document that was accepted with an order, in the version that was shown (H-55)."""

    __tablename__ = "order_acceptances"

    order_id: Mapped[int]
    document_id: Mapped[int]
    user_id: Mapped[int | None]
    title: Mapped[str]
    reference: Mapped[str]  # "terms:pl:3"
    accepted_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(default="")

    __table_args__ = tenant_args(
        tenant_key("order_id", "orders"),
        tenant_key("document_id", "legal_documents"),
        tenant_key("user_id", "users"),
        UniqueConstraint("partner_id", "order_id", "document_id"),
    )
