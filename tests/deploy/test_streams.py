"""What the product streams (the rows of a search) comes through Caddy piece by piece, and is not compressed."""

from __future__ import annotations

import http.client
import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from demo.plan import LOOPBACK

from .front import CADDIES, PLATFORM, Front, Product, TrustingConnection, running_front

pytestmark = pytest.mark.full
EVENTS, PAUSE = 3, 0.4


class _Streaming(http.server.BaseHTTPRequestHandler):
    """In place of the web server: events with pauses between them."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number in range(EVENTS):
            self.wfile.write(f"data: {number}\n\n".encode())
            self.wfile.flush()
            time.sleep(PAUSE)

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture
def upstream() -> Iterator[int]:
    """The port of a server that streams."""
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), _Streaming) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(params=CADDIES)
def streaming(request: pytest.FixtureRequest, product: Product, upstream: int, tmp_path: Path) -> Iterator[Front]:
    """Caddy before that server."""
    if not CADDIES[request.param].exists():
        pytest.skip(f"no Caddy at {CADDIES[request.param]}")
    with running_front(request.param, replace(product, web_port=upstream), tmp_path / "caddy") as front:
        yield front


def test_rows_come_when_they_are_sent(streaming: Front) -> None:
    context = ssl.create_default_context(cafile=str(streaming.root_certificate))
    connection = TrustingConnection(PLATFORM, streaming.https_port, context)
    connection.request("GET", "/pl/domains", headers={"Accept-Encoding": "gzip, zstd, br"})
    answer: http.client.HTTPResponse = connection.getresponse()
    started, times = time.monotonic(), []
    while line := answer.readline():
        if line.startswith(b"data:"):
            times.append(time.monotonic() - started)
    connection.close()
    assert answer.headers["Content-Encoding"] is None
    assert len(times) == EVENTS
    assert times[0] < PAUSE / 2, times
    assert all(later - earlier > PAUSE / 2 for earlier, later in pairwise(times)), times
