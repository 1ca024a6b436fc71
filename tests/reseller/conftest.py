"""What tests of the rooms start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop, open_shop
from webapp.foundation.db import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database: each test runs on SQLite and on PostgreSQL."""
    made = Database(database_url)
    yield made
    made.dispose()


def _open(url: str) -> None:
    with open_shop(Database(url)):
        pass


@pytest.fixture(scope="session")
def stocked_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases with a stocked shop in them."""
    return TemplateDatabases(tmp_path_factory.mktemp("stocked"), _open, databases)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shop(request: pytest.FixtureRequest, stocked_databases: TemplateDatabases) -> Iterator[Shop]:
    """A stocked shop, once on SQLite and once on PostgreSQL."""
    with stocked_databases.fresh(request.param) as url, enter_shop(Database(url)) as entered:
        yield entered
