"""What tests of the rooms start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from webapp.foundation.db import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database: each test runs on SQLite and on PostgreSQL."""
    made = Database(database_url)
    yield made
    made.dispose()
