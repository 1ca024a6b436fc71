"""Orders that the partner places for a subscriber (H-25): the same cart, prices and papers as in the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.partners.audit import Actor

from . import carts, product_cart
from .models import Order
from .operations import Confirmation, place
from .parties import locale_of
from .pricing import priced_cart


@dataclass(frozen=True)
class Wanted:
    """One thing to order: a domain name to register (`code` ""), or a product by its code, for what `name` says."""

    name: str
    years: int | None = None  # None: the shortest period
    code: str = ""


def order_for(
    session: Session, actor: Actor, account_id: int, items: Sequence[Wanted], key: str, *, code: str = ""
) -> Order:
    """Order for a subscriber at today's prices for it, with its promotions and the discount code `code`.

    The same `key` again finds the same order. No consent is recorded: the subscriber did not press the button.
    Raises NotFound for another partner's subscriber, Refusal as the cart and `place` do.
    """
    # Two clicks at once wait for each other here; the second then finds what the first wrote.
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    accounts.living(session, account_id)
    order_key = f"behalf:{key}"
    before = session.scalar(select(Order).where(Order.key == order_key))
    if before is not None:
        if before.account_id != account_id:
            raise Refusal("key", N_("This form was used for another order. Please begin again."))
        return before
    if not items:
        raise Refusal("empty", N_("Choose at least one thing to order."))
    token = _filled(session, account_id, items)
    if code:
        carts.use_code(session, token, code, account_id)
    cart, _ = carts.opened(session, token)
    total = priced_cart(session, cart, account_id).total
    locale = locale_of(session, account_id)
    confirmed = Confirmation(token, cart.revision, total, account_id, None, "", locale, actor.ip, order_key)
    return place(session, actor, confirmed)


def _filled(session: Session, account_id: int, items: Sequence[Wanted]) -> str:
    token: str | None = None
    for item in items:
        if item.code:
            _, token = product_cart.add_product(session, token, item.code, item.years, item.name, account_id)
        else:
            _, token = carts.add_to_cart(session, token, item.name, item.years, account_id)
    return token or ""
