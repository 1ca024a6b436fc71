"""Ten thousand hosts: how fast tls-ask answers, what finding a shop costs, and how soon a change counts everywhere."""

from __future__ import annotations

import http.client
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

from demo.plan import LOOPBACK, free_port
from webapp.foundation import clock, db, tenancy
from webapp.foundation.db import Database
from webapp.reseller.partners.models import Host
from webapp.wiring import site_resolver

from . import machine
from .data import HOME_SHOP, many_hosts, opened
from .servers import PLATFORM_HOST, Place, Server, get, serving, witryna

FEW, MANY = 10, 10_000
ASKED, LOOKUPS, ROUNDS, CHANGES = 10_000, 400, 5, 10
#: Cores that others may use beside a measurement, and how often it is tried.
FOREIGN_CORES, TRIES = 0.15, 6
#: Seconds that a change is watched for: all processes must have followed well before.
WATCHED = 1.5
_OPERATOR = tenancy.Platform("operator")


@dataclass
class Asked:
    """Milliseconds of each question, half of them for names that are nobody's."""

    times: list[float]
    foreign: float

    @property
    def p50(self) -> float:
        """The middle."""
        return median(self.times)

    @property
    def p99(self) -> float:
        """All but one in a hundred were faster."""
        return quantiles(self.times, n=100)[98]


@dataclass
class Hosts:
    """What was found over one kind of database."""

    kind: str
    kept: Asked
    anew: Asked
    memory: float
    #: Microseconds for the shop of a host, without any cache, one median a round.
    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    #: Seconds until the last process followed: tls-ask, and the two processes of the web server.
    ask_new: list[float] = field(default_factory=list)
    ask_gone: list[float] = field(default_factory=list)
    web_new: list[float] = field(default_factory=list)
    web_gone: list[float] = field(default_factory=list)


def measure(place: Place, kind: str, few: str, many: str) -> Hosts:
    """`few` and `many` are databases with FEW and MANY hosts."""
    with _tls_ask(place, many) as ask:
        names = [*(name.partition(":")[0] for name in many_hosts(PLATFORM_HOST, ASKED // 2)), *_nobodys()]
        random.shuffle(names)
        kept, anew = (_quietest(ask, names, kept=kept) for kept in (True, False))
        found = Hosts(kind, kept, anew, machine.memory(ask.program.pid).pss)
        with opened(few) as small, opened(many) as big:
            for _ in range(ROUNDS):
                found.few.append(_lookup(small, many_hosts(PLATFORM_HOST, FEW - 2)))
                found.many.append(_lookup(big, many_hosts(PLATFORM_HOST, MANY - 2)))
            with witryna(place, many) as web:
                _changes(found, big, ask, web)
    return found


def _nobodys() -> Iterator[str]:
    for number in range(ASKED // 2):
        yield f"shop{number}.nobody.example"


@contextmanager
def _tls_ask(place: Place, url: str) -> Iterator[Server]:
    port = free_port()
    environment = place.environment(url, tls_ask=f"{LOOPBACK}:{port}")
    command = [sys.executable, "-m", "webapp.processes.tls_ask"]
    with serving(place, "tls-ask", command, environment, port, "/healthz", LOOPBACK) as server:
        yield server


def _quietest(server: Server, names: list[str], *, kept: bool) -> Asked:
    """Asked again while other programs disturb it: a machine that is busy elsewhere is all that p99 would show."""
    tries: list[Asked] = []
    while len(tries) < TRIES and not any(each.foreign <= FOREIGN_CORES for each in tries):
        tries.append(_ask(server, names, kept=kept))
    return min(tries, key=lambda each: each.foreign)


def _ask(server: Server, names: list[str], *, kept: bool) -> Asked:
    """Each name in turn, on one connection or on one of its own."""
    watch, times, allowed = machine.Stopwatch(), [], 0
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)
    for name in names:
        started = time.perf_counter()
        connection.request("GET", f"/tls-ask?domain={name}")
        answer = connection.getresponse()
        answer.read()
        if not kept:
            connection.close()
        times.append((time.perf_counter() - started) * 1000)
        allowed += answer.status == 200
    connection.close()
    if allowed != len(names) // 2:
        raise RuntimeError(f"tls-ask allowed {allowed} of {len(names)} names, {len(names) // 2} are somebody's")
    return Asked(times, watch.read()[1])


def _lookup(database: Database, hosts: list[str]) -> float:
    resolve = site_resolver(database)
    times = []
    for host in random.choices(hosts, k=LOOKUPS):  # noqa: S311  no secret
        started = time.perf_counter()
        site = resolve(host)
        times.append((time.perf_counter() - started) * 1e6)
        if site is None:
            raise RuntimeError(f"{host} is nobody's")
    return median(times[50:])


# --- how soon a change counts --------------------------------------------------------------------------------


def _changes(found: Hosts, database: Database, ask: Server, web: Server) -> None:
    for number in range(CHANGES):
        name = f"new{number}.bench.example"
        for _ in range(20):  # so that every process remembers that it is nobody's
            get(web.port, "/healthz", name)
        _add(database, name)
        new = _followed(ask, web, name, 200)
        _detach(database, name)
        gone = _followed(ask, web, name, 404)
        found.ask_new.append(new[0])
        found.web_new.append(new[1])
        found.ask_gone.append(gone[0])
        found.web_gone.append(gone[1])


def _add(database: Database, name: str) -> None:
    resolve = site_resolver(database)
    site = resolve(f"{HOME_SHOP}.{PLATFORM_HOST}")
    assert site is not None
    now = clock.now()
    facts = {"kind": "custom", "state": "live", "created_at": now, "changed_at": now, "live_since": now}
    with database.writing(_OPERATOR) as session:
        session.add(Host(partner_id=site.partner_id, name=name, **facts))


def _detach(database: Database, name: str) -> None:
    with database.writing(_OPERATOR) as session:
        db.change(session, Host, Host.name == name, state="detached", changed_at=clock.now())


def _followed(ask: Server, web: Server, name: str, wanted: int) -> tuple[float, float]:
    """Seconds until the last answer that still was the old one, of tls-ask and of any process of the web server."""
    shop = {200: 200, 404: 421}[wanted]
    asks: dict[str, tuple[Callable[[], int], int]] = {
        "ask": (lambda: get(ask.port, f"/tls-ask?domain={name}", LOOPBACK)[0], wanted),
        "web": (lambda: get(web.port, "/healthz", name)[0], shop),
    }
    last, started = dict.fromkeys(asks, 0.0), time.perf_counter()
    while (now := time.perf_counter() - started) < WATCHED:
        for what, (status, new) in asks.items():
            if status() != new:
                last[what] = now
        time.sleep(0.005)
    return last["ask"], last["web"]
