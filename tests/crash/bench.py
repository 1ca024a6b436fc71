"""One test worker's workshop for crash runs: a registry, a runner process, a fresh database for every run."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.store import Store
from sandbox.testing import ROOT, Registry
from tests.crash.scenario import FUNDS, Job
from tests.harness.databases import TemplateDatabases
from tests.selling import open_shop
from webapp.foundation.db import Database

_runs = itertools.count(1)


@dataclass(frozen=True)
class Fault:
    """What happens to the `nth` EPP command of the first life, the login included; see sandbox/faults.py."""

    kind: str
    nth: int
    code: int | None = None

    def plant(self, store: Store, seconds: float) -> None:
        """Make it strike once."""
        values = (self.kind, self.nth, self.code, seconds if self.kind == "delay" else None)
        with store.transaction() as db:
            db.execute("DELETE FROM faults")
            db.execute("INSERT INTO faults (kind, nth, count, code, seconds) VALUES (?, ?, 1, ?, ?)", values)


@dataclass(frozen=True)
class Result:
    """What became of one run. `points` and `wire` are those of a first life that did not die; `wire` has
    (point, "before" or "after", EPP command); `log` is the registry's own."""

    died: bool
    points: int
    wire: list[tuple[int, str, str]]
    problems: list[str]
    log: list[dict[str, Any]]

    @property
    def commands(self) -> list[str]:
        """The EPP commands that the first connection saw, as "create domain"; the login is one."""
        said = [f"{row['command']} {row['object'] or ''}".strip() for row in self.log]
        return said[1 : [*said, "connect"].index("connect", 1)]

    @property
    def faults(self) -> int:
        """How many planted faults struck."""
        return sum(row["fault"] is not None for row in self.log)


class Bench:
    """Runs of one kind of database ("sqlite" or "postgresql")."""

    #: With `patience` seconds a delayed answer is a lost one, and an ordinary answer never is.
    PATIENCE, DELAY = 0.7, 1.2

    def __init__(
        self, databases: TemplateDatabases, template_url: str, registry: Registry, folder: Path, *, reads: bool
    ) -> None:
        self._databases, self._template, self._folder = databases, template_url, folder
        self._registry, self._store = registry, Store(registry.folder)
        self._runner, self._reads = _start_runner(folder), reads
        self._job = self._first_job()

    def _first_job(self) -> Job:
        with open_shop(Database(self._template), funds=FUNDS) as shop:
            ids = (shop.partner.id, shop.subscriber.account_id, shop.subscriber.user.id)
        account = self._registry.accounts[1]
        address = {"host": self._registry.host, "port": self._registry.port, "ca_file": self._registry.ca_file}
        registry = {**address, "user": account.user, "password": account.password}
        job = Job(
            self._fresh(), registry, *ids, ("rehearsal.com", "rehearsal.pl"), 0, str(self._folder), reads=self._reads
        )
        answer = self._ask(replace(job, rehearsal=True))
        assert answer["problems"] == [], answer
        return job

    def _fresh(self) -> str:
        """The same address every time, so that the runner's compiled statements fit."""
        return self._databases.copy(self._template, "crash")

    def run(self, point: int = 0, fault: Fault | None = None, tasks: dict[str, str] | None = None) -> Result:
        """One sale, interrupted at `point` or by `fault`, and its second life."""
        self._fresh()
        number = next(_runs)
        names = (f"crash-{number}-a.com", f"crash-{number}-b.pl")
        patience = self.PATIENCE if fault and fault.kind == "delay" else self._job.patience
        job = replace(self._job, names=names, point=point, tasks=tasks or {}, patience=patience)
        if fault:
            fault.plant(self._store, self.DELAY)
        start = self._last_entry()
        answer = self._ask(job)
        log = self._log(start)
        wire = [tuple(point) for point in answer["wire"]]
        return Result(answer["died"], answer["points"], wire, answer["problems"] + _doubles(log, names), log)

    def _ask(self, job: Job) -> dict[str, Any]:
        stdin, stdout = self._runner.stdin, self._runner.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(job.line() + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline() or "{}")
        assert answer, f"the runner ended: {(self._folder / 'runner.log').read_text()[-2000:]}"
        return answer

    def _last_entry(self) -> int:
        row = self._store.db.execute("SELECT max(id) FROM log").fetchone()
        return int(row[0] or 0)

    def _log(self, start: int) -> list[dict[str, Any]]:
        rows = self._store.db.execute("SELECT * FROM log WHERE id > ? ORDER BY id", (start,))
        return [dict(row) for row in rows]

    def close(self) -> None:
        """End the runner."""
        assert self._runner.stdin is not None
        self._runner.stdin.close()
        self._runner.wait(10)
        self._store.close()


def _doubles(log: list[dict[str, Any]], names: tuple[str, str]) -> list[str]:
    """The registry's own word: each name created once, the first renewed once."""
    done = [(row["command"], row["names"]) for row in log if row["object"] == "domain" and row["code"] == 1000]
    wanted = [("create", names[0]), ("create", names[1]), ("renew", names[0])]
    counts = {f"{command} of {name}": done.count((command, name)) for command, name in wanted}
    return [f"{what} was done {count} times" for what, count in counts.items() if count != 1]


def _start_runner(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crash.runner"]
    with (folder / "runner.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)


@contextmanager
def open_bench(databases: TemplateDatabases, kind: str, registry: Registry, *, reads: bool) -> Iterator[Bench]:
    """A bench for databases of `kind`, closed at the end. `reads`: statements that only read are points too."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(databases.fresh(kind))
        bench = Bench(databases, url, registry, folder, reads=reads)
        stack.callback(bench.close)
        yield bench
