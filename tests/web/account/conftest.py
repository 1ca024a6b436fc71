"""A shop that sells, with a subscriber who is signed in at its panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests import factories
from tests.selling import Shop, Worker, stock
from tests.web.client import Client, Page
from tests.web.conftest import Web
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts.models import Membership
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain

ANNA = "anna@example.com"


@dataclass
class Panel:
    """The panel at acme's shop: `anna` is signed in, reads English, and owns the account of `shop`."""

    web: Web
    shop: Shop
    registry: MemoryRegistry
    anna: Client

    def get(self, path: str, status: int = 200) -> Page:
        """A page of the panel, in English."""
        return self.anna.get(path, status)

    def rights(self, *rights: str) -> None:
        """From now on Anna may do only this in her account."""
        mine = (Membership.account_id == self.shop.subscriber.account_id,)
        with self.shop.scope(), self.web.database.writing() as session:
            assert change(session, Membership, *mine, rights=list(rights))

    def ends_in(self, name: str, days: int, state: str) -> int:
        """Move a domain's expiry; returns its id."""
        with self.shop.scope(), self.web.database.writing() as session:
            ends = clock.now() + timedelta(days=days)
            assert change(session, Domain, Domain.name == name, expires_at=ends, state=state)
        return self.shop.domains()[name].id

    def somebody_else(self, email: str = "obcy@example.com", partner: Partner | None = None) -> Shop:
        """Another subscriber, of this partner or of another."""
        where = partner or self.web.acme
        other = factories.make_subscriber(self.web.database, where, email, name="Obcy Człowiek")
        return Shop(self.web.database, where, other, self.shop.worker)


def open_panel(web: Web) -> Panel:
    """Both partners sell; Anna is signed in at the first."""
    with web.database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
    registry = MemoryRegistry()
    worker = Worker(web.database, registry)
    for partner in (web.acme, web.nord):
        with tenancy.tenant(partner.id), web.database.writing() as session:
            stock(session, partner)
    anna = factories.make_subscriber(web.database, web.acme, ANNA, locale="en")
    shop = Shop(web.database, web.acme, anna, worker)
    for partner in (web.acme, web.nord):
        Shop(web.database, partner, anna, worker).top_up(1_000_000, f"start-{partner.id}")
    client = web.shop(web.acme)
    client.sign_in(ANNA)
    return Panel(web, shop, registry, client)


@pytest.fixture
def panel(web: Web) -> Panel:
    """On SQLite."""
    return open_panel(web)


@pytest.fixture
def panel_on_both(web_on_both: Web) -> Panel:
    """Once on SQLite and once on PostgreSQL."""
    return open_panel(web_on_both)
