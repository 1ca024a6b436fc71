"""Search of 50 endings at a registry that answers after 30 ms: alone, and by a hundred prospects at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from statistics import median

from webapp.wiring import registry as registry_adapter

from .data import ENDINGS, LANGUAGE, SEARCH_SHOP
from .machine import Memory, Stopwatch
from .memory import watched
from .pages import FOREIGN_CORES, REPEATS
from .servers import PLATFORM_HOST, Place, Server, beside, witryna
from .sse import Seen, search

DELAY_MS = 30
ROUNDS, SEARCHES = 3, 11
PROSPECTS = 100
HOST = f"{SEARCH_SHOP}.{PLATFORM_HOST}"

_labels = itertools.count(1)
_visitors = itertools.count(1)


@dataclass(frozen=True)
class Alone:
    """One search, in milliseconds, beside the round trip that was measured in the same round."""

    round_trip: float
    first: float
    last: float


@dataclass(frozen=True)
class Crowd:
    """`one`: check commands of a single search; `all_`: those of the hundred for as many other names."""

    one: int
    all_: int
    answered: int
    streamed: int
    seconds: float


@dataclass(frozen=True)
class Searched:
    """Everything about searching. `peaks`: memory by process; `foreign`: cores that others used, by round."""

    alone: list[Alone]
    crowds: list[Crowd]
    peaks: dict[str, Memory]
    foreign: list[float]


def measure(place: Place, url: str) -> Searched:
    """Interleaved rounds of round trip, single searches and a crowd, with the whole product running."""
    place.registry.cli("delay", "--ms", str(DELAY_MS))
    alone: list[Alone] = []
    crowds: list[Crowd] = []
    foreign: list[float] = []
    with _product(place, url) as (server, peaks):
        _warm(server)
        for _ in range(ROUNDS):
            others, singles = _calm_singles(place, url, server)
            alone += singles
            foreign.append(others)
            crowds.append(_crowd(place, server))
    place.registry.cli("delay", "--ms", "0")
    return Searched(alone, crowds, peaks, foreign)


def _calm_singles(place: Place, url: str, server: Server) -> tuple[float, list[Alone]]:
    """(cores that others used, single searches): the first calm try, else the calmest one."""
    tries: list[tuple[float, list[Alone]]] = []
    while len(tries) <= REPEATS and not (tries and tries[-1][0] <= FOREIGN_CORES):
        round_trip = _round_trip(place, url)
        watch = Stopwatch()
        seen = [_one(server) for _ in range(SEARCHES)]
        tries.append((watch.read()[1], [Alone(round_trip, each.first, each.last) for each in seen]))
    return min(tries, key=itemgetter(0))


@contextmanager
def _product(place: Place, url: str) -> Iterator[tuple[Server, dict[str, Memory]]]:
    with witryna(place, url) as server, beside(place, url) as others:
        roots = {"web server": server.program.pid, **{each.name: each.pid for each in others}}
        with watched(roots) as peaks:
            yield server, peaks


def _path(label: str) -> str:
    return f"/{LANGUAGE}/domains?q={label}"


def _fresh() -> str:
    """A word that nobody has asked for; never one of another run's, should its answers still be kept."""
    return f"bench{time.time_ns() % 10**9}x{next(_labels)}"


def _visitor() -> str:
    """An address of one's own: limits count by network."""
    number = next(_visitors)
    return f"127.{1 + number // 250 % 200}.{1 + number % 250}.1"


def _one(server: Server) -> Seen:
    seen = search(server.port, _path(_fresh()), HOST, _visitor())
    if not _complete(seen) or not seen.streamed:
        raise RuntimeError(f"a search of {ENDINGS}: status {seen.status}, {seen.answered} rows, {seen.rows}")
    return seen


def _complete(seen: Seen) -> bool:
    """Every ending of the group and every further idea below it is answered."""
    return seen.answered == len(seen.rows) and len(seen.rows) >= ENDINGS


def _warm(server: Server) -> None:
    """Registry sessions, templates and statements of both web processes."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: search(server.port, _path(_fresh()), HOST, _visitor()), range(32)))
    for _ in range(6):
        _one(server)


def _round_trip(place: Place, url: str) -> float:
    """Milliseconds of one command over a warm session, by the product's own adapter."""
    adapter = registry_adapter(place.settings(url))
    try:
        times = []
        for _ in range(8):
            started = time.perf_counter()
            adapter.info(f"{_fresh()}.com")
            times.append((time.perf_counter() - started) * 1000)
        return median(times[1:])
    finally:
        adapter.close()


def _crowd(place: Place, server: Server) -> Crowd:
    before = _checks(place)
    _one(server)
    one = _checks(place) - before
    label, ready = _fresh(), threading.Barrier(PROSPECTS)

    def prospect(source: str) -> Seen:
        ready.wait()
        return search(server.port, _path(label), HOST, source)

    with ThreadPoolExecutor(PROSPECTS) as pool:
        started = time.perf_counter()
        seen = list(pool.map(prospect, [_visitor() for _ in range(PROSPECTS)]))
        seconds = time.perf_counter() - started
    return Crowd(
        one=one,
        all_=_checks(place) - before - one,
        answered=sum(_complete(each) for each in seen),
        streamed=sum(each.streamed for each in seen),
        seconds=seconds,
    )


def _checks(place: Place) -> int:
    return len(place.registry.log(command="check"))
