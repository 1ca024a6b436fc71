"""Runs crash jobs, one JSON line each: `python -m tests.crash.runner`. Single-threaded, so that forking is safe.

Answers each with a line {"died": whether the first child reached its point, "points": how many it passed, "wire":
which of them stand before or after which EPP command, "problems": [...]}.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.crash import scenario
from tests.crash.scenario import Job
from tests.selling import Shop
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller import models  # noqa: F401  keys lead from room to room: every table must be known

DIED = 137


class Points:
    """Counts the points that a process passes and ends it, without any handler, at the wanted one."""

    def __init__(self, wanted: int, *, reads: bool) -> None:
        self.wanted = wanted
        self.reads = reads
        self.passed = 0
        self.wire: list[tuple[int, str, str]] = []

    def hit(self, *_: object, **__: object) -> None:
        """One more point."""
        self.passed += 1
        if self.passed == self.wanted:
            os._exit(DIED)

    def at_statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """A point before a statement that writes, and before those that read where these count."""
        if self.reads or not statement.lstrip().upper().startswith("SELECT"):
            self.hit()

    def at_wire(self, phase: str, command: str) -> None:
        """A point "before" or "after" an EPP command."""
        self.wire.append((self.passed + 1, phase, command))
        self.hit()

    def watch(self, shop: Shop) -> None:
        """Points: before each SQL statement that writes (or each), around each commit and each EPP command."""
        engine, registry = shop.database.engine, shop.worker.registry
        event.listen(engine, "before_cursor_execute", self.at_statement)
        event.listen(engine, "commit", self.hit)
        event.listen(shop.database.session_class, "after_commit", self.hit)
        registry.observer = self.at_wire  # type: ignore[attr-defined]


def first_life(job: Job) -> dict[str, Any]:
    """The process that may die."""
    shop = scenario.open_shop(job)
    scenario.fill_cart(job, shop)
    points = Points(job.point, reads=job.reads)
    points.watch(shop)
    scenario.sell_and_renew(job, shop)
    return {"points": points.passed, "wire": points.wire}


def second_life(job: Job) -> dict[str, Any]:
    """The process that finds what the first one left."""
    shop = scenario.open_shop(job)
    scenario.resume(job, shop)
    return {"problems": scenario.problems(job, shop)}


def in_child(work: Callable[[Job], dict[str, Any]], job: Job) -> tuple[int, dict[str, Any]]:
    """Run `work` in a forked process; returns (exit status, its report)."""
    report = Path(job.folder) / f"{job.names[0]}.{work.__name__}"
    child = os.fork()
    if child == 0:
        try:
            report.write_text(json.dumps(work(job)), encoding="utf-8")
            os._exit(0)
        except BaseException:  # noqa: BLE001  a child must never fall back into the parent's loop
            traceback.print_exc()
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, json.loads(report.read_text(encoding="utf-8")) if status == 0 else {}


def run(job: Job) -> dict[str, Any]:
    """Both lives of one job."""
    status, first = in_child(first_life, job)
    outcome = {"died": status == DIED, "points": 0, "wire": [], **first}
    if status not in (0, DIED):
        return outcome | {"problems": [f"the first life ended with {status}"]}
    status, second = in_child(second_life, job)
    return outcome | (second if status == 0 else {"problems": [f"the second life ended with {status}"]})


def rehearse(job: Job) -> dict[str, Any]:
    """The whole story in this process: what it compiles and loads, the children inherit. Leaves nothing open."""
    shop = scenario.open_shop(job, MemoryRegistry())
    scenario.fill_cart(job, shop)
    scenario.resume(job, shop)
    problems = scenario.problems(job, shop)
    shop.database.dispose()
    gc.disable()  # the children live for half a second: nothing to look through for garbage
    return {"died": False, "points": 0, "wire": [], "problems": problems}


def main() -> None:
    """Answer jobs until the input ends."""
    logging.disable(logging.CRITICAL)  # the failures are planted; what counts is the report
    for line in sys.stdin:
        job = Job.parse(line)
        print(json.dumps(rehearse(job) if job.rehearsal else run(job)), flush=True)


if __name__ == "__main__":
    main()
