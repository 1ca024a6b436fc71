"""Renewals with their proformas: one open renewal for each thing and end, whoever asks and how often."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.clock import add_years
from webapp.foundation.i18n import N_, use_locale
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import plans, uses
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.quoted import Item, Quotation
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services.models import Domain, Service
from webapp.reseller.services.states import RENEWABLE

from .models import Order, OrderLine
from .ordered import NewOrder, Ordered, issue, write_order
from .parties import holder_of
from .pricing import priced
from .subjects import Subject, kind_of, name_of

#: How a quotation calls the one thing that is renewed.
_RENEWAL = "renewal"
#: Outbox kind: the mail of a proforma is rendered by a worker, so that whoever writes many need not.
MAIL = "proforma.mail"
#: States of an order line after which another renewal of the same thing may follow.
NOTHING_CAME_OF_IT = ("cancelled", "refused")


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
    what = _priced(session, product, domain, years, locale)
    thing = Ordered(domain, "renew", years, 0, what.total, starts, **_discount(what, locale))
    return _place(session, actor, NewOrder(key, domain.account_id, user_id, "", actor.ip), locale, thing, what)


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
    what = _priced(session, product, service, years, locale)
    title = plans.name_in(product, locale, partners.partner(session).default_locale)
    thing = Ordered(service, "renew", years, 0, what.total, starts, title=title, **_discount(what, locale))
    return _place(session, actor, NewOrder(key, service.account_id, user_id, "", actor.ip), locale, thing, what)


def renewal_key(session: Session, subject: Subject, starts: date) -> str:
    """Name of the order that renews a thing from a day; a cancelled renewal may be followed by another one."""
    return key_of(kind_of(subject), subject.id, starts, _cancelled_renewals(session, subject))


def key_of(kind: str, subject_id: int, starts: date, cancelled: int) -> str:
    """("domain", 17, ...) -> "renew:17:2027-01-05:0"; `cancelled`: how many renewals of it came to nothing before."""
    prefix = "renew" if kind == "domain" else "renew-service"
    return f"{prefix}:{subject_id}:{starts.isoformat()}:{cancelled}"


def _cancelled_renewals(session: Session, subject: Subject) -> int:
    """How many renewals of it came to nothing; part of the key, so that a new one may follow."""
    mine = OrderLine.domain_id if isinstance(subject, Domain) else OrderLine.service_id
    ended = OrderLine.state.in_(NOTHING_CAME_OF_IT)
    where = (mine == subject.id, OrderLine.operation == "renew", ended)
    return len(session.scalars(select(OrderLine.id).where(*where)).all())


def _before(session: Session, key: str) -> Order | None:
    return session.scalar(select(Order).where(Order.key == key))


def _place(session: Session, actor: Actor, new: NewOrder, locale: str, thing: Ordered, quotation: Quotation) -> Order:
    holder = holder_of(session, new.account_id)
    proforma = issue(session, actor, holder, "renewal", locale, [thing])
    order = write_order(session, new, proforma, [thing])
    uses.take(session, order.id, order.account_id, quotation)
    subject = thing.subject
    label = subject.name if isinstance(subject, Domain) else name_of(subject)
    record(session, actor, "order.renewal", kind_of(subject), subject.id, label, proforma=proforma.number)
    outbox.enqueue(session, "proforma.mail", str(proforma.id), {"proforma_id": proforma.id})
    return order


def furthest_end() -> date:
    """The last day on which a domain may end now: registries take ten years at most (RFC 5731, 3.2.3)."""
    return add_years(clock.now().date(), 10)


def _priced(session: Session, product: Product | None, subject: Subject, years: int, locale: str) -> Quotation:
    """Today's price of a renewal, with the promotion that makes it cheapest; named in the document's language."""
    with use_locale(locale):
        items = [Item(_RENEWAL, product.id, "renew", years)] if product else []
        quotation = priced(session, items, subject.account_id)
    if not quotation.lines:
        raise Refusal("no_price", N_("There is no renewal price for %(years)s years."), "years", years=years)
    return quotation


def _discount(quotation: Quotation, locale: str) -> dict[str, Any]:
    """What a promotion took off, as `Ordered` says it."""
    line = quotation.lines[_RENEWAL]
    with use_locale(locale):
        reason = line.discount_text
    before = line.list_amount if line.discount else None
    return {"list_amount": before, "discount": line.discount, "discount_text": reason}
