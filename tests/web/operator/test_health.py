"""The operator's first page tells whether the process that decides about certificates is there."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from demo.plan import LOOPBACK, free_port
from tests.web.client import Client
from tests.web.conftest import Web
from webapp.processes import tls_ask
from webapp.processes.tls_ask import Memory


@pytest.fixture
def operator(web: Web) -> Client:
    """Somebody who runs the install, signed in."""
    return web.operator()


@pytest.fixture
def port() -> int:
    """Where tls-ask is, or is not."""
    return free_port()


@pytest.fixture
def answering(port: int) -> Iterator[None]:
    """A tls-ask that knows a name."""
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()
    memory = Memory(["shops.example"], lambda _since: [])
    memory.refresh()
    thread = threading.Thread(target=loop.run_until_complete, args=[tls_ask.serve(memory, LOOPBACK, port, stopping)])
    thread.start()
    _wait_until_answering(port)
    yield
    loop.call_soon_threadsafe(stopping.set)
    thread.join()
    loop.close()


def _wait_until_answering(port: int) -> None:
    """The thread takes its time on a busy machine: who asks before it listens finds nobody."""
    for _ in range(500):
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.01)
    raise AssertionError("tls-ask did not start to listen within 5 seconds")


def _first_page(web: Web, operator: Client, port: int) -> str:
    web.app.settings = replace(web.app.settings, scheme="https", tls_ask=f"{LOOPBACK}:{port}")
    return operator.get("/").words


def test_a_silent_tls_ask_is_told_with_what_it_means(web: Web, operator: Client, port: int) -> None:
    assert "new domains get no certificate" in _first_page(web, operator, port)


def test_a_healthy_tls_ask_is_told(web: Web, operator: Client, port: int, answering: None) -> None:
    assert "new domains get their certificates" in _first_page(web, operator, port)


def test_without_https_there_is_no_front_to_ask(operator: Client) -> None:
    assert "tls-ask" not in operator.get("/").words
