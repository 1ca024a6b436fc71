"""Renewals with their proformas: one open renewal for each thing and end, whoever asks and how often."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.clock import add_years
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Contact
from webapp.reseller.catalog import plans
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.models import Product
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services.models import Domain, Service
from webapp.reseller.services.states import RENEWABLE

from . import mails
from .models import Order, OrderLine
from .ordered import NewOrder, Ordered, issue, write_order
from .subjects import Subject, kind_of, name_of


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
    before = _before(session, key := renewal_key(session, domain, starts))
    if before is not None:
        return before
    if add_years(starts, years) > furthest_end():
        raise Refusal("too_far", N_("A domain can be renewed up to ten years ahead."), "years")
    product = session.scalar(select(Product).where(Product.tld_id == domain.tld_id))
    amount = _price(session, product, domain, years)
    return _place(session, actor, NewOrder(key, domain.account_id, user_id, "", actor.ip), locale,
                  Ordered(domain, "renew", years, 0, amount, starts))  # fmt: skip


def order_service_renewal(
    session: Session, actor: Actor, service_id: int, years: int, locale: str, user_id: int | None = None
) -> Order:
    """The same for a service: the new period begins on the day after the last one that is paid."""
    service = session.scalar(select(Service).where(Service.id == service_id).with_for_update())
    if service is None:
        raise NotFound
    if service.state not in RENEWABLE or service.ends_on is None:
        raise Refusal("not_renewable", N_("This service cannot be renewed now."))
    starts = service.ends_on + timedelta(days=1)
    before = _before(session, key := renewal_key(session, service, starts))
    if before is not None:
        return before
    if add_years(starts, years) > furthest_end():
        raise Refusal("too_far", N_("A service can be renewed up to ten years ahead."), "years")
    product = session.scalars(select(Product).where(Product.id == service.product_id)).one()
    amount = _price(session, product, service, years)
    title = plans.name_in(product, locale, partners.partner(session).default_locale)
    return _place(session, actor, NewOrder(key, service.account_id, user_id, "", actor.ip), locale,
                  Ordered(service, "renew", years, 0, amount, starts, title=title))  # fmt: skip


def renewal_key(session: Session, subject: Subject, starts: date) -> str:
    """Name of the order that renews a thing from a day; a cancelled renewal may be followed by another one."""
    prefix = "renew" if isinstance(subject, Domain) else "renew-service"
    return f"{prefix}:{subject.id}:{starts.isoformat()}:{_cancelled_renewals(session, subject)}"


def _cancelled_renewals(session: Session, subject: Subject) -> int:
    """How many renewals of it came to nothing; part of the key, so that a new one may follow."""
    mine = OrderLine.domain_id if isinstance(subject, Domain) else OrderLine.service_id
    ended = OrderLine.state.in_(("cancelled", "refused"))
    where = (mine == subject.id, OrderLine.operation == "renew", ended)
    return len(session.scalars(select(OrderLine.id).where(*where)).all())


def _before(session: Session, key: str) -> Order | None:
    return session.scalar(select(Order).where(Order.key == key))


def _place(session: Session, actor: Actor, new: NewOrder, locale: str, thing: Ordered) -> Order:
    holder = _holder(session, new.account_id)
    proforma = issue(session, actor, holder, "renewal", locale, [thing])
    order = write_order(session, new, proforma, [thing])
    subject = thing.subject
    label = subject.name if isinstance(subject, Domain) else name_of(subject)
    record(session, actor, "order.renewal", kind_of(subject), subject.id, label, proforma=proforma.number)
    mails.proforma_issued(session, proforma)
    return order


def _holder(session: Session, account_id: int) -> Contact:
    contact = account_queries.default_contact(session, account_id)
    if contact is None:
        raise Refusal("no_contact", N_("Please enter your name and address first."))
    return contact


def furthest_end() -> date:
    """The last day on which a domain may end now: registries take ten years at most (RFC 5731, 3.2.3)."""
    return add_years(clock.now().date(), 10)


def _price(session: Session, product: Product | None, subject: Subject, years: int) -> int:
    partner = partners.partner(session)
    where = (partner.currency, clock.today(partner.timezone), subject.account_id)
    amount = catalog.price(session, product.id, "renew", years, *where) if product else None
    if amount is None:
        raise Refusal("no_price", N_("There is no renewal price for %(years)s years."), "years", years=years)
    return amount
