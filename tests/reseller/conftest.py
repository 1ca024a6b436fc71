"""What tests of the rooms start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.selling import Shop, open_shop
from webapp.foundation.db import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database: each test runs on SQLite and on PostgreSQL."""
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def shop(database: Database) -> Shop:
    """A stocked shop, once on SQLite and once on PostgreSQL."""
    return open_shop(database)
