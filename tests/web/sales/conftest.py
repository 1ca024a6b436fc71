"""A partner that sells, with its owner signed in to the Sales Panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop, stock
from tests.web.client import Client, Page
from tests.web.conftest import PANEL, Web, web_over
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.partners import queries
from webapp.reseller.partners.models import Partner

FUNDS = 1_000_000
OWNER = "owner-csp1001@example.com"


def token(page: Page) -> str:
    """The CSRF token of a page."""
    return next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")


@dataclass
class Desk:
    """The Sales Panel of acme: `owner` is signed in and reads English; `shop` is what people do in the shop."""

    web: Web
    shop: Shop
    registry: MemoryRegistry
    owner: Client

    def staff(self, role: str = "staff", partner: Partner | None = None, locale: str = "en") -> Client:
        """Somebody else who works for the partner, signed in."""
        where = partner or self.web.acme
        member = factories.make_staff(
            self.web.database, where, f"{role}-{where.code}@example.com", role=role, locale=locale
        )
        client = self.web.client(PANEL)
        client.enter(member.email)
        return client

    def other_shop(self) -> Shop:
        """The other partner's shop, with a subscriber of its own."""
        other = factories.make_subscriber(self.web.database, self.web.nord, "obcy@example.com", name="Obcy Człowiek")
        shop = Shop(self.web.database, self.web.nord, other, self.shop.worker)
        with shop.scope(), self.web.database.writing() as session:
            stock(session, self.web.nord)
        return shop

    def page(self, proforma: Proforma) -> Page:
        """The page of a proforma."""
        return self.owner.get(f"/proformas/{proforma.id}")

    def pay(self, proforma: Proforma, amount: str = "", button: str = "", status: int = 303, **more: Any) -> Page:
        """Fill in the payment form on its page and send it."""
        typed = {**({"amount": amount} if amount else {}), **more}
        return self.owner.submit(self.page(proforma), {"reference": "", **typed}, status, button=button)


def open_desk(web: Web) -> Desk:
    """Acme sells; its owner is at the desk."""
    furnish(web.database)
    return _at_the_desk(web)


def furnish(database: Database) -> None:
    """Acme has a subscriber, something to sell, funds and an owner."""
    with database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
        acme = queries.partner_by_code(session, "csp1001")
    assert acme is not None
    factories.make_subscriber(database, acme)
    with tenancy.tenant(acme.id), database.writing() as session:
        stock(session, acme)
        ledger.top_up_wholesale(session, "start", "PLN", FUNDS)
    factories.make_staff(database, acme, OWNER, role="owner", locale="en")


def _at_the_desk(web: Web) -> Desk:
    shop = enter_shop(web.database, web.acme.id)
    registry = shop.worker.registry
    assert isinstance(registry, MemoryRegistry)
    owner = web.client(PANEL)
    owner.enter(OWNER)  # without a look at the first page, which is the dearest of the panel
    return Desk(web, shop, registry, owner)


def _furnish(url: str) -> None:
    database = Database(url)
    furnish(database)
    database.dispose()


@pytest.fixture(scope="session")
def desk_databases(shop_databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases with everything that a desk has."""
    return TemplateDatabases(tmp_path_factory.mktemp("desks"), _furnish, shop_databases)


@pytest.fixture
def desk(desk_databases: TemplateDatabases, redis_url: str, tmp_path: Path) -> Iterator[Desk]:
    """On SQLite."""
    with web_over(desk_databases, "sqlite", redis_url, tmp_path) as web:
        yield _at_the_desk(web)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def desk_on_both(
    request: pytest.FixtureRequest, desk_databases: TemplateDatabases, redis_url: str, tmp_path: Path
) -> Iterator[Desk]:
    """Once on SQLite and once on PostgreSQL."""
    with web_over(desk_databases, request.param, redis_url, tmp_path) as web:
        yield _at_the_desk(web)
