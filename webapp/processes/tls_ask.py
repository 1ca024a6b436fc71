"""tls-ask: may the TLS front have a certificate for this name? `python -m webapp.processes.tls_ask`.

Caddy asks `GET /tls-ask?domain=<name>` in the middle of a handshake, so the answer (200 yes, 404 no) comes from memory.
The memory follows the database: changes twice a second and more, all of it every minute. While the database is away the
last known names go on to count; after ten minutes everything is answered with 503, which Caddy takes for a no.

`GET /healthz` is 200 while the memory is a few seconds old at most. It listens on this machine's loopback only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.exc import SQLAlchemyError

from webapp.foundation import clock, config, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.hosts import DOORS, normalised
from webapp.foundation.logs import configure_logging
from webapp.reseller.partners.certified import Word, words

log = logging.getLogger("webapp.processes.tls_ask")

#: Seconds between two looks for changes, and between two readings of everything.
BEAT, WHOLE = 0.4, 60.0
#: A row is stamped before it is committed (a probe and a wait for the lock may lie between), by the clock of the
#: machine that wrote it: look back that far.
OVERLAP = timedelta(seconds=45)
#: Seconds: older memory is reported as unhealthy; much older memory no longer answers.
FRESH, LONGEST = 5.0, 600.0
#: Bytes of a request's head; seconds that a connection may be idle (Go's clients let go after 90).
MOST, IDLE = 8192, 120.0

#: Reads the rows changed since an instant, or all that allow a name. Raises SQLAlchemyError.
Reader = Callable[[datetime | None], list[Word]]


class Memory:
    """The names that may have a certificate. One thread refreshes, the event loop asks."""

    def __init__(self, doors: Iterable[str], read: Reader, now: Callable[[], float] = time.monotonic) -> None:
        self._doors = frozenset(doors)
        self._read = read
        self._now = now
        self._rows: dict[int, str] = {}
        self._names = self._doors
        self._asked_at = clock.now()
        self._whole_at = self._true_at = float("-inf")
        self._away = False
        self._answered = Counter[HTTPStatus]()

    @property
    def age(self) -> float:
        """Seconds since the memory was last as the database is; infinite before the first reading."""
        return self._now() - self._true_at

    def status(self, domain: str) -> HTTPStatus:
        """The answer for a name as it was asked. The memory's age counts first: an old yes may be a wrong one."""
        if self.age > LONGEST:
            said = HTTPStatus.SERVICE_UNAVAILABLE
        else:
            said = HTTPStatus.OK if normalised(domain, "https") in self._names else HTTPStatus.NOT_FOUND
        self._answered[said] += 1
        return said

    def health(self) -> tuple[HTTPStatus, dict[str, object]]:
        """Is the memory as the database is, or nearly?"""
        age = self.age
        fresh = age <= FRESH
        facts: dict[str, object] = {"status": "ok" if fresh else "stale", "names": len(self._names)}
        facts |= {"allowed": self._answered[HTTPStatus.OK], "refused": self._answered[HTTPStatus.NOT_FOUND]}
        if self._true_at > float("-inf"):
            facts["age"] = round(age, 3)
        return HTTPStatus.OK if fresh else HTTPStatus.SERVICE_UNAVAILABLE, facts

    def refresh(self) -> None:
        """Read what has changed, or everything when its time has come. Trouble is logged once, until it ends."""
        started, asked_at = self._now(), clock.now()
        whole = started - self._whole_at >= WHOLE
        try:
            found = self._read(None if whole else self._asked_at - OVERLAP)
        except SQLAlchemyError as problem:
            if not self._away:
                log.error("the database does not answer; going on from memory: %s", problem)
            self._away = True
            return
        if self._away:
            log.info("the database answers again")
        self._learn(found, whole)
        self._away, self._asked_at, self._true_at = False, asked_at, started
        self._whole_at = started if whole else self._whole_at

    def _learn(self, found: list[Word], whole: bool) -> None:
        rows = {} if whole else dict(self._rows)
        for word in found:
            if word.allowed:
                rows[word.host_id] = word.name
            else:
                rows.pop(word.host_id, None)
        if rows != self._rows:
            self._rows, self._names = rows, self._doors.union(rows.values())


