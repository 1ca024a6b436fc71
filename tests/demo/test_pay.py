"""The demo's gateway: what a payer can do there, and that the seeded shops hold its keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from demo.pay.__main__ import running
from demo.pay.book import PRZELEWY24, STRIPE, Book
from webapp.providers.payments.port import Credentials, Payment, StartPayment
from webapp.providers.payments.przelewy24 import Przelewy24
from webapp.providers.payments.stripe import Stripe
from webapp.reseller.desk.demo_gateways import ACCOUNTS


@pytest.fixture
def told() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A shop that takes notifications: its address, and what came."""
    came: list[tuple[str, bytes]] = []

    class Shop(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.headers["Host"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://csp1001.localhost:{server.server_port}", came
    server.shutdown()
    thread.join()
    server.server_close()


def _asked(shop: str, key: str) -> StartPayment:
    addresses = (f"{shop}/back", f"{shop}/cancel", f"{shop}/notify")
    return StartPayment(key, 1999, "PLN", "PRO/2026/00001", "a@example.com", "Anna", "PL", "pl", *addresses)


@pytest.mark.parametrize("name", ["stripe", "przelewy24"])
def test_pay_refuse_close(tmp_path: Path, told: tuple[str, list[tuple[str, bytes]]], name: str) -> None:
    shop, came = told
    with running(tmp_path, f"{shop}/notify") as url:
        if name == "stripe":
            port: Stripe | Przelewy24 = Stripe(Credentials({}, STRIPE), base=url)
        else:
            port = Przelewy24(Credentials(PRZELEWY24, PRZELEWY24), base=url)
        begun = port.start(_asked(shop, "k1"))
        payment = Payment("k1", begun.external_id)
        page = httpx.get(begun.address)
        assert "19.99 PLN" in page.text
        action = f"{url}/pay/{begun.address.rpartition('/')[2]}"
        assert httpx.post(action, data={"choice": "close"}).status_code == 303
        assert httpx.post(action, data={"choice": "refuse"}).headers["Location"].startswith(shop)
        assert port.status(payment).state == "pending"
        assert httpx.post(action, data={"choice": "pay"}).headers["Location"] == f"{shop}/back"
        assert port.status(payment).state == "paid"
        for _ in range(100):
            if came:
                break
            threading.Event().wait(0.05)
        assert came[0][0] == shop.removeprefix("http://")
        assert "Paid. The shop was told." in httpx.get(begun.address).text
        assert "PRO/2026/00001" in httpx.get(url).text
    assert [each.state for each in Book(tmp_path / "payments.json").entries.values()] == ["paid"]


def test_the_seeded_shops_hold_the_gateways_keys() -> None:
    assert ACCOUNTS == {"csp1001": ("przelewy24", PRZELEWY24), "csp1002": ("stripe", STRIPE)}
