"""Two finished shops over a registry in memory, and a visitor for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import PLATFORM_HOST
from tests.harness.compiled import share_files
from tests.harness.databases import TemplateDatabases
from tests.web.client import Client, Page
from tests.web.conftest import settings_for
from webapp import create_app
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.web import WebApp
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import RegistryPort
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.desk import demo
from webapp.reseller.desk.operations import create_from_template
from webapp.reseller.partners import queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Host, Partner
from webapp.reseller.services.availability import AvailabilityService

PLATFORM = tenancy.Platform("operator")

#: Acme's shop in the language of the source texts: for tests that compare words but are not about a language.
SHOP = "/en"
#: The same shop in its first language: for what Polish visitors read, amounts in their form, and their terms.
POLISH = "/pl"

#: What a person types into the form of a new subscriber; a Polish postal code as people write it.
JAN = {
    "kind": "person",
    "country": "PL",
    "name": "Jan Żuraw",
    "street": "Długa 5/7",
    "postcode": "00950",
    "city": "Warszawa",
    "phone": "22 123 45 67",
    "email": "jan@example.com",
    "password": "trzy zielone koty",
}


@dataclass(frozen=True)
class Shops:
    """The application; `acme` speaks pl and en and sells in PLN, `nord` de and en in EUR."""

    app: WebApp
    registry: MemoryRegistry
    acme: Partner
    nord: Partner

    @property
    def database(self) -> Database:
        """The application's own."""
        return self.app.database

    def visitor(self, partner: Partner | None = None) -> Client:
        """Somebody at a shop, acme's unless another is named."""
        return Client(self.app, self.host(partner or self.acme))

    def host(self, partner: Partner) -> str:
        """Where a shop answers."""
        return f"{partner.code}.{self.app.settings.platform_host}"

    def ask(self, registry: RegistryPort) -> None:
        """Ask another registry from now on, with nothing remembered."""
        self.app.extensions["availability"] = AvailabilityService(registry, None)

    def set_price(self, tld: str, amount: int) -> None:
        """Another price for the first year at acme, from today on."""
        with tenancy.tenant(self.acme.id), self.database.writing() as session:
            product = catalog_queries.product_for_tld(session, tld)
            assert product is not None
            today = clock.today(self.acme.timezone)
            catalog.set_price(session, SYSTEM, product.id, "register", 1, amount, "PLN", today)


MakeShops = Callable[..., Shops]


def _prepare(url: str) -> None:
    database = Database(url)
    with database.writing(PLATFORM) as session:
        catalog.ensure_tlds(session)
        for example in demo.PARTNERS:
            create_from_template(session, SYSTEM, example.template, example.answers(PLATFORM_HOST))
    database.dispose()


@pytest.fixture(scope="session")
def demo_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of fresh databases with the demo's two shops in them."""
    return TemplateDatabases(tmp_path_factory.mktemp("demo_shops"), _prepare, databases)


def _partners(database: Database) -> list[Partner]:
    with database.reading(PLATFORM) as session:
        found = [queries.partner_by_code(session, code) for code in ("csp1001", "csp1002")]
    return [partner for partner in found if partner is not None]


def _move(database: Database, platform_host: str) -> None:
    """Shops of a browser's test answer at the port of its server."""
    if platform_host == PLATFORM_HOST:
        return
    with database.writing(PLATFORM) as session:
        for host in session.scalars(select(Host)):
            host.name = host.name.replace(PLATFORM_HOST, platform_host)


def _maker(database_url: str, redis_url: str, media: Path) -> Iterator[MakeShops]:
    apps: list[WebApp] = []

    def make(**settings: Any) -> Shops:
        app = create_app(replace(settings_for(database_url, redis_url, media), **settings))
        share_files(app)
        apps.append(app)
        reader = Database(database_url)
        _move(reader, app.settings.platform_host)
        shops = Shops(app, MemoryRegistry(), *_partners(reader))
        reader.dispose()
        shops.ask(shops.registry)
        return shops

    yield make
    for app in apps:
        app.counts.close()
        app.database.dispose()
        app.redis.close()


@pytest.fixture
def make_shops(demo_databases: TemplateDatabases, redis_url: str, tmp_path: Path) -> Iterator[MakeShops]:
    """Shops with other settings: `make_shops(page_cache=False)`."""
    with demo_databases.fresh("sqlite") as url:
        yield from _maker(url, redis_url, tmp_path / "media")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def make_shops_on_both(
    request: pytest.FixtureRequest, demo_databases: TemplateDatabases, redis_url: str, tmp_path: Path
) -> Iterator[MakeShops]:
    """The same, once on SQLite and once on PostgreSQL."""
    with demo_databases.fresh(request.param) as url:
        yield from _maker(url, redis_url, tmp_path / "media")


@pytest.fixture
def shops(make_shops: MakeShops) -> Shops:
    """The shops on SQLite."""
    return make_shops()


def add(visitor: Client, *names: str, shop: str = SHOP) -> None:
    """Put names into the basket, as the buttons of the finished list do."""
    for name in names:
        page = visitor.get(f"{shop}/domains", query_string={"q": name})
        form = next(form for form in page.all("form") if _value(form, "name") == name)
        visitor.post(form.attrs["action"], {each.attrs["name"]: each.attrs["value"] for each in form.all("input")})


def _value(form: Any, name: str) -> str | None:
    return next((each.attrs["value"] for each in form.all("input") if each.attrs.get("name") == name), None)


def registered(visitor: Client, shop: str = SHOP) -> Page:
    """Register on the way to the order; returns the last page before it."""
    page = visitor.get(f"{shop}/checkout")
    return visitor.follow(visitor.submit(page, JAN, action="register"))