class Door(asyncio.Protocol):
    """One connection: GET without a body, one after another (HTTP/1.1 keep-alive)."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody on this machine connects."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._idle = self._loop.call_later(IDLE, transport.close)

    def connection_lost(self, _problem: Exception | None) -> None:
        """Gone."""
        self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._idle.cancel()
        self._idle = self._loop.call_later(IDLE, self._transport.close)
        self._buffer += data
        while not self._transport.is_closing() and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._serve(head.decode("latin-1"))
        if len(self._buffer) > MOST:
            self._answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, last=True)

    def _serve(self, head: str) -> None:
        line, *fields = head.split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        parts = line.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1.") or _has_body(headers):
            self._answer(HTTPStatus.BAD_REQUEST, last=True)
            return
        method, target, version = parts
        last = version == "HTTP/1.0" or headers.get("connection", "").lower() == "close"
        if method != "GET":
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, last=True)
        elif target == "/healthz":
            status, facts = self._memory.health()
            self._answer(status, json.dumps(facts), "application/json", last=last)
        else:
            self._answer(self._about(target), last=last)

    def _about(self, target: str) -> HTTPStatus:
        try:
            parts = urlsplit(target)
            # As WSGI hands hosts over, which `normalised` expects: bytes read as Latin-1.
            asked = parse_qs(parts.query, encoding="latin-1", max_num_fields=5).get("domain", [])
        except ValueError:
            return HTTPStatus.BAD_REQUEST
        if parts.path != "/tls-ask" or len(asked) != 1:
            return HTTPStatus.NOT_FOUND
        return self._memory.status(asked[0])

    def _answer(self, status: HTTPStatus, body: str = "", kind: str = "text/plain", *, last: bool = False) -> None:
        said = body or status.phrase
        close = "Connection: close\r\n" if last else ""
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\nContent-Length: {len(said)}\r\n"
        self._transport.write(f"{head}Cache-Control: no-store\r\n{close}\r\n{said}".encode("ascii"))
        if last:
            self._transport.close()


def _has_body(headers: dict[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def doors(settings: Settings) -> list[str]:
    """The platform's own names, without a port."""
    platform = settings.platform_host.partition(":")[0]
    return [platform, *(f"{label}.{platform}" for label in DOORS)]


def reader(database: Database) -> Reader:
    """Reads the words of the database."""

    def read(since: datetime | None) -> list[Word]:
        with database.reading(tenancy.Platform("tls-ask")) as session:
            return words(session, since)

    return read


async def serve(memory: Memory, host: str, port: int, stopping: asyncio.Event) -> None:
    """Answer until `stopping` is set. Raises OSError when the port is somebody's already."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Door(memory), host, port, backlog=512)
    with ThreadPoolExecutor(1) as pool:
        while not stopping.is_set():
            await loop.run_in_executor(pool, memory.refresh)
            await _pause(stopping)
    server.close()


async def _pause(stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), BEAT)


async def _run(memory: Memory, host: str, port: int) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await serve(memory, host, port, stopping)


def main() -> None:
    """Answer until SIGTERM or SIGINT."""
    settings = config.load(os.environ)
    configure_logging(settings.log_level)
    # Loopback only: the settings refuse anything else.
    door = urlsplit(f"//{settings.tls_ask}")
    host, port = door.hostname or "", door.port or 0
    database = Database(settings.database_url)
    # A reading of ten thousand rows must not keep a handshake waiting for the interpreter's usual five milliseconds.
    sys.setswitchinterval(0.0005)
    log.info("tls-ask starts")
    try:
        asyncio.run(_run(Memory(doors(settings), reader(database)), host, port))
    except OSError as problem:
        raise config.ConfigError("TLS_ASK", f"{host}:{port} cannot be used: {problem.strerror}") from None
    finally:
        database.dispose()
    log.info("tls-ask ended")


if __name__ == "__main__":
    main()
