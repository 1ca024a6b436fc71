"""Products without an ending in the cart: hosting, certificates and what else is made by hand."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import understand_name
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.quoted import Item
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import validate

from . import carts
from .models import Cart

LONGEST_LABEL = 200


def add_product(
    session: Session,
    token: str | None,
    code: str,
    years: int | None = None,
    label: str = "",
    account_id: int | None = None,
) -> tuple[Cart, str]:
    """Put a product into the cart (made if there is none), for a domain or whatever `label` names; twice is once.

    Returns the cart and its token. Raises Refusal: not_sold, period, label, cart_full.
    """
    partner = partners.partner(session)
    offer = plans.plan(session, code, partner.currency, clock.today(partner.timezone), account_id)
    if offer is None or plans.MODULES[offer.product.kind] not in partner.modules:
        raise Refusal("not_sold", N_("This product is not sold here any more."))
    shown = validate.line(label, "label", required=False, longest=LONGEST_LABEL)
    period, plain = years or offer.first, _plain(shown)
    cart, token = carts.opened(session, token)
    if any(item.product_id == offer.product.id and item.name == plain for item in cart.items):
        return cart, token
    new = Item(carts.NEW, offer.product.id, "register", period)
    carts.put_in(session, cart, new, plain, shown, account_id)
    return cart, token


def check_offered(session: Session, cart: Cart) -> None:
    """Raise Refusal when something in the cart belongs to a service that is switched off since (H-20)."""
    offered = set(partners.partner(session).modules)
    wanted = select(Product.kind).where(Product.id.in_([item.product_id for item in cart.items]))
    needs = {plans.MODULES.get(kind, "domains") for kind in session.scalars(wanted)}
    if not needs <= offered:
        raise Refusal("not_offered", N_("Something in your basket is not on offer any more. Please take it out."))


def _plain(label: str) -> str:
    """A domain in A-labels, so that it is the same however it was typed; anything else as it is."""
    try:
        return understand_name(label).ascii if "." in label and " " not in label else label
    except Refusal:
        return label


def names_of(session: Session, product_ids: Iterable[int], *locales: str) -> dict[int, str]:
    """product id -> its name for a reader, of those that have no ending. One statement."""
    wanted = select(Product).where(Product.id.in_(list(product_ids)), Product.tld_id.is_(None))
    return {product.id: plans.name_in(product, *locales) for product in session.scalars(wanted)}
