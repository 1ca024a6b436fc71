"""What ends soon for the partner's eyes: when its proforma is made, which there is, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.paging import Page, paginate
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.catalog import renewal_prices
from webapp.reseller.catalog.models import Product
from webapp.reseller.partners import queries as partners
from webapp.reseller.services.models import Domain, Service
from webapp.reseller.services.renewal_settings import LATEST, RenewalSettings, asked_on, settings_of
from webapp.reseller.services.states import RENEWABLE

from .models import OrderLine
from .renewal_due import DOMAINS, SERVICES, Source, holders, renewed

SOURCES = {"domain": DOMAINS, "service": SERVICES}
#: So many of each kind that is due without a proforma are looked at.
LOOKED_AT = 200


@dataclass(frozen=True)
class Upcoming:
    """Something that ends soon. `why`: planned | off | no_address | no_price, where there is no proforma; "" where
    there is one. `product_id`: what its price is found by."""

    subject: Domain | Service
    ends_on: date
    asked_on: date
    proforma: Proforma | None
    why: str
    product_id: int | None

    @property
    def is_domain(self) -> bool:
        """A domain, or a service?"""
        return isinstance(self.subject, Domain)


def upcoming(session: Session, kind: str, days: int, page: int = 1) -> Page[Upcoming]:
    """Domains or services that end within so many days or ended a short while ago, the next one first."""
    source = SOURCES[kind]
    found = paginate(session, _ending(session, source, days), source.model.id, page)
    return Page(described(session, source, found.items), found.number, found.size, found.total, found.more)


def _ending(session: Session, source: Source, days: int) -> Any:
    today = clock.today(partners.partner(session).timezone)
    first, last = today - LATEST, today + timedelta(days=days)
    if source.is_domains:
        first, last = datetime.combine(first, time(), UTC), datetime.combine(last, time(23, 59, 59), UTC)
    model: Any = source.model
    return (
        select(model)
        .where(source.end >= first, source.end <= last, model.state.in_(RENEWABLE))
        .order_by(source.end, model.id)
    )


def described(session: Session, source: Source, subjects: Sequence[Domain | Service]) -> list[Upcoming]:
    """What is to be said about each of them. A handful of statements."""
    if not subjects:
        return []
    rules = settings_of(partners.partner(session))
    papers, products = _papers(session, source, subjects), _products(session, source, subjects)
    sold, addressed = _priced(session, products, subjects), holders(session, {each.account_id for each in subjects})
    reasons = {each.id: _reason(each, each.account_id in addressed, each.id in sold) for each in subjects}
    return [
        _upcoming(rules, each, papers, products.get(each.id), reasons[each.id])
        for each in subjects
        if each.ends_on is not None
    ]


def _reason(subject: Domain | Service, addressed: bool, priced: bool) -> str:
    """Why the run makes no proforma today, in the order in which it looks."""
    if not subject.auto_renew:
        return "off"
    return "no_address" if not addressed else "planned" if priced else "no_price"


def _upcoming(
    rules: RenewalSettings,
    subject: Domain | Service,
    papers: dict[tuple[int, date], Proforma],
    product_id: int | None,
    reason: str,
) -> Upcoming:
    ends = subject.ends_on or date.max
    proforma = papers.get((subject.id, starts_of(subject)))
    return Upcoming(subject, ends, asked_on(rules, ends), proforma, "" if proforma else reason, product_id)


def starts_of(subject: Domain | Service) -> date:
    """The first day of its next period on paper."""
    ends = subject.ends_on or date.max
    return ends if isinstance(subject, Domain) else ends + timedelta(days=1)


def _papers(session: Session, source: Source, subjects: Sequence[Domain | Service]) -> dict[tuple[int, date], Proforma]:
    """(id, first day) -> the newest proforma that renews it from that day."""
    query = (
        select(source.line, ProformaLine.period_from, Proforma)
        .join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
        .join(Proforma, Proforma.id == ProformaLine.proforma_id)
        .where(source.line.in_([each.id for each in subjects]), OrderLine.operation == "renew")
        .order_by(Proforma.id)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)} if subjects else {}


def _priced(session: Session, products: Mapping[int, int], subjects: Sequence[Domain | Service]) -> set[int]:
    """Those that can be renewed for a year at today's prices; `products` by their ids."""
    today = clock.today(partners.partner(session).timezone)
    prices = renewal_prices.year_prices(session, products.values(), {each.account_id for each in subjects}, today)
    return {
        each.id
        for each in subjects
        if each.id in products and prices.of(products[each.id], each.account_id, today) is not None
    }


def _products(session: Session, source: Source, subjects: Sequence[Domain | Service]) -> dict[int, int]:
    if not source.is_domains:
        return {each.id: each.product_id for each in subjects if isinstance(each, Service)}
    tlds = {each.tld_id for each in subjects if isinstance(each, Domain)}
    found = session.execute(
        select(Product.tld_id, Product.id).where(and_(Product.kind == "domain", Product.tld_id.in_(tlds)))
    )
    of_tld = {row[0]: row[1] for row in found}
    return {each.id: of_tld[each.tld_id] for each in subjects if isinstance(each, Domain) and each.tld_id in of_tld}


def stuck(session: Session) -> list[Upcoming]:
    """What is due and gets no proforma, for `why` "no_address" or "no_price"; the next to end first, as far as is
    looked. Somebody must do something about each of them."""
    days = settings_of(partners.partner(session)).days_before
    found = [each for source in SOURCES.values() for each in _stuck(session, source, days)]
    return sorted(found, key=lambda each: each.ends_on)


def _stuck(session: Session, source: Source, days: int) -> list[Upcoming]:
    model: Any = source.model
    waiting = _ending(session, source, days).where(model.auto_renew, ~renewed(source)).limit(LOOKED_AT)
    found = described(session, source, session.scalars(waiting).all())
    return [each for each in found if each.why in ("no_address", "no_price")]
