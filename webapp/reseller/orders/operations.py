"""From a cart to an order with its proforma, and from a paid proforma to the registry."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.i18n import N_, use_locale
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import plans, uses
from webapp.reseller.catalog.models import Product, Tld
from webapp.reseller.catalog.quoted import Quotation, QuotedLine
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services import by_hand
from webapp.reseller.services import operations as services
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import move

from . import carts, documents, mails, product_cart
from .models import Cart, CartItem, Order, OrderLine
from .ordered import NewOrder, Ordered, issue, write_order
from .pricing import priced_cart
from .subjects import lines_of, subject_of


@dataclass(frozen=True)
class Confirmation:
    """What the subscriber confirmed under the button that obliges to pay."""

    cart_token: str
    revision: int  # of the cart as it was shown
    total: int  # as it was shown, minor units
    account_id: int
    user_id: int | None
    terms_version: str  # `documents.references` of what the page showed
    locale: str
    ip: str = ""
    #: Set when the partner orders for the subscriber: nobody pressed the button, so that no consent is recorded.
    key: str = ""


def place(session: Session, actor: Actor, confirmed: Confirmation) -> Order:
    """Write the order, its proforma and its mail. The same cart state confirmed again finds the same order.

    Refusals: price_changed (show `carts.refresh_prices` and ask again), terms_changed, cart_changed, cart_empty.
    """
    cart = carts.cart_for(session, confirmed.cart_token, lock=True)
    if cart is None:
        raise Refusal("cart_empty", N_("Your cart is empty."))
    key = confirmed.key or f"cart:{cart.id}:{confirmed.revision}"
    before = session.scalar(select(Order).where(Order.key == key))
    if before is not None:
        return before
    with use_locale(confirmed.locale):  # the names of promotions stand on the document
        quotation = _check_cart(session, cart, confirmed)
    holder = _contact(session, confirmed.account_id)
    wanted = [_ordered(session, item, quotation.lines[item.id], holder, confirmed.locale) for item in cart.items]
    proforma = issue(session, actor, holder, "order", confirmed.locale, wanted)
    order = write_order(session, _new_order(key, confirmed), proforma, wanted)
    uses.take(session, order.id, order.account_id, quotation)
    if not confirmed.key:
        product_cart.check_offered(session, cart)
        _consents(session, confirmed)
        documents.accept_with_order(session, order, confirmed.terms_version, *_languages(session, confirmed.locale))
    carts.empty(session, cart)
    record(session, actor, "order.placed", "order", order.id, proforma.number, gross=proforma.gross)
    mails.proforma_issued(session, proforma)
    return order


def _check_cart(session: Session, cart: Cart, confirmed: Confirmation) -> Quotation:
    """Today's prices of the cart, which are those that were shown. Raises Refusal for anything else."""
    if not cart.items:
        raise Refusal("cart_empty", N_("Your cart is empty."))
    if cart.revision != confirmed.revision:
        raise Refusal("cart_changed", N_("Your cart was changed in another window. Please look at it once more."))
    quotation = priced_cart(session, cart, confirmed.account_id)
    changed, code = carts.changes(cart, quotation), quotation.code_result
    if any(change.ended for change in changed):
        raise Refusal(
            "price_changed", N_("A promotion has ended since you saw the price. Please look at it once more.")
        )
    if changed:
        raise Refusal("price_changed", N_("A price has changed since you saw it. Please look at it once more."))
    if quotation.total != confirmed.total:
        gone = code is not None and not code.ok
        raise Refusal("price_changed", _CODE_ENDED if gone else _OTHER_SUM)
    return quotation


_CODE_ENDED = N_("Your discount code cannot be used any more. Please look at the sum once more.")
_OTHER_SUM = N_("The sum has changed since you saw it. Please look at it once more.")


def _new_order(key: str, confirmed: Confirmation) -> NewOrder:
    return NewOrder(key, confirmed.account_id, confirmed.user_id, confirmed.terms_version, confirmed.ip)


def _contact(session: Session, account_id: int) -> Contact:
    contact = account_queries.default_contact(session, account_id)
    if contact is None:
        raise Refusal("no_contact", N_("Please enter your name and address first."))
    return contact


def _ordered(session: Session, item: CartItem, line: QuotedLine, holder: Contact, locale: str) -> Ordered:
    product = session.scalars(select(Product).where(Product.id == item.product_id)).one()
    partner = partners.partner(session)
    with use_locale(locale):
        reason = line.discount_text
    before = line.list_amount if line.discount else None
    what = (item.operation, item.years, 0, line.amount, clock.today(partner.timezone), before, line.discount, reason)
    if product.tld_id is not None:
        return Ordered(_domain(session, item, product.tld_id, holder), *what)
    title = plans.name_in(product, locale, partner.default_locale)
    service = by_hand.order_service(session, product, holder.account_id, holder.id, item.name_unicode or title)
    return Ordered(service, *what, title=title)


def _domain(session: Session, item: CartItem, tld_id: int, holder: Contact) -> Domain:
    tld = session.scalars(select(Tld).where(Tld.id == tld_id)).one()
    wanted = services.WantedName(item.name, item.name_unicode, tld.id, tld.registry_key)
    return services.order_domain(session, wanted, holder.account_id, holder.id)


def _languages(session: Session, locale: str) -> tuple[str, ...]:
    """Where documents are looked for: in the reader's language, else in the shop's first one."""
    return tuple(dict.fromkeys((locale, partners.partner(session).default_locale)))


def _consents(session: Session, confirmed: Confirmation) -> None:
    who, shown = (confirmed.account_id, confirmed.user_id), (confirmed.terms_version, confirmed.ip)
    for kind in ("terms", "immediate_performance"):
        accounts.record_consent(session, *who, kind, *shown, "order")


def cancel(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Cancel an unpaid proforma with what was ordered on it."""
    proforma = billing.cancel_proforma(session, actor, proforma_id)
    lines = lines_of(session, proforma.id)
    for line in lines:
        waiting = (OrderLine.id == line.id, OrderLine.state == "awaiting_payment")
        if change(session, OrderLine, *waiting, state="cancelled") and line.operation == "register":
            move(session, subject_of(session, line), "cancelled")
    _give_back(session, {line.order_id for line in lines})
    return proforma


def _give_back(session: Session, order_ids: set[int]) -> None:
    """Discounts of orders of which nothing is left can be used again."""
    alive = select(OrderLine.order_id).where(OrderLine.order_id.in_(order_ids), OrderLine.state != "cancelled")
    for order_id in sorted(order_ids - set(session.scalars(alive))):
        uses.give_back(session, order_id)
