"""A shop that sells, with a subscriber who is signed in at its panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests import factories
from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop, stock
from tests.web.client import Client, Page
from tests.web.conftest import Web, web_over
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, change
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts.models import Membership
from webapp.reseller.billing import ledger
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.partners import queries
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


def _furnish(url: str) -> None:
    """Both partners sell; Anna is a subscriber of the first."""
    database = Database(url)
    with database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
        partners = [queries.partner_by_code(session, code) for code in ("csp1001", "csp1002")]
    for partner in partners:
        assert partner is not None
        with tenancy.tenant(partner.id), database.writing() as session:
            stock(session, partner)
            ledger.top_up_wholesale(session, f"start-{partner.id}", partner.currency, 1_000_000)
    assert partners[0] is not None
    factories.make_subscriber(database, partners[0], ANNA, locale="en")
    database.dispose()


def _open_panel(web: Web) -> Panel:
    """Anna is signed in at the first shop."""
    shop = enter_shop(web.database, web.acme.id)
    registry = shop.worker.registry
    assert isinstance(registry, MemoryRegistry)
    client = web.shop(web.acme)
    client.enter(ANNA)
    return Panel(web, shop, registry, client)


@pytest.fixture(scope="session")
def panel_databases(shop_databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases with Anna in them."""
    return TemplateDatabases(tmp_path_factory.mktemp("panels"), _furnish, shop_databases)


@pytest.fixture
def panel(panel_databases: TemplateDatabases, redis_url: str, tmp_path: Path) -> Iterator[Panel]:
    """On SQLite."""
    with web_over(panel_databases, "sqlite", redis_url, tmp_path) as web:
        yield _open_panel(web)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def panel_on_both(
    request: pytest.FixtureRequest, panel_databases: TemplateDatabases, redis_url: str, tmp_path: Path
) -> Iterator[Panel]:
    """Once on SQLite and once on PostgreSQL."""
    with web_over(panel_databases, request.param, redis_url, tmp_path) as web:
        yield _open_panel(web)
