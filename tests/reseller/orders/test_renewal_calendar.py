"""The calendar of renewals, 2027 to 2033: no period missed or doubled (H-26)."""

from __future__ import annotations

import random
import threading
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.factories import make_partner, make_subscriber
from tests.selling import Shop, Worker, stock
from webapp.foundation import clock, tenancy
from webapp.foundation.clock import add_years
from webapp.foundation.db import Database, change, insert_rows
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog.models import Product, Tld
from webapp.reseller.orders import renewal_run
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.services.models import Domain, Service

ZONES = ("Europe/Warsaw", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu")
#: Ends around which calendars go wrong: leap days, last days of months and years, the nights in which clocks change.
ENDS = ((2, 29), (1, 31), (3, 28), (10, 31), (11, 7), (4, 4), (12, 31), (1, 1))
#: Instants of a day at which a registry may let a name end.
MOMENTS = (time(0, 0), time(12, 30), time(23, 59, 59))
DOWNTIME = 5
DAYS_BEFORE = 30


@dataclass
class World:
    """A database with a shop in each zone; every name and service has an anchor from which its periods count."""

    database: Database
    anchors: dict[tuple[str, int], date]
    first_year: int  # of the first ends

    def tick(self) -> int:
        """Two schedulers at the same moment."""
        made: list[str] = []
        threads = [threading.Thread(target=copy_context().run, args=(self._run, made)) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(made) == 2
        return sum(int(said.split()[0]) for said in made)

    def _run(self, made: list[str]) -> None:
        made.append(renewal_run.run(Worker(self.database, MemoryRegistry())))

    def deliver(self, today: date) -> None:
        """What has a proforma is renewed by one more period, counted from its anchor as registries and we do."""
        with self.database.writing(tenancy.Platform("tick")) as session:
            query = select(OrderLine.id, OrderLine.domain_id, OrderLine.service_id, ProformaLine.period_from)
            query = query.join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
            rows: Any = session.execute(query.where(OrderLine.state == "awaiting_payment")).all()
            for line_id, domain_id, service_id, begins in rows:
                change(session, OrderLine, OrderLine.id == line_id, state="done")
                if domain_id is not None:
                    end = self._next("domain", domain_id, begins)
                    moment = MOMENTS[domain_id % len(MOMENTS)]
                    change(session, Domain, Domain.id == domain_id, expires_at=datetime.combine(end, moment, UTC))
                else:
                    end = self._next("service", service_id, begins - timedelta(days=1))
                    change(session, Service, Service.id == service_id, ends_on=end)

    def _next(self, kind: str, subject_id: int, end: date) -> date:
        anchor = self.anchors[kind, subject_id]
        return add_years(anchor, end.year - anchor.year + 1)


def open_world(database: Database, first_year: int) -> World:
    """A shop in each zone, with a domain and a service for each of ENDS."""
    with database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
    anchors: dict[tuple[str, int], date] = {}
    for zone in ZONES:
        partner = make_partner(database, timezone=zone)
        shop = Shop(database, partner, make_subscriber(database, partner), Worker(database, MemoryRegistry()))
        with shop.scope(), database.writing() as session:
            stock(session, partner)
        _plant(shop, first_year, anchors)
    return World(database, anchors, first_year)


def _plant(shop: Shop, first_year: int, anchors: dict[tuple[str, int], date]) -> None:
    with shop.scope(), shop.database.writing() as session:
        registrant = session.scalars(select(Contact.id)).first()
        tld = session.scalars(select(Tld.id).where(Tld.name == "com")).one()
        product = session.scalars(select(Product.id).where(Product.code == "com")).one()
        common = {"account_id": shop.subscriber.account_id, "state": "active", "created_at": clock.now()}
        names = {f"{m}-{d}.p{shop.partner.id}.com": _anchor(first_year, m, d) for m, d in ENDS}
        ends = {name: add_years(day, first_year - day.year) for name, day in names.items()}
        domains = [
            {**common, "name": name, "name_unicode": name, "tld_id": tld, "registry_key": "sandbox",
             "registrant_id": registrant, "expires_at": datetime.combine(end, time(0), UTC)}
            for name, end in ends.items()
        ]  # fmt: skip
        services = [
            {**common, "kind": "hosting", "product_id": product, "label": name, "ends_on": end, "anchor": names[name]}
            for name, end in ends.items()
        ]
        insert_rows(session, Domain, domains)
        insert_rows(session, Service, services)
        anchors |= {("domain", row.id): names[row.name] for row in session.scalars(select(Domain))}
        anchors |= {("service", row.id): names[row.label] for row in session.scalars(select(Service))}


def _anchor(first_year: int, month: int, day: int) -> date:
    """The last such day before the years that are walked through; a leap day is years back."""
    year = 2024 if (month, day) == (2, 29) else first_year - 1
    return date(year, month, day)


def walk(world: World, first: date, last: date, seed: str) -> None:
    """Beat on random days with at most DOWNTIME days between, at random hours; every proforma renews."""
    chance, day = random.Random(seed), first
    while day <= last:
        instant = datetime.combine(day, time(chance.randrange(24), chance.randrange(60)), UTC)
        with clock.frozen(instant):
            world.tick()
            world.deliver(day)
        day += timedelta(days=chance.choice((1, 1, 1, 2, 3, DOWNTIME)))


def check(world: World, first: date, last: date) -> None:
    """Every end that was to be asked for in time was, once, in time, on the partner's own day."""
    paper = (Proforma.issue_date, Proforma.issued_at, Proforma.partner_id)
    query = (
        select(OrderLine.domain_id, OrderLine.service_id, ProformaLine.period_from, *paper)
        .join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
        .join(Proforma, Proforma.id == ProformaLine.proforma_id)
    )
    with world.database.reading(tenancy.Platform("books")) as session:
        rows: Any = session.execute(query).all()
    found: dict[tuple[str, int], list[date]] = {key: [] for key in world.anchors}
    for domain_id, service_id, begins, issued_on, issued_at, partner_id in rows:
        key = ("domain", domain_id) if domain_id is not None else ("service", service_id)
        end = begins if domain_id is not None else begins - timedelta(days=1)
        found[key].append(end)
        assert issued_on == issued_at.astimezone(ZoneInfo(ZONES[partner_id - 1])).date()
        early = max(end - timedelta(days=DAYS_BEFORE), first - timedelta(days=1))
        assert early <= issued_on <= early + timedelta(days=DOWNTIME + 1), (key, end, issued_on)
    for key, anchor in world.anchors.items():
        ends = [add_years(anchor, year - anchor.year) for year in range(world.first_year, last.year + 2)]
        surely = [end for end in ends if end - timedelta(days=DAYS_BEFORE) <= last - timedelta(days=DOWNTIME + 1)]
        assert sorted(found[key])[: len(surely)] == surely, (key, found[key])
        assert len(set(found[key])) == len(found[key])


def test_no_period_is_missed_or_doubled_around_the_turn_of_a_leap_year(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    first, last = date(2027, 12, 20), date(2028, 2, 12)
    world = open_world(database, 2028)
    walk(world, first, last, "sample")
    check(world, first, last)
    database.dispose()


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", ["one", "two"])
def test_no_period_is_missed_or_doubled_from_2027_to_2033(sqlite_url: str, seed: str) -> None:
    database = Database(sqlite_url)
    first, last = date(2026, 12, 1), date(2033, 12, 31)
    world = open_world(database, 2027)
    walk(world, first, last, seed)
    check(world, first, last)
    database.dispose()
