"""Runs crash jobs, one JSON line each: `python -m tests.crash.runner`. Single-threaded, so that forking is safe.

Answers each with a line {"died": whether the first child reached its point, "points": how many it passed,
"wholesale": the balance in the end, "problems": [...]}.
"""

from __future__ import annotations

import json
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

DIED = 137


class Points:
    """Counts the points that a process passes and ends it, without any handler, at the wanted one."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.passed = 0

    def hit(self, *_: object, **__: object) -> None:
        """One more point."""
        self.passed += 1
        if self.passed == self.wanted:
            os._exit(DIED)

    def watch(self, shop: Shop) -> None:
        """Points: before every SQL statement, before and after every commit, around every EPP command."""
        engine, registry = shop.database.engine, shop.worker.registry
        event.listen(engine, "before_cursor_execute", self.hit)
        event.listen(engine, "commit", self.hit)
        event.listen(shop.database.session_class, "after_commit", self.hit)
        registry.observer = self.hit  # type: ignore[attr-defined]


def first_life(job: Job) -> dict[str, Any]:
    """The process that may die."""
    shop = scenario.open_shop(job)
    scenario.fill_cart(job, shop)
    points = Points(job.point)
    points.watch(shop)
    scenario.sell_and_renew(job, shop)
    return {"points": points.passed}


def second_life(job: Job) -> dict[str, Any]:
    """The process that finds what the first one left."""
    shop = scenario.open_shop(job)
    scenario.resume(job, shop)
    return {"wholesale": shop.wholesale(), "problems": scenario.problems(job, shop)}


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
    outcome = {"died": status == DIED, "points": first.get("points", 0)}
    if status not in (0, DIED):
        return outcome | {"problems": [f"the first life ended with {status}"]}
    status, second = in_child(second_life, job)
    return outcome | (second if status == 0 else {"problems": [f"the second life ended with {status}"]})


def main() -> None:
    """Answer jobs until the input ends."""
    for line in sys.stdin:
        print(json.dumps(run(Job.parse(line))), flush=True)  # noqa: T201  the protocol with the test


if __name__ == "__main__":
    main()
