"""What ends soon for the partner's eyes: when its proforma is made, which there is, and why there is none."""

from __future__ import annotations

from collections.abc import Sequence
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
from .renewal_due import DOMAINS, SERVICES, Source

SOURCES = {"domain": DOMAINS, "service": SERVICES}
#: So many of what is due are looked at for the to-do list.
LOOKED_AT = 200


@dataclass(frozen=True)
class Upcoming:
    """Something that ends soon. `why`: planned | off | no_price, where there is no proforma; "" where there is one."""

    subject: Domain | Service
    ends_on: date
    asked_on: date
    proforma: Proforma | None
    why: str


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
    """What is to be said about each of them. Three statements."""
    rules = settings_of(partners.partner(session))
    papers, sold = _papers(session, source, subjects), _priced(session, source, subjects)
    return [_upcoming(rules, each, papers, each.id in sold) for each in subjects if each.ends_on is not None]


def _upcoming(
    rules: RenewalSettings, subject: Domain | Service, papers: dict[tuple[int, date], Proforma], priced: bool
) -> Upcoming:
    ends = subject.ends_on or date.max
    proforma = papers.get((subject.id, starts_of(subject)))
    why = "" if proforma else "off" if not subject.auto_renew else "planned" if priced else "no_price"
    return Upcoming(subject, ends, asked_on(rules, ends), proforma, why)


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


def _priced(session: Session, source: Source, subjects: Sequence[Domain | Service]) -> set[int]:
    """Those that can be renewed for a year at today's prices."""
    if not subjects:
        return set()
    today = clock.today(partners.partner(session).timezone)
    products = _products(session, source, subjects)
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


def without_price(session: Session) -> int:
    """How many of what is due get no proforma because nothing says what a year more costs; as far as is looked."""
    days = settings_of(partners.partner(session)).days_before
    return sum(_stuck(session, source, days) for source in SOURCES.values())


def _stuck(session: Session, source: Source, days: int) -> int:
    found = session.scalars(_ending(session, source, days).limit(LOOKED_AT)).all()
    return sum(each.why == "no_price" for each in described(session, source, found))
