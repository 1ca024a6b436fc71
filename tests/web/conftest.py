"""A running application over a fresh database, with two partners' shops, and visitors for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.harness.compiled import share_files
from tests.harness.databases import TemplateDatabases
from tests.web.client import Client
from webapp import create_app
from webapp.foundation import config, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.theming import BrandTokens
from webapp.foundation.web import WebApp
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.catalog.operations import ensure_tlds
from webapp.reseller.desk.operations import Answers, create_from_template
from webapp.reseller.partners import queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import NewPartner
from webapp.reseller.services.availability import AvailabilityService

PANEL, OPERATOR, API = (f"{label}.{factories.PLATFORM_HOST}" for label in ("panel", "operator", "api"))


@dataclass(frozen=True)
class Web:
    """The application and what is in it: two partners, of whom the first (pl, en) is `acme`, the other (de) `nord`."""

    app: WebApp
    acme: Partner
    nord: Partner
    #: What the shops ask whether names are free.
    registry: MemoryRegistry

    @property
    def database(self) -> Database:
        """The application's own."""
        return self.app.database

    def client(self, host: str) -> Client:
        """A visitor of a host: "panel.localhost:8000"."""
        return Client(self.app, host)

    def shop(self, partner: Partner) -> Client:
        """A visitor of a partner's shop."""
        return self.client(f"{partner.code}.{factories.PLATFORM_HOST}")

    def staff(self, partner: Partner) -> Client:
        """The partner's owner, signed in to the Sales Panel."""
        staff = factories.make_staff(self.database, partner)
        client = self.client(PANEL)
        client.enter(staff.email)
        return client

    def operator(self) -> Client:
        """An operator, signed in."""
        person = factories.make_operator(self.database)
        client = self.client(OPERATOR)
        client.sign_in(person.email)
        return client

    def subscriber(self, partner: Partner, email: str = "anna@example.com") -> Client:
        """A subscriber with an account, signed in at the partner's shop."""
        factories.make_subscriber(self.database, partner, email)
        client = self.shop(partner)
        client.enter(email)
        return client


#: What the application seals and signs with.
SECRET_KEY = "tests only: forty characters of nothing much"


def settings_for(database_url: str, redis_url: str, media: Path) -> Settings:
    """Settings as the environment would give them."""
    return config.load(
        {
            "WITRYNA_DATABASE_URL": database_url,
            "WITRYNA_REDIS_URL": redis_url,
            "WITRYNA_PLATFORM_HOST": factories.PLATFORM_HOST,
            "WITRYNA_SECRET_KEY": SECRET_KEY,
            "WITRYNA_MEDIA_ROOT": str(media),
            "WITRYNA_LOG_LEVEL": "ERROR",
            # Nobody answers there, nor may a test ask the real ones.
            "WITRYNA_STRIPE_URL": "http://127.0.0.1:9",
            "WITRYNA_PRZELEWY24_URL": "http://127.0.0.1:9",
        }
    )


#: Makes an application over the test's database with other settings: `make_web(scheme="https")`.
MakeWeb = Callable[..., Web]

_ACME = NewPartner(
    platform_host=factories.PLATFORM_HOST,
    name="Acme Domeny",
    legal_name="Acme Domeny sp. z o.o.",
    country="PL",
    currency="PLN",
    email="biuro@acme.example",
    timezone="Europe/Warsaw",
    default_locale="pl",
    locales=("pl", "en"),
    street="Prosta 1",
    postcode="00-838",
    city="Warszawa",
    iban="PL61109010140000071219812874",
    tax_rate_bp=2300,
)
_NORD = replace(
    _ACME,
    name="Nordhost",
    legal_name="Nordhost GmbH",
    country="DE",
    currency="EUR",
    email="service@nordhost.example",
    timezone="Europe/Berlin",
    default_locale="de",
    locales=("de", "en"),
    street="Hafenstra\u00dfe 41",
    postcode="20459",
    city="Hamburg",
    iban="DE89370400440532013000",
    tax_rate_bp=1900,
)


def open_shops(database: Database) -> None:
    """Two finished shops from different starters: csp1001 and csp1002."""
    with database.writing(tenancy.Platform("operator")) as session:
        ensure_tlds(session)
        create_from_template(session, SYSTEM, "domain_shop", Answers(partner=_ACME, theme="harbor"))
        nord = Answers(partner=_NORD, theme="ledger", brand=BrandTokens(brand="#0e4d92"))
        create_from_template(session, SYSTEM, "hosting_provider", nord)


def _prepare(url: str) -> None:
    database = Database(url)
    open_shops(database)
    database.dispose()


@pytest.fixture(scope="session")
def shop_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of fresh databases with the two shops in them."""
    return TemplateDatabases(tmp_path_factory.mktemp("shops"), _prepare, databases)


def web_maker(database_url: str, redis_url: str, media: Path) -> Iterator[MakeWeb]:
    made: list[WebApp] = []

    def make(**others: Any) -> Web:
        app = create_app(replace(settings_for(database_url, redis_url, media), **others))
        share_files(app)
        made.append(app)
        registry = MemoryRegistry()
        app.extensions["availability"] = AvailabilityService(registry, None)
        reader = Database(database_url)
        with reader.reading(tenancy.Platform("operator")) as session:
            acme, nord = queries.partner_by_code(session, "csp1001"), queries.partner_by_code(session, "csp1002")
        reader.dispose()
        assert acme is not None
        assert nord is not None
        return Web(app, acme, nord, registry)

    yield make
    for app in made:
        app.counts.close()
        app.database.dispose()
        app.redis.close()


@contextmanager
def web_over(databases: TemplateDatabases, kind: str, redis_url: str, folder: Path) -> Iterator[Web]:
    """The application over a fresh database of this kind; its media are in the folder."""
    with databases.fresh(kind) as url:
        for make in web_maker(url, redis_url, folder / "media"):
            yield make()


@pytest.fixture
def make_web(shop_databases: TemplateDatabases, redis_url: str, tmp_path: Path) -> Iterator[MakeWeb]:
    """Makes applications on SQLite, for what does not depend on the kind of database."""
    with shop_databases.fresh("sqlite") as url:
        yield from web_maker(url, redis_url, tmp_path / "media")


@pytest.fixture
def web(make_web: MakeWeb) -> Web:
    """The application on SQLite, for what does not depend on the kind of database."""
    return make_web()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def web_on_both(
    request: pytest.FixtureRequest, shop_databases: TemplateDatabases, redis_url: str, tmp_path: Path
) -> Iterator[Web]:
    """The application, once on SQLite and once on PostgreSQL."""
    with web_over(shop_databases, request.param, redis_url, tmp_path) as made:
        yield made


@pytest.fixture
def client_for(web: Web) -> Callable[[str], Client]:
    """`client_for("csp1001.localhost:8000")`: a strict visitor of that host."""
    return web.client
