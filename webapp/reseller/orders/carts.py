"""The cart: names with the price that was shown. It belongs to a visitor, found by a random token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import understand_name
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.queries import Offer
from webapp.reseller.partners import queries as partners

from .models import Cart, CartItem

MAX_ITEMS = 50


@dataclass(frozen=True)
class PriceChange:
    """A price that is another one now than when the name was put into the cart. `after` None: no longer for sale."""

    name: str
    before: int
    after: int | None


def cart_for(session: Session, token: str | None, *, lock: bool = False) -> Cart | None:
    """The visitor's cart with its items, or None."""
    if not token:
        return None
    query = select(Cart).where(Cart.token_hash == _hash(token))
    return session.scalar(query.with_for_update(of=Cart) if lock else query)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def count(session: Session, token: str | None) -> int:
    """How many names are in the visitor's cart."""
    cart = cart_for(session, token)
    return len(cart.items) if cart else 0


def has_searched(session: Session, token: str) -> bool:
    """Did one of the names in the visitor's cart come from a search of this shop?"""
    cart = cart_for(session, token)
    return cart is not None and any(item.searched for item in cart.items)


def total(cart: Cart) -> int:
    """Sum of the shown prices, in the partner's tax mode."""
    return sum(item.amount for item in cart.items)


def add_to_cart(
    session: Session,
    token: str | None,
    name: str,
    years: int | None = None,
    account_id: int | None = None,
    *,
    searched: bool = False,
) -> tuple[Cart, str]:
    """Put a name into the cart (made if there is none); returns the cart and its token. Twice is once."""
    wanted = understand_name(name)
    offer = _offer(session, wanted.tld or "", account_id)
    cart = cart_for(session, token, lock=True)
    if cart is None:
        token = secrets.token_urlsafe(24)
        cart = _new_cart(session, token)
    if any(item.name == wanted.ascii for item in cart.items):
        return cart, token or ""
    if len(cart.items) >= MAX_ITEMS:
        raise Refusal("cart_full", N_("A cart holds %(count)s names. Order these first."), count=MAX_ITEMS)
    period = years or min(offer.register)
    item = CartItem(
        cart_id=cart.id,
        operation="register",
        name=wanted.ascii,
        name_unicode=wanted.unicode,
        product_id=offer.product_id,
        years=period,
        amount=_amount(offer, period),
        searched=searched,
        added_at=clock.now(),
    )
    cart.items.append(item)
    _touch(cart)
    session.flush()
    return cart, token or ""


def _offer(session: Session, tld: str, account_id: int | None) -> Offer:
    partner = partners.partner(session)
    offer = catalog.offer_for(session, tld, partner.currency, clock.today(partner.timezone), account_id)
    if offer is None:
        raise Refusal("not_sold", N_("Names with the ending “.%(tld)s” are not sold here."), "name", tld=tld)
    return offer


def _amount(offer: Offer, years: int) -> int:
    if years not in offer.register:
        raise Refusal("period", N_("This name cannot be ordered for %(years)s years."), "years", years=years)
    return offer.register[years]


def _new_cart(session: Session, token: str) -> Cart:
    now = clock.now()
    currency = partners.partner(session).currency
    cart = Cart(token_hash=_hash(token), currency=currency, created_at=now, updated_at=now, items=[])
    session.add(cart)
    session.flush()
    return cart


def _touch(cart: Cart) -> None:
    cart.revision += 1
    cart.updated_at = clock.now()


def _item(cart: Cart, item_id: int) -> CartItem:
    for item in cart.items:
        if item.id == item_id:
            return item
    raise NotFound


def _locked(session: Session, token: str | None) -> Cart:
    cart = cart_for(session, token, lock=True)
    if cart is None:
        raise NotFound
    return cart


def remove_from_cart(session: Session, token: str | None, item_id: int) -> CartItem:
    """Take an item out; returns it, so that the page can offer to put it back."""
    cart = _locked(session, token)
    item = _item(cart, item_id)
    cart.items.remove(item)
    session.delete(item)
    _touch(cart)
    session.flush()
    return item


def set_years(session: Session, token: str | None, item_id: int, years: int, account_id: int | None = None) -> Cart:
    """Another period for an item, at today's price for it."""
    cart = _locked(session, token)
    item = _item(cart, item_id)
    product = catalog.product(session, item.product_id)
    offer = _offer(session, product.code if product else "", account_id)
    item.amount, item.years = _amount(offer, years), years
    _touch(cart)
    session.flush()
    return cart


def empty(session: Session, cart: Cart) -> None:
    """What is left of a cart after its order."""
    session.execute(
        delete(CartItem).where(CartItem.cart_id == cart.id), execution_options={"synchronize_session": False}
    )
    _touch(cart)
    session.flush()
    session.expire(cart, ["items"])


def price_changes(session: Session, cart: Cart, account_id: int | None = None) -> list[PriceChange]:
    """What costs something else today than the cart shows."""
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    products = [item.product_id for item in cart.items]
    prices = catalog.prices_on_sale(session, products, partner.currency, today, account_id)
    amounts = [(item, prices.get(item.product_id, {}).get(item.operation, {}).get(item.years)) for item in cart.items]
    return [PriceChange(item.name_unicode, item.amount, amount) for item, amount in amounts if amount != item.amount]


def refresh_prices(session: Session, token: str | None, account_id: int | None = None) -> list[PriceChange]:
    """Write today's prices into the cart and return what changed; what is no longer for sale leaves the cart."""
    cart = _locked(session, token)
    changes = {change.name: change for change in price_changes(session, cart, account_id)}
    for item in list(cart.items):
        if (change := changes.get(item.name_unicode)) is None:
            continue
        if change.after is None:
            cart.items.remove(item)
            session.delete(item)
        else:
            item.amount = change.after
    if changes:
        _touch(cart)
        session.flush()
    return list(changes.values())
