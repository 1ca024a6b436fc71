"""tls-ask says yes to names that somebody's shop answers at, and to nothing else: also when the database is away."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from demo.plan import LOOPBACK, free_port
from tests import factories
from tests.web.conftest import settings_for
from webapp.foundation import clock, config, db, tenancy
from webapp.foundation.db import Database
from webapp.processes import tls_ask
from webapp.processes.tls_ask import LONGEST, WHOLE, Memory, doors, reader
from webapp.reseller.partners.certified import Word
from webapp.reseller.partners.models import OWNING, Host, Partner

OPERATOR = tenancy.Platform("operator")
YES, NO, AWAY = HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
STATES = (
    "draft",
    "waiting_dns",
    "conflict",
    "dns_ok",
    "certificate_pending",
    "live",
    "degraded",
    "detached",
    "quarantined",
)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Source:
    """Words in place of a database, and what was asked of it."""

    def __init__(self, *found: Word) -> None:
        self.found = list(found)
        self.asked: list[datetime | None] = []
        self.away = False

    def __call__(self, since: datetime | None) -> list[Word]:
        self.asked.append(since)
        if self.away:
            raise OperationalError("SELECT", None, Exception("no route to host"))
        return self.found


def _host(database: Database, partner_id: int, name: str, state: str, *, stamped: float = 0) -> None:
    now = clock.now() - timedelta(seconds=stamped)
    with database.writing(OPERATOR) as session:
        session.add(Host(partner_id=partner_id, name=name, kind="custom", state=state, created_at=now, changed_at=now))


def _move(database: Database, name: str, state: str) -> None:
    with database.writing(OPERATOR) as session:
        db.change(session, Host, Host.name == name, state=state, changed_at=clock.now())


def test_only_names_that_are_somebodys_are_allowed(database_url: str) -> None:
    database = Database(database_url)
    partner = factories.make_partner(database)
    for state in STATES:
        _host(database, partner.id, f"{state.replace('_', '-')}.example", state)
    memory = Memory(["platform.example", "panel.platform.example"], reader(database))
    memory.refresh()
    said = {state: memory.status(f"{state.replace('_', '-')}.example") for state in STATES}
    assert said == {state: YES if state in OWNING else NO for state in STATES}
    assert memory.status("panel.platform.example") is YES
    assert memory.status("csp1001.localhost") is YES, "the raw host, asked for without its port"
    assert memory.status("nobody.example") is NO
    database.dispose()


def test_a_change_is_known_with_the_next_look(database_url: str) -> None:
    """Also when another partner takes a name over: whose it is does not matter, that it is somebody's does."""
    database = Database(database_url)
    acme, nord = factories.make_partner(database), factories.make_partner(database, email="info@nord.example")
    memory = Memory([], reader(database))
    memory.refresh()
    _host(database, acme.id, "shop.example", "live")
    assert memory.status("shop.example") is NO
    memory.refresh()
    assert memory.status("shop.example") is YES
    _move(database, "shop.example", "detached")
    memory.refresh()
    assert memory.status("shop.example") is NO
    _host(database, nord.id, "shop.example", "dns_ok")
    memory.refresh()
    assert memory.status("shop.example") is YES
    database.dispose()


def test_a_change_that_was_stamped_long_before_its_commit_is_known_too(sqlite_url: str) -> None:
    """The probe of a name and the wait for SQLite's lock may lie between."""
    database = Database(sqlite_url)
    partner = factories.make_partner(database)
    memory = Memory([], reader(database))
    memory.refresh()
    _host(database, partner.id, "slow.example", "live", stamped=30)
    memory.refresh()
    assert memory.status("slow.example") is YES
    database.dispose()


def test_a_suspended_partner_keeps_its_certificates(database_url: str) -> None:
    """Its visitors are told that the shop is closed; a broken connection would tell them nothing."""
    database = Database(database_url)
    partner = factories.make_partner(database)
    with database.writing(OPERATOR) as session:
        db.change(session, Partner, Partner.id == partner.id, status="suspended")
    memory = Memory([], reader(database))
    memory.refresh()
    assert memory.status("csp1001.localhost") is YES
    database.dispose()


def test_names_are_compared_in_one_spelling() -> None:
    memory = Memory(["xn--w-uga1v8h.pl"], Source())
    memory.refresh()
    allowed = ("xn--w-uga1v8h.pl", "XN--W-UGA1V8H.pl", "xn--w-uga1v8h.pl.", "żółw.pl".encode().decode("latin-1"))
    assert [memory.status(name) for name in allowed] == [YES] * 4
    odd = (
        "",
        ".",
        "*.pl",
        "xn--w-uga1v8h.pl..",
        "a.xn--w-uga1v8h.pl",
        "pl",
        "127.0.0.1",
        "[::1]",
        "x" * 300,
        "a b",
        "a/b",
        "\0",
    )
    assert [memory.status(name) for name in odd] == [NO] * len(odd)


