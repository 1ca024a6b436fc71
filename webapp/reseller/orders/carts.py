"""The cart: things with the price that was shown. It belongs to a visitor, found by a random token.

A price that changes by itself is shown and asked again. One that changes because the visitor has put something in or
taken something out (an order must come to so much, a promotion is for one name) is the new price at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import understand_name
from webapp.reseller.catalog import codes
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.queries import Offer
from webapp.reseller.catalog.quoted import Item, Quotation, QuotedLine
from webapp.reseller.partners import queries as partners

from .models import Cart, CartItem
from .pricing import items_of, priced, priced_cart

MAX_ITEMS = 50
#: How a quotation calls what is not in the cart yet.
NEW = "new"


@dataclass(frozen=True)
class PriceChange:
    """A price that is another one now than when the name was put into the cart. `after` None: no longer for sale.

    `ended`: it was a promotion's, which has ended or is used up.
    """

    name: str
    before: int
    after: int | None
    ended: bool = False


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
    """Sum of the shown prices before any discount code, in the partner's tax mode."""
    return sum(item.amount for item in cart.items)


def to_pay(session: Session, cart: Cart, account_id: int | None = None) -> int:
    """What an order of the cart comes to today, with its code: the total that `place` wants confirmed."""
    return priced_cart(session, cart, account_id).total


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
    cart, token = opened(session, token)
    if any(item.name == wanted.ascii for item in cart.items):
        return cart, token
    new = Item(NEW, offer.product_id, "register", years or min(offer.register))
    put_in(session, cart, new, wanted.ascii, wanted.unicode, account_id, searched=searched)
    return cart, token


def opened(session: Session, token: str | None) -> tuple[Cart, str]:
    """The visitor's cart, locked, and its token; a new one if there is none."""
    cart = cart_for(session, token, lock=True)
    if cart is not None and token:
        return cart, token
    token = secrets.token_urlsafe(24)
    return _new_cart(session, token), token


def put_in(
    session: Session, cart: Cart, new: Item, name: str, shown: str, account_id: int | None, *, searched: bool = False
) -> None:
    """One thing more (its key is NEW) at today's price, for a name in A-labels that is shown as `shown`."""
    if len(cart.items) >= MAX_ITEMS:
        raise Refusal("cart_full", N_("A cart holds %(count)s names. Order these first."), count=MAX_ITEMS)
    quotation = _today(session, cart, account_id, new)
    item = CartItem(
        cart_id=cart.id,
        operation=new.operation,
        name=name,
        name_unicode=shown,
        product_id=new.product_id,
        years=new.years,
        **_shown(_line(quotation, NEW, new.years)),
        searched=searched,
        added_at=clock.now(),
    )
    _settle(cart, quotation)
    cart.items.append(item)
    _touch(cart)
    session.flush()


def _offer(session: Session, tld: str, account_id: int | None) -> Offer:
    partner = partners.partner(session)
    offer = catalog.offer_for(session, tld, partner.currency, clock.today(partner.timezone), account_id)
    if offer is None:
        raise Refusal("not_sold", N_("Names with the ending “.%(tld)s” are not sold here."), "name", tld=tld)
    return offer


def _today(session: Session, cart: Cart, account_id: int | None, *more: Item) -> Quotation:
    """Today's prices of what is in the cart, with something more, without its code."""
    return priced(session, [*items_of(cart), *more], account_id)


def _line(quotation: Quotation, key: Hashable, years: int) -> QuotedLine:
    line = quotation.lines.get(key)
    if line is None:
        raise Refusal("period", N_("This name cannot be ordered for %(years)s years."), "years", years=years)
    return line


def _shown(line: QuotedLine) -> dict[str, int | None]:
    """A price as an item of the cart keeps it."""
    before = line.list_amount if line.promotion_id is not None else None
    return {"amount": line.promoted, "list_amount": before, "promotion_id": line.promotion_id}


def _show(item: CartItem, line: QuotedLine) -> None:
    for name, value in _shown(line).items():
        setattr(item, name, value)


