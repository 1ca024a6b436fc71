"""What 10,000 more partners cost beside two: start-up time, memory, and the time to find out whose host it is."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from statistics import median

from webapp.foundation.db import Database
from webapp.wiring import site_resolver

from . import machine
from .data import HOME_SHOP, MANY, many_hosts, opened
from .memory import web_workers
from .pages import HOST, PATH
from .servers import PLATFORM_HOST, Place, Server, get, witryna

ROUNDS = 3
#: Requests for the one shop that is visited in both installs, and shops that are visited afterwards in the big one.
VISITS, SHOPS_VISITED = 200, 1000
LOOKUPS = 300


@dataclass
class Install:
    """Medians are taken over the lists: seconds, MiB of one web process, microseconds for one host."""

    name: str
    start: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    lookup: list[float] = field(default_factory=list)
    #: MiB of one web process after many different shops were visited.
    after_many: list[float] = field(default_factory=list)


def measure(place: Place, few: str, many: str) -> list[Install]:
    """Interleaved: the small install, the big one, and again."""
    installs = [Install("2 partners"), Install(f"{MANY + 2:,} partners")]
    for _ in range(ROUNDS):
        for install, url in zip(installs, (few, many), strict=True):
            _visit(place, install, url, shops=many_hosts(PLATFORM_HOST) if url == many else [])
    return installs


def _visit(place: Place, install: Install, url: str, shops: list[str]) -> None:
    with opened(url) as database:
        install.lookup.append(_lookup(database, shops or [HOST]))
    with witryna(place, url) as server:
        install.start.append(server.start_seconds)
        _ask(server, [HOST] * VISITS)
        install.memory.append(_largest(server))
        if shops:
            _ask(server, random.sample(shops, SHOPS_VISITED))
            install.after_many.append(_largest(server))


def _ask(server: Server, hosts: list[str]) -> None:
    for host in hosts:
        status, _ = get(server.port, PATH, host)
        if status != 200:
            raise RuntimeError(f"the home page of {host} answers {status}")


def _largest(server: Server) -> float:
    return max(machine.memory(pid).pss for pid in web_workers(server.program.pid))


def _lookup(database: Database, hosts: list[str]) -> float:
    """Microseconds for one host by the statement that the web server uses, without its cache."""
    resolve = site_resolver(database)
    times = []
    for host in random.choices(hosts, k=LOOKUPS):  # noqa: S311  no secret
        started = time.perf_counter()
        site = resolve(host)
        times.append((time.perf_counter() - started) * 1e6)
        if site is None:
            raise RuntimeError(f"{host} is nobody's, and {HOME_SHOP} was there a moment ago")
    return median(times[20:])
