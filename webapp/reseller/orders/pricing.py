"""Prices of what is about to be ordered: list price, promotion and code for the account that buys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.catalog import quotes
from webapp.reseller.catalog.conditions import Buyer
from webapp.reseller.catalog.quoted import Item, Quotation
from webapp.reseller.partners import queries as partners

from .models import Cart, Order, OrderLine


def buyer_of(session: Session, account_id: int | None) -> Buyer:
    """Who buys. New is who has no order, or only cancelled ones; who is not signed in is nobody yet."""
    if account_id is None:
        return Buyer()
    bought = (Order.account_id == account_id, OrderLine.state != "cancelled")
    first = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id).where(*bought).limit(1)
    return Buyer(account_id, is_new=session.scalar(first) is None)


def priced(session: Session, items: Sequence[Item], account_id: int | None, code: str = "") -> Quotation:
    """Today's prices of these items in the partner's currency."""
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    return quotes.quote(session, items, buyer_of(session, account_id), today, partner.currency, code)


def priced_cart(session: Session, cart: Cart, account_id: int | None) -> Quotation:
    """Today's prices of a cart with its code; lines by the ids of its items."""
    return priced(session, items_of(cart), account_id, cart.code)


def items_of(cart: Cart) -> list[Item]:
    """What is in a cart, to be priced."""
    return [Item(item.id, item.product_id, item.operation, item.years) for item in cart.items]
