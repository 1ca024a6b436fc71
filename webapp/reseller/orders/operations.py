"""From a cart to an order with its proforma, and from a paid proforma to the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.clock import add_years
from webapp.foundation.db import change
from webapp.foundation.i18n import N_, gettext, use_locale
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.models import Product, Tld
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner
from webapp.reseller.services import operations as services
from webapp.reseller.services import queries as service_queries
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import RENEWABLE, move

from . import carts, documents, mails
from .models import Cart, CartItem, Order, OrderLine
from .parties import party


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


def place(session: Session, actor: Actor, confirmed: Confirmation) -> Order:
    """Write the order, its proforma and its mail. The same cart state confirmed again finds the same order.

    Refusals: price_changed (show `carts.refresh_prices` and ask again), terms_changed, cart_changed, cart_empty.
    """
    cart = carts.cart_for(session, confirmed.cart_token, lock=True)
    if cart is None:
        raise Refusal("cart_empty", N_("Your cart is empty."))
    key = f"cart:{cart.id}:{confirmed.revision}"
    before = session.scalar(select(Order).where(Order.key == key))
    if before is not None:
        return before
    _check_cart(session, cart, confirmed)
    holder = _contact(session, confirmed.account_id)
    wanted = [_ordered(session, item, confirmed.account_id, holder.id) for item in cart.items]
    proforma = _proforma(session, actor, holder, "order", confirmed.locale, wanted)
    order = _order(session, key, confirmed, proforma, wanted)
    _consents(session, confirmed)
    documents.accept_with_order(session, order, confirmed.terms_version, *_languages(session, confirmed.locale))
    carts.empty(session, cart)
    record(session, actor, "order.placed", "order", order.id, proforma.number, gross=proforma.gross)
    mails.proforma_issued(session, proforma)
    return order


def _check_cart(session: Session, cart: Cart, confirmed: Confirmation) -> None:
    if not cart.items:
        raise Refusal("cart_empty", N_("Your cart is empty."))
    if cart.revision != confirmed.revision:
        raise Refusal("cart_changed", N_("Your cart was changed in another window. Please look at it once more."))
    if carts.price_changes(session, cart, confirmed.account_id) or carts.total(cart) != confirmed.total:
        raise Refusal("price_changed", N_("A price has changed since you saw it. Please look at it once more."))


def _contact(session: Session, account_id: int) -> Contact:
    contact = account_queries.default_contact(session, account_id)
    if contact is None:
        raise Refusal("no_contact", N_("Please enter your name and address first."))
    return contact


@dataclass(frozen=True)
class Ordered:
    """One thing that is being ordered."""

    domain: Domain
    operation: str
    years: int
    amount: int
    starts: date


def _ordered(session: Session, item: CartItem, account_id: int, registrant_id: int) -> Ordered:
    product = session.scalars(select(Product).where(Product.id == item.product_id)).one()
    tld = session.scalars(select(Tld).where(Tld.id == product.tld_id)).one()
    wanted = services.WantedName(item.name, item.name_unicode, tld.id, tld.registry_key)
    domain = services.order_domain(session, wanted, account_id, registrant_id)
    today = clock.today(partners.partner(session).timezone)
    return Ordered(domain, item.operation, item.years, item.amount, today)


def _proforma(
    session: Session, actor: Actor, holder: Contact, origin: str, locale: str, wanted: Sequence[Ordered]
) -> Proforma:
    partner = partners.partner(session)
    with use_locale(locale):
        lines = tuple(_line(partner, thing) for thing in wanted)
    who = party(holder)
    draft = billing.ProformaDraft(holder.account_id, origin, locale, lines, buyer=who, payer=who, correspondence=who)
    return billing.issue_proforma(session, actor, draft)


def _line(partner: Partner, thing: Ordered) -> billing.LineDraft:
    renewal = thing.operation == "renew"
    text = gettext("Renewal of a domain") if renewal else gettext("Registration of a domain")
    return billing.LineDraft(
        kind="domain",
        operation=thing.operation,
        description=text,
        subject=thing.domain.name_unicode,
        years=thing.years,
        unit_amount=thing.amount,
        tax_rate_bp=partner.tax_rate_bp,
        period_from=thing.starts,
        period_to=add_years(thing.starts, thing.years),
    )


def _order(session: Session, key: str, confirmed: Confirmation, proforma: Proforma, wanted: Sequence[Ordered]) -> Order:
    order = Order(
        key=key,
        account_id=confirmed.account_id,
        user_id=confirmed.user_id,
        proforma_id=proforma.id,
        currency=proforma.currency,
        terms_version=confirmed.terms_version,
        placed_at=clock.now(),
        ip=confirmed.ip,
    )
    session.add(order)
    session.flush()
    order.lines = [
        OrderLine(
            order_id=order.id,
            proforma_line_id=line.id,
            domain_id=thing.domain.id,
            operation=thing.operation,
            years=thing.years,
            amount=thing.amount,
            state="awaiting_payment",
        )
        for line, thing in zip(proforma.lines, wanted, strict=True)
    ]
    session.flush()
    return order


def _languages(session: Session, locale: str) -> tuple[str, ...]:
    """Where documents are looked for: in the reader's language, else in the shop's first one."""
    return tuple(dict.fromkeys((locale, partners.partner(session).default_locale)))


def _consents(session: Session, confirmed: Confirmation) -> None:
    for kind in ("terms", "immediate_performance"):
        accounts.record_consent(
            session, confirmed.account_id, confirmed.user_id, kind, confirmed.terms_version, confirmed.ip
        )


def order_renewal(
    session: Session, actor: Actor, domain_id: int, years: int, locale: str, user_id: int | None = None
) -> Order:
    """A renewal with its proforma. A domain has at most one open renewal per expiry: asking again finds it."""
    domain = session.scalar(select(Domain).where(Domain.id == domain_id).with_for_update())
    if domain is None:
        raise NotFound
    starts = domain.ends_on
    if domain.state not in RENEWABLE or starts is None:
        raise Refusal("not_renewable", N_("This domain cannot be renewed now."))
    key = f"renew:{domain.id}:{starts.isoformat()}:{_cancelled_renewals(session, domain.id)}"
    before = session.scalar(select(Order).where(Order.key == key))
    if before is not None:
        return before
    if add_years(starts, years) > furthest_end():
        raise Refusal("too_far", N_("A domain can be renewed up to ten years ahead."), "years")
    thing = Ordered(domain, "renew", years, _renewal_price(session, domain, years), starts)
    holder = _contact(session, domain.account_id)
    proforma = _proforma(session, actor, holder, "renewal", locale, [thing])
    confirmed = Confirmation("", 0, thing.amount, domain.account_id, user_id, "", locale, actor.ip)
    order = _order(session, key, confirmed, proforma, [thing])
    record(session, actor, "order.renewal", "domain", domain.id, domain.name, proforma=proforma.number)
    mails.proforma_issued(session, proforma)
    return order


def furthest_end() -> date:
    """The last day on which a domain may end now: registries take ten years at most (RFC 5731, 3.2.3)."""
    return add_years(clock.now().date(), 10)


def _cancelled_renewals(session: Session, domain_id: int) -> int:
    """How many renewals of the domain came to nothing; part of the key, so that a new one may follow."""
    ended = OrderLine.state.in_(("cancelled", "refused"))
    where = (OrderLine.domain_id == domain_id, OrderLine.operation == "renew", ended)
    return len(session.scalars(select(OrderLine.id).where(*where)).all())


def _renewal_price(session: Session, domain: Domain, years: int) -> int:
    partner = partners.partner(session)
    product = session.scalar(select(Product).where(Product.tld_id == domain.tld_id))
    today = clock.today(partner.timezone)
    where = (partner.currency, today, domain.account_id)
    amount = catalog.price(session, product.id, "renew", years, *where) if product else None
    if amount is None:
        raise Refusal("no_price", N_("There is no renewal price for %(years)s years."), "years", years=years)
    return amount


def cancel(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Cancel an unpaid proforma with what was ordered on it."""
    proforma = billing.cancel_proforma(session, actor, proforma_id)
    for line in lines_of(session, proforma.id):
        if change(
            session, OrderLine, OrderLine.id == line.id, OrderLine.state == "awaiting_payment", state="cancelled"
        ):
            domain = service_queries.domain(session, line.domain_id)
            if line.operation == "register":
                move(session, domain, "cancelled")
    return proforma


def lines_of(session: Session, proforma_id: int) -> Sequence[OrderLine]:
    """The order lines behind a proforma, in its order; empty for a manual one."""
    query = select(OrderLine).join(Order, Order.id == OrderLine.order_id).where(Order.proforma_id == proforma_id)
    return session.scalars(query.order_by(OrderLine.id)).all()
