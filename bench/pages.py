"""The home page, warm and cold, against the reference: interleaved rounds, a fresh server for each measurement."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from . import load, machine
from .data import HOME_SHOP, LANGUAGE
from .load import Load
from .memory import web_workers
from .servers import PLATFORM_HOST, Place, Server, get, reference, witryna

ROUNDS = 3
WARM_UP = 2.0
#: A measurement beside which others used more than this is repeated, at most twice.
FOREIGN_CORES, REPEATS = 0.15, 2

HOST = f"{HOME_SHOP}.{PLATFORM_HOST}"
PATH = f"/{LANGUAGE}/"
REFERENCE, WARM, COLD = "reference: bare Flask, gunicorn", "warm page", "cold page"


@dataclass(frozen=True)
class Case:
    """One row of the table. `goal`: the share of the other row that it must reach; None for the other row.

    `page`: the file with as many bytes as every answer must have; None for that of the home page.
    """

    name: str
    start: Callable[[], AbstractContextManager[Server]]
    path: str
    host: str
    goal: float | None = None
    page: Path | None = None


@dataclass(frozen=True)
class Shot:
    """One measurement. `cpu`: microseconds of CPU per request, of the servers. Memory: the largest web process, MiB."""

    load: Load
    cpu: float
    foreign: float
    peak: float
    pss: float


@dataclass
class Result:
    """A row: what was measured in each round, in their order."""

    case: Case
    shots: list[Shot] = field(default_factory=list)

    def middle(self, of: Callable[[Shot], float]) -> float:
        """The median over the rounds."""
        return median(map(of, self.shots))

    def ratios(self, base: Result, of: Callable[[Shot], float]) -> list[float]:
        """Ours over the reference's, round by round."""
        return [of(mine) / of(theirs) for mine, theirs in zip(self.shots, base.shots, strict=True)]


def cases(place: Place, urls: dict[str, str]) -> list[Case]:
    """The reference first. It returns what the warm page returns now."""
    page = place.folder / "page.html"
    found = [Case(REFERENCE, lambda: reference(place, page), "/", HOST)]
    for kind, url in urls.items():
        found.append(Case(f"{WARM}, {kind}", _product(place, url, "on"), PATH, HOST, 4.0))
        goal = 0.25 if kind == "SQLite" else 0.18
        found.append(Case(f"{COLD}, {kind}", _product(place, url, "off"), PATH, HOST, goal))
    return found


def _product(place: Place, url: str, cache: str) -> Callable[[], AbstractContextManager[Server]]:
    return lambda: witryna(place, url, page_cache=cache)


def keep_page(place: Place, url: str) -> int:
    """Store the bytes of the home page for the reference; returns how many there are."""
    with witryna(place, url) as server:
        status, body = get(server.port, PATH, HOST)
    if status != 200:
        raise RuntimeError(f"the home page answers {status}")
    (place.folder / "page.html").write_bytes(body)
    return len(body)


def measure(place: Place, urls: dict[str, str], seconds: float, repeats_until: float) -> list[Result]:
    """All rounds. Nothing is repeated after the instant `repeats_until` (monotonic)."""
    results = [Result(case) for case in cases(place, urls)]
    for number in range(ROUNDS):
        for result in results:
            shot = calm_shot(place, result.case, seconds, repeats_until)
            result.shots.append(shot)
            told = f"{shot.load.per_second:,.0f}/s, {shot.cpu:.0f} us CPU"
            print(f"  round {number + 1}: {result.case.name}: {told}", flush=True)
    return results


def calm_shot(place: Place, case: Case, seconds: float, repeats_until: float) -> Shot:
    """The first measurement beside which others were quiet, else the quietest."""
    shots = []
    for _ in range(1 + REPEATS):
        shots.append(_shot(place, case, seconds))
        if shots[-1].foreign <= FOREIGN_CORES or time.monotonic() > repeats_until:
            break
    return min(shots, key=lambda shot: shot.foreign)


def _shot(place: Place, case: Case, seconds: float) -> Shot:
    with case.start() as server:
        _must_be_right(case.page or place.folder / "page.html", case, server)
        load.put(server.port, case.path, case.host, min(WARM_UP, seconds))
        watch = machine.Stopwatch()
        taken = load.put(server.port, case.path, case.host, seconds)
        cpu, foreign = watch.read()
        workers = [machine.memory(pid) for pid in web_workers(server.program.pid)]
        peak, pss = max(each.peak for each in workers), max(each.pss for each in workers)
    return Shot(taken, cpu / max(taken.requests, 1) * 1e6, foreign, peak, pss)


def _must_be_right(page: Path, case: Case, server: Server) -> None:
    """The same length of page everywhere; a bench of an error page would be a fast one."""
    for _ in range(2 * (os.cpu_count() or 1)):
        status, body = get(server.port, case.path, case.host)
        if status != 200 or len(body) != page.stat().st_size:
            raise RuntimeError(f"{case.name}: {status} with {len(body)} bytes, {page.stat().st_size} expected")
