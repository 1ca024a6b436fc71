"""A registry for each test, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from epptools import Client, Config

from sandbox.testing import Registry, running_registry
from tests.sandbox.wire import Wire

SignIn: TypeAlias = Callable[[int], Client]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A registry of its own, with default content."""
    with running_registry(tmp_path) as running:
        yield running


@pytest.fixture
def sign_in(registry: Registry) -> Iterator[SignIn]:
    """Open a session for the registrar of this number; codes are returned, not raised."""
    clients: list[Client] = []

    def open_session(number: int) -> Client:
        account = registry.accounts[number]
        client = Client(
            Config(
                host=registry.host,
                port=registry.port,
                ca_file=registry.ca_file,
                clid=account.user,
                password=account.password,
                read_timeout=5,
            )
        )
        client.throw_on_failure(False)
        client.login()
        clients.append(client)
        return client

    yield open_session
    for client in clients:
        client.disconnect()


@pytest.fixture
def epp(sign_in: SignIn) -> Client:
    """The first registrar's session."""
    return sign_in(0)


@pytest.fixture
def wire(registry: Registry) -> Iterator[Wire]:
    """A hand-written client of the second registrar, signed in."""
    with Wire(registry) as connection:
        assert connection.login(registry.accounts[1].user, registry.accounts[1].password) == 1000
        yield connection
