"""Requests to our own front: each way in which it fails has its word, and no name leads us into a private network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.harness.front import Authority, Front
from webapp.foundation import shop_check
from webapp.foundation.db import Database, NetworkInTransaction
from webapp.foundation.tenancy import Platform
from webapp.providers.certificates.edge import Edge
from webapp.providers.certificates.reach import Reach
from webapp.providers.errors import ProviderError

SECRET = "tests only: forty characters of nothing much"
PATH = f"{shop_check.PREFIX}a-token-of-ours"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(Authority(tmp_path_factory.mktemp("authority")), SECRET, lambda name: name == "shop.example") as made:
        yield made


def edge(front: Front, *, trusting: bool = True) -> Edge:
    return Edge(f"127.0.0.1:{front.tls_port}", str(front.authority.file) if trusting else "", seconds=0.5)


def test_a_served_name_tells_its_certificate(front: Front) -> None:
    served = edge(front).first_request("shop.example", PATH)
    assert (served.code, served.issuer) == ("ok", "Test Authority")
    assert served.body == shop_check.answer(SECRET, "shop.example", "a-token-of-ours")
    assert served.expires_at is not None
    assert served.expires_at - datetime.now(UTC) > timedelta(days=80)


def test_each_failure_has_its_word(front: Front) -> None:
    assert edge(front).first_request("unknown.example", PATH).code == "authority"
    assert edge(front, trusting=False).first_request("shop.example", PATH).code == "untrusted"
    assert Edge("").first_request("shop.example", PATH).code == "unconfigured"
    for mode, code in (("breaks", "handshake"), ("plain", "handshake"), ("silent", "timeout")):
        front.mode = mode
        assert edge(front).first_request("shop.example", PATH).code == code
    front.mode = ""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert Edge(f"127.0.0.1:{port}").first_request("shop.example", PATH).code == "unreachable"


def test_plain_http_goes_to_the_addresses_that_were_seen_and_no_further(front: Front) -> None:
    here = Reach(front.http_port, here=True)
    said = here.fetch("shop.example", ["127.0.0.1"], PATH)
    assert said == shop_check.answer(SECRET, f"shop.example:{front.http_port}", "a-token-of-ours")
    before = len(front.http_asked)
    for addresses in (["127.0.0.1"], ["::1"], ["10.0.0.7"], ["169.254.169.254"], ["93.184.215.14", "127.0.0.1"], []):
        with pytest.raises(ProviderError):
            Reach(front.http_port).fetch("shop.example", addresses, PATH)
    with pytest.raises(ProviderError):
        here.fetch("shop.example", ["192.168.0.1"], PATH)
    assert len(front.http_asked) == before


def test_nobody_is_asked_while_a_transaction_is_open(front: Front, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing(Platform("hosts")):
        with pytest.raises(NetworkInTransaction):
            edge(front).first_request("shop.example", PATH)
        with pytest.raises(NetworkInTransaction):
            Reach(front.http_port, here=True).fetch("shop.example", ["127.0.0.1"], PATH)
    database.dispose()
