"""Tables of central banks over the wire: what is published is read exactly, what is odd is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from webapp import wiring
from webapp.foundation import config
from webapp.providers.errors import ProviderError
from webapp.providers.rates.port import RatesPort

ECB = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time="2024-12-30"><Cube currency="USD" rate="1.0444"/><Cube currency="PLN" rate="4.2738"/></Cube>
    <Cube time="2024-12-31"><Cube currency="USD" rate="1.0389"/><Cube currency="HUF" rate="411.35"/></Cube>
  </Cube>
</gesmes:Envelope>"""
NBP = b"""[{"table":"A","no":"252/A/NBP/2024","effectiveDate":"2024-12-31","rates":[
  {"currency":"euro","code":"EUR","mid":4.2730},{"currency":"forint","code":"HUF","mid":0.010394}]}]"""
ODD = [b"", b"<html>Bad gateway</html>", b"[]", b"{}", b"null", b"[" * 100_000, b"\xff\xfe\x00", b"[1, 2]"]
ODD_ECB = [
    ECB.replace(b"1.0389", b"-1"),
    ECB.replace(b"1.0389", b"0.0"),
    ECB.replace(b"1.0389", b"1,0389"),
    ECB.replace(b"1.0389", b"9" * 40),
    ECB.replace(b"2024-12-31", b"31.12.2024"),
    ECB.replace(b"HUF", b"USD"),
    ECB[:400],
    ECB.replace(b"<gesmes:Envelope", b'<!DOCTYPE x [<!ENTITY a "b">]><gesmes:Envelope', 1),
]
ODD_NBP = [
    NBP.replace(b"4.2730", b"NaN"),
    NBP.replace(b"4.2730", b"1e3"),
    NBP.replace(b"4.2730", b"null"),
    NBP.replace(b"4.2730", b"9" * 5000),
    NBP.replace(b'"A"', b'"C"'),
    NBP.replace(b'"EUR"', b"{}"),
    NBP.replace(b"2024-12-31", b"2024-13-31"),
    NBP[:-9],
]


class Bank(ThreadingHTTPServer):
    """A bank on this machine that says what it is told to."""

    status, body = 200, b""

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the midst of a flood is right to."""


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        self.send_response(server.status)
        self.send_header("content-length", str(len(server.body)))
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(server.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def open_bank() -> Iterator[Bank]:
    with Bank(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    with open_bank() as server:
        yield server


def adapters(port: int) -> dict[str, RatesPort]:
    """As an install makes them whose settings name a bank on this machine."""
    facts = {"DATABASE_URL": "sqlite://", "REDIS_URL": "redis://127.0.0.1:1/0", "PLATFORM_HOST": "shops.test"}
    urls = {"ECB_URL": f"http://127.0.0.1:{port}/ecb.xml", "NBP_URL": f"http://127.0.0.1:{port}/tables/A/"}
    named = {f"WITRYNA_{name}": value for name, value in {**facts, **urls, "SECRET_KEY": "x" * 40}.items()}
    return {one.source: one for one in wiring.rates(config.load(named))}


def test_the_ecbs_file_is_read_with_every_day_that_it_holds(bank: Bank) -> None:
    bank.status, bank.body = 200, ECB
    newest, older = adapters(bank.server_port)["ecb"].published()
    assert (newest.day, newest.number, older.day) == (date(2024, 12, 31), "", date(2024, 12, 30))
    assert newest.rates == {"USD": Decimal("1.0389"), "HUF": Decimal("411.35")}


def test_the_nbps_table_is_read_with_its_number_and_no_float_between(bank: Bank) -> None:
    bank.status, bank.body = 200, NBP
    (table,) = adapters(bank.server_port)["nbp"].published()
    assert (table.number, table.day) == ("252/A/NBP/2024", date(2024, 12, 31))
    assert {code: str(rate) for code, rate in table.rates.items()} == {"EUR": "4.2730", "HUF": "0.010394"}


@pytest.mark.parametrize(
    ("source", "body"),
    [(source, body) for source in ("ecb", "nbp") for body in ODD]
    + [("ecb", body) for body in ODD_ECB]
    + [("nbp", body) for body in ODD_NBP],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
def test_an_odd_answer_is_an_error_of_the_bank(bank: Bank, source: str, body: bytes) -> None:
    bank.status, bank.body = 200, body
    with pytest.raises(ProviderError):
        adapters(bank.server_port)[source].published()


@pytest.mark.parametrize("source", ["ecb", "nbp"])
def test_a_bank_that_is_away_refuses_redirects_or_floods_is_an_error_too(bank: Bank, source: str) -> None:
    for status, body in ((503, ECB), (302, ECB), (404, NBP), (200, b" " * 4_000_001)):
        bank.status, bank.body = status, body
        with pytest.raises(ProviderError):
            adapters(bank.server_port)[source].published()
    with pytest.raises(ProviderError):
        adapters(1)[source].published()


def test_a_bank_without_an_address_is_not_asked() -> None:
    facts = {"DATABASE_URL": "sqlite://", "REDIS_URL": "redis://127.0.0.1:1/0", "PLATFORM_HOST": "shops.test"}
    named = {f"WITRYNA_{name}": value for name, value in {**facts, "SECRET_KEY": "x" * 40, "ECB_URL": ""}.items()}
    assert [one.source for one in wiring.rates(config.load(named))] == ["nbp"]
