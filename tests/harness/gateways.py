"""Gateways as real HTTP servers on this machine, with what goes wrong at real ones.

They are the demo's own (it signs apart from the adapters) behind a layer of faults. What the payer does and what the
gateway tells the shop is for the test to say: `paid`, `notification`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from demo.pay import przelewy24, stripe
from demo.pay.book import PRZELEWY24, STRIPE, Book, Entry
from demo.pay.pages import create_gateway
from webapp.providers.payments.port import Credentials, PaymentsPort
from webapp.providers.payments.przelewy24 import Przelewy24
from webapp.providers.payments.stripe import Stripe

#: Of the demo's accounts, as a partner types them.
CREDENTIALS = {
    "stripe": Credentials({}, STRIPE),
    "przelewy24": Credentials(
        {name: PRZELEWY24[name] for name in ("merchant_id", "pos_id")},
        {name: PRZELEWY24[name] for name in ("crc", "api_key")},
    ),
}
ADAPTERS: dict[str, Callable[..., PaymentsPort]] = {"stripe": Stripe, "przelewy24": Przelewy24}


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Nothing: tests that fail show enough."""


@dataclass
class Peer:
    """One gateway. `faults`: (part of the path, fault), each for one request; `asked`: every path that was called."""

    name: str
    url: str
    book: Book
    faults: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def adapter(self, **changed: str) -> PaymentsPort:
        """The product's own adapter for it; `changed` secrets are wrong ones."""
        right = CREDENTIALS[self.name]
        wrong = Credentials(right.plain, {**right.secret, **changed})
        return ADAPTERS[self.name](wrong, base=self.url, seconds=2.0)

    def entry(self, session_key: str) -> Entry:
        """What the gateway knows of a payment."""
        found = self.book.find(gateway=self.name, session_key=session_key)
        assert found is not None, session_key
        return found

    def paid(self, session_key: str, **other: Any) -> Entry:
        """The payer has paid; `other`: something else than was asked."""
        entry = self.entry(session_key)
        self.book.change(entry, **{"state": "paid", **other})
        return entry

    def notification(self, session_key: str) -> tuple[bytes, dict[str, str]]:
        """What it would tell the shop now: body and headers."""
        entry = self.entry(session_key)
        if self.name == "stripe":
            return stripe.event(entry, "checkout.session.completed")
        return przelewy24.notification(entry)


@contextmanager
def running_peer(name: str) -> Iterator[Peer]:
    """A gateway on a free port of this machine, until the block ends."""
    book = Book()
    inner = create_gateway(book, lambda _entry, _kind: None)
    peer = Peer(name, "", book)

    def faulty(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        peer.asked.append(f"{environ['REQUEST_METHOD']} {path}")
        fault = next((one for one in peer.faults if one[0] in path), None)
        if fault is None:
            return inner(environ, start_response)
        peer.faults.remove(fault)
        return _FAULTS[fault[1]](inner, environ, start_response)

    server = make_server("127.0.0.1", 0, faulty, threaded=True, request_handler=_Quiet)
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _lost(inner: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """The work is done, the answer never arrives."""
    list(inner(environ, lambda *_: lambda _data: None))
    environ["werkzeug.socket"].shutdown(2)
    return _plain(start_response, "200 OK", b"")


def _late(inner: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Longer than the adapter waits."""
    time.sleep(2.5)
    return inner(environ, start_response)


def _down(_inner: Any, _environ: Any, start_response: Any) -> Any:
    return _plain(start_response, "500 Internal Server Error", b'{"error":"out of order"}')


def _page(_inner: Any, _environ: Any, start_response: Any) -> Any:
    return _plain(start_response, "200 OK", b"<html>Maintenance</html>")


def _busy(_inner: Any, _environ: Any, start_response: Any) -> Any:
    return _plain(start_response, "429 Too Many Requests", b'{"error":"slow down"}')


_FAULTS = {"lost": _lost, "late": _late, "500": _down, "page": _page, "429": _busy}


def _plain(start_response: Any, status: str, body: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
