"""A running application over a fresh database, with two partners' shops, and visitors for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.web.client import Client
from webapp import create_app
from webapp.foundation import config
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.web import WebApp
from webapp.reseller.partners.models import Partner

PANEL, OPERATOR, API = (f"{label}.{factories.PLATFORM_HOST}" for label in ("panel", "operator", "api"))


@dataclass(frozen=True)
class Web:
    """The application and what is in it: two partners, of whom the first (pl, en) is `acme`, the other (de) `nord`."""

    app: WebApp
    acme: Partner
    nord: Partner

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
        client.sign_in(staff.email)
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
        client.sign_in(email)
        return client


def settings_for(database_url: str, redis_url: str, media: Path, **others: Any) -> Settings:
    """Settings as the environment would give them."""
    read = config.load(
        {
            "WITRYNA_DATABASE_URL": database_url,
            "WITRYNA_REDIS_URL": redis_url,
            "WITRYNA_PLATFORM_HOST": factories.PLATFORM_HOST,
            "WITRYNA_SECRET_KEY": "tests only: forty characters of nothing much",
            "WITRYNA_MEDIA_ROOT": str(media),
            "WITRYNA_LOG_LEVEL": "ERROR",
        }
    )
    return replace(read, **others)


#: Makes an application over the test's database with other settings: `make_web(scheme="https")`.
MakeWeb = Callable[..., Web]


def _maker(database_url: str, redis_url: str, media: Path) -> Iterator[MakeWeb]:
    made: list[WebApp] = []
    partners: list[Partner] = []

    def make(**others: Any) -> Web:
        app = create_app(settings_for(database_url, redis_url, media, **others))
        made.append(app)
        if not partners:
            partners.append(factories.make_partner(app.database))
            german = {"default_locale": "de", "locales": ("de", "en"), "currency": "EUR", "country": "DE"}
            german |= {"timezone": "Europe/Berlin", "postcode": "10115", "city": "Berlin", "tax_id": "", "iban": ""}
            partners.append(factories.make_partner(app.database, name="Nordhost", theme="ledger", **german))
        return Web(app, *partners)

    yield make
    for app in made:
        app.database.dispose()
        app.redis.close()


@pytest.fixture
def make_web(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MakeWeb]:
    """For what does not depend on the kind of database."""
    yield from _maker(sqlite_url, redis_url, tmp_path / "media")


@pytest.fixture
def web(make_web: MakeWeb) -> Web:
    """The application on SQLite, for what does not depend on the kind of database."""
    return make_web()


@pytest.fixture
def web_on_both(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Web]:
    """The application, once on SQLite and once on PostgreSQL."""
    for make in _maker(database_url, redis_url, tmp_path / "media"):
        yield make()


@pytest.fixture
def client_for(web: Web) -> Callable[[str], Client]:
    """`client_for("csp1001.localhost:8000")`: a strict visitor of that host."""
    return web.client
