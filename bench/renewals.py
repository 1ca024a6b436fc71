"""The renewal run: 10,000 due among a million domains of 10,000 partners, beside bare SQL that writes the same.

`python -m bench.renewals <database URL>` is the run in a process of its own, with its memory after every commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event

from demo.parentage import die_with_parent
from tests.harness.databases import TemplateDatabases
from tests.selling import Worker
from webapp.foundation.db import Database
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller import models  # noqa: F401  every table must be known
from webapp.reseller.orders import renewal_run

from . import renewals_data

ROUNDS = 3
#: Memory may grow by so much between the first and the last quarter of a run and still counts as flat.
FLAT = 1.1


@dataclass
class Renewals:
    """Seconds of each round, and the most memory (MiB) in each quarter of the last run."""

    run: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    quarters: tuple[float, ...] = ()
    #: Rows by table, and the sum that they ask for.
    rows: dict[str, int] = field(default_factory=dict)
    differs: bool = False

    @property
    def ratio(self) -> float:
        """How many times the bare SQL's time the run takes."""
        return median(ours / bare for ours, bare in zip(self.run, self.bare, strict=True))

    @property
    def growth(self) -> float:
        """The last quarter's memory against the first's."""
        return self.quarters[-1] / self.quarters[0]


def measure(folder: Path) -> Renewals:
    """Interleaved rounds, each on a fresh copy of the same million domains."""
    folder.mkdir(exist_ok=True)
    found, databases = Renewals(), TemplateDatabases(folder, renewals_data.prepare)
    try:
        for _ in range(ROUNDS):
            with databases.fresh("postgresql") as url:
                _bare(found, url)
            with databases.fresh("postgresql") as url:
                _ours(found, url)
    finally:
        databases.close()
    return found


def _bare(found: Renewals, url: str) -> None:
    database = Database(url)
    started = time.perf_counter()
    with database.engine.begin() as connection:
        renewals_data.write_bare(connection)
    found.bare.append(time.perf_counter() - started)
    _check(found, database)


def _ours(found: Renewals, url: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "bench.renewals", url],
        check=True, capture_output=True, text=True, preexec_fn=die_with_parent(),
    )  # fmt: skip
    said: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    found.run.append(said["seconds"])
    found.quarters = tuple(said["quarters"])
    _check(found, Database(url))


def _check(found: Renewals, database: Database) -> None:
    with database.engine.begin() as connection:
        rows = renewals_data.counts(connection)
    database.dispose()
    found.differs |= bool(found.rows) and rows != found.rows
    found.rows = rows


# --- the process that is measured ----------------------------------------------------------------------------


def _memory() -> float:
    """MiB in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def quarters(seen: Iterable[float]) -> list[float]:
    """The most of each quarter of what was seen in turn."""
    values = list(seen)
    size = max(len(values) // 4, 1)
    return [max(values[start : start + size]) for start in range(0, 4 * size, size)]


def main(url: str) -> None:
    """One run; prints its time and its memory."""
    database, seen = Database(url), list[float]()
    event.listen(database.session_class, "after_commit", lambda _session: seen.append(_memory()))
    started = time.perf_counter()
    said = renewal_run.run(Worker(database, MemoryRegistry()))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "quarters": quarters(seen), "said": said}))
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