def _settle(cart: Cart, quotation: Quotation) -> None:
    """After a step of the visitor: prices that follow from what is in the cart are its prices now."""
    for item in cart.items:
        line = quotation.lines.get(item.id)
        if line is not None and _follows(item, line, quotation):
            _show(item, line)


def _follows(item: CartItem, line: QuotedLine, quotation: Quotation) -> bool:
    """Is it still the same list price, and no promotion that the visitor saw has gone by itself?"""
    before = item.amount if item.list_amount is None else item.list_amount
    same_promotion = item.promotion_id is None or item.promotion_id in quotation.running
    return line.list_amount == before and (same_promotion or line.promoted < item.amount)


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


def remove_from_cart(session: Session, token: str | None, item_id: int, account_id: int | None = None) -> CartItem:
    """Take an item out; returns it, so that the page can offer to put it back."""
    cart = _locked(session, token)
    item = _item(cart, item_id)
    cart.items.remove(item)
    session.delete(item)
    _settle(cart, _today(session, cart, account_id))
    _touch(cart)
    session.flush()
    return item


def use_code(session: Session, token: str | None, text: str, account_id: int | None = None) -> Cart:
    """Put a discount code on the cart, in place of another one. Raises Refusal with the reason, which changes nothing.

    An empty text takes the code away.
    """
    cart = _locked(session, token)
    before, cart.code = cart.code, codes.cleaned(text)
    result = priced_cart(session, cart, account_id).code_result
    if result is not None and result.reason is not None:
        cart.code = before
        raise result.reason
    if cart.code != before:
        _touch(cart)
    session.flush()
    return cart


def set_years(session: Session, token: str | None, item_id: int, years: int, account_id: int | None = None) -> Cart:
    """Another period for an item, at today's price for it."""
    cart = _locked(session, token)
    item = _item(cart, item_id)
    wanted = [replace(each, years=years) if each.key == item.id else each for each in items_of(cart)]
    quotation = priced(session, wanted, account_id)
    _show(item, _line(quotation, item.id, years))
    item.years = years
    _settle(cart, quotation)
    _touch(cart)
    session.flush()
    return cart


def empty(session: Session, cart: Cart) -> None:
    """What is left of a cart after its order: nothing, and its code was for that order."""
    cart.code = ""
    session.execute(
        delete(CartItem).where(CartItem.cart_id == cart.id), execution_options={"synchronize_session": False}
    )
    _touch(cart)
    session.flush()
    session.expire(cart, ["items"])


def price_changes(session: Session, cart: Cart, account_id: int | None = None) -> list[PriceChange]:
    """What costs something else today than the cart shows."""
    return changes(cart, priced_cart(session, cart, account_id))


def changes(cart: Cart, quotation: Quotation) -> list[PriceChange]:
    """The same by prices that are known already."""
    found = [(item, quotation.lines.get(item.id)) for item in cart.items]
    return [_change(item, line, quotation) for item, line in found if line is None or line.promoted != item.amount]


def _change(item: CartItem, line: QuotedLine | None, quotation: Quotation) -> PriceChange:
    ended = item.promotion_id is not None and item.promotion_id not in quotation.running
    return PriceChange(item.name_unicode, item.amount, line.promoted if line else None, ended=ended)


def refresh_prices(session: Session, token: str | None, account_id: int | None = None) -> list[PriceChange]:
    """Write today's prices into the cart and return what changed.

    What is no longer for sale leaves the cart, and so does a code that cannot be used any more.
    """
    cart = _locked(session, token)
    quotation = priced_cart(session, cart, account_id)
    found = changes(cart, quotation)
    for item in list(cart.items):
        if (line := quotation.lines.get(item.id)) is not None:
            _show(item, line)
        else:
            cart.items.remove(item)
            session.delete(item)
    code_gone = quotation.code_result is not None and not quotation.code_result.ok
    if code_gone:
        cart.code = ""
    if found or code_gone:
        _touch(cart)
    session.flush()
    return found
