"""Sites that are none of ours, under other names of this machine: partners' own pages, and one of a stranger.

Browsers take `one.localhost` and `two.localhost` for different sites. A site is a page or more, written by the test.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

#: Two sites that the partner has registered, one that he has not, and one of the same site as his first shop.
KNOWN, STRANGER, SAME = ("one", "two", "www.csp1001"), "stranger", "www.csp1001"

#: Notes what the page hears: the loader's events, and every raw message as [origin, message, when].
EAR = """
  window.heard = []; window.messages = [];
  for (const type of ['ready', 'completed', 'signedin', 'signedout', 'error'])
    addEventListener('shop:' + type, (event) => heard.push([type, event.detail]));
  addEventListener('message', ({origin, data}) =>
    data && data.shop === 1 && messages.push([origin, data, performance.timeOrigin + performance.now()]));
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A page of its own</title>
<style>body {{ margin: 0; font: 16px/1.5 sans-serif; }} .long {{ height: 1800px; }} {style}</style>
<script>{ear}</script></head><body><main><h1>A page of its own</h1>{body}</main></body></html>"""


@dataclass
class Sites:
    """The server of all sites. `pages` are whole answers by (label, path)."""

    port: int
    pages: dict[tuple[str, str], Response] = field(default_factory=dict)

    def origin(self, label: str) -> str:
        """The origin of the site of this name."""
        return f"http://{label}.localhost:{self.port}"

    def page(
        self, label: str, path: str, body: str, *, style: str = "", headers: Mapping[str, str] | None = None
    ) -> str:
        """Put a page there; gives its address."""
        html = _PAGE.format(body=body, ear=EAR, style=style)
        self.pages[label, path] = Response(html, mimetype="text/html", headers=dict(headers or {}))
        return f"{self.origin(label)}{path}"

    def __call__(self, environ: dict[str, object], start_response: object) -> object:
        """As WSGI has it."""
        request = Request(environ)
        label = request.host.rpartition(".localhost")[0]
        answer = self.pages.get((label, request.path), Response("There is nothing here.", 404))
        return answer(environ, start_response)  # type: ignore[arg-type]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  the name is the server's
        """Nothing."""


@contextmanager
def outside_sites() -> Iterator[Sites]:
    """A running server on a free port."""
    sites = Sites(0)
    with serving(sites) as port:
        sites.port = port
        yield sites


@contextmanager
def serving(application: object, port: int = 0) -> Iterator[int]:
    """A WSGI application on a port of this machine, until the block ends."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