def test_without_the_database_memory_goes_on_for_ten_minutes_and_then_says_no_to_all() -> None:
    now, source = Clock(), Source(Word(1, "shop.example", True))
    memory = Memory(["platform.example"], source, now)
    assert memory.status("platform.example") is AWAY, "nothing is known before the first reading"
    assert memory.health()[0] is AWAY
    memory.refresh()
    assert (memory.status("shop.example"), memory.health()[0]) == (YES, YES)
    source.away = True
    now.time += 30
    memory.refresh()
    assert (memory.status("shop.example"), memory.status("other.example"), memory.health()[0]) == (YES, NO, AWAY)
    now.time += LONGEST
    memory.refresh()
    assert {memory.status(name) for name in ("shop.example", "other.example", "platform.example")} == {AWAY}
    source.away = False
    memory.refresh()
    assert (memory.status("shop.example"), memory.health()[0]) == (YES, YES)


def test_everything_is_read_anew_every_minute_and_looks_overlap() -> None:
    """A row that slipped by (a clock that is wrong, a row that was deleted) is right again within a minute."""
    now, source = Clock(), Source(Word(1, "gone.example", True))
    memory = Memory([], source, now)
    memory.refresh()
    source.found = []
    memory.refresh()
    assert memory.status("gone.example") is YES
    assert source.asked[0] is None
    assert source.asked[1] is not None
    assert clock.now() - source.asked[1] > timedelta(seconds=44)
    now.time += WHOLE
    memory.refresh()
    assert source.asked[2] is None
    assert memory.status("gone.example") is NO


@pytest.mark.parametrize("address", ["0.0.0.0:9123", "192.0.2.1:9123", "127.0.0.1", ":9123", "[::]:1"])
def test_it_starts_on_loopback_only(address: str) -> None:
    usual = {"DATABASE_URL": "sqlite://", "REDIS_URL": "redis://127.0.0.1", "PLATFORM_HOST": "localhost"}
    environment = {f"WITRYNA_{k}": v for k, v in {**usual, "SECRET_KEY": "x" * 32, "TLS_ASK": address}.items()}
    with pytest.raises(config.ConfigError, match="WITRYNA_TLS_ASK"):
        config.load(environment)


def test_the_platforms_doors_are_its_own(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(settings_for(sqlite_url, "redis://127.0.0.1:9", tmp_path), platform_host="shops.example:8443")
    assert set(doors(settings)) == {f"{label}shops.example" for label in ("", "panel.", "operator.", "api.")}


# --- over the wire -------------------------------------------------------------------------------------------


def _talk(memory: Memory, *pieces: bytes) -> bytes:
    """Everything that comes back for these pieces, sent one after another over one connection."""

    async def talk() -> bytes:
        port, stopping = free_port(), asyncio.Event()
        serving = asyncio.create_task(tls_ask.serve(memory, LOOPBACK, port, stopping))
        await asyncio.sleep(0.1)
        reading, writing = await asyncio.open_connection(LOOPBACK, port)
        for piece in pieces:
            writing.write(piece)
            await writing.drain()
            await asyncio.sleep(0.01)
        writing.write_eof()
        said = await reading.read()
        writing.close()
        stopping.set()
        await serving
        return said

    # Apart: where Playwright was started in this process, its event loop runs in the main thread.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(talk())).result()


def _known() -> Memory:
    return Memory(["shop.example"], Source())


def test_one_connection_serves_many_requests_in_any_pieces() -> None:
    ask = b"GET /tls-ask?domain=%s HTTP/1.1\r\nHost: x\r\n\r\n"
    both = ask % b"shop.example" + ask % b"nobody.example"
    said = _talk(_known(), both[:7], both[7:60], both[60:])
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"404"]


def test_health_tells_how_old_the_memory_is() -> None:
    said = _talk(_known(), b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    facts = json.loads(body)
    assert (facts["status"], facts["names"]) == ("ok", 1)
    assert facts["age"] < 5


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /tls-ask?domain=shop.example HTTP/2.0\r\n\r\n", b"400"),
        (b"GET /tls-ask?domain=shop.example HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", b"400"),
        (b"GET /tls-ask?domain=shop.example HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /tls-ask?domain=shop.example HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /tls-ask?domain=shop.example&domain=shop.example HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /tls-ask HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /TLS-ASK?domain=shop.example HTTP/1.1\r\n\r\n", b"404"),
        (b"GET http://[/tls-ask?domain=shop.example HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /tls-ask?domain=shop.example&" + b"&" * 9 + b"a=1" * 9 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /tls-ask?domain=%ff%00 HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /" + b"x" * 9000, b"431"),
    ],
)
def test_what_is_no_proper_question_gets_no_yes(request_: bytes, status: bytes) -> None:
    said = _talk(_known(), request_)
    assert said.startswith(b"HTTP/1.1 " + status), said
