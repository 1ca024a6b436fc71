"""One DNS and one front for all tests of names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.dns import ServedZone, World
from tests.harness.front import Authority, Front
from tests.reseller.partners.hosting import SECRET, Install, make_install
from webapp.foundation.db import Database


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.fixture(scope="module")
def shared_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(Authority(tmp_path_factory.mktemp("authority")), SECRET, lambda _name: True) as made:
        yield made


@pytest.fixture(scope="module")
def zones() -> dict[str, ServedZone]:
    return {}


@pytest.fixture
def install(sqlite_url: str, world: World, zones: dict[str, ServedZone], shared_front: Front) -> Iterator[Install]:
    """An install on SQLite, for what does not depend on the kind of database."""
    shared_front.mode = ""
    database = Database(sqlite_url)
    yield make_install(database, world, zones, shared_front)
    database.dispose()


@pytest.fixture
def each_install(database: Database, world: World, zones: dict[str, ServedZone], shared_front: Front) -> Install:
    """An install on each kind of database."""
    shared_front.mode = ""
    return make_install(database, world, zones, shared_front)
