"""Fixtures of the registry contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Registry, running_registry
from tests.contracts.registries import EppDesk
from webapp.foundation.db import Database
from webapp.foundation.tenancy import Platform


@pytest.fixture(scope="module")
def sandbox_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A sandbox registry in its own process, for the tests of one file."""
    with running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def epp_desk(sandbox_registry: Registry) -> Iterator[EppDesk]:
    """Adapters for two accounts of an empty registry."""
    desk = EppDesk(sandbox_registry)
    yield desk
    desk.close()
    desk.wipe()


@pytest.fixture
def leaving_registry(tmp_path: Path) -> Iterator[Registry]:
    """A registry of one's own, to be stopped or broken for good."""
    with running_registry(tmp_path) as registry:
        yield registry


@pytest.fixture
def write_transaction(tmp_path: Path) -> Iterator[Callable[[], AbstractContextManager[Any]]]:
    """Opens a real write transaction."""
    database = Database(f"sqlite:///{tmp_path / 'house.sqlite3'}")
    yield partial(database.writing, Platform("metrics"))
    database.dispose()
