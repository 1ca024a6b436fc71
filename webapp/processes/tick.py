"""The tick: starts what is due, under a lease, so that any number of them may run. `python -m webapp.processes.tick`.

Every few seconds it looks for outbox rows that nobody works on and wakes the workers, and seals what is new in the
partners' logs; once per date it runs the daily jobs of wiring.PERIODIC. It does no long work itself.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp import wiring
from webapp.foundation import clock, jobs, leases, tenancy
from webapp.foundation.db import change
from webapp.reseller.partners import log_chain

from . import context
from .context import Context

log = logging.getLogger("webapp.processes.tick")

LEASE = "tick"
#: Seconds that a dead tick's lease holds back the next one.
LEASE_SECONDS = 15
BEAT = 1.0
_SCOPE = tenancy.Platform("tick")


@dataclass
class Timetable:
    """What this tick does every so many seconds, measured by the machine's own clock."""

    now: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)

    def is_due(self, what: str, every: float) -> bool:
        """True at most once in `every` seconds."""
        now = self.now()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True


class Tick:
    """One tick process."""

    def __init__(self, here: Context, timetable: Timetable | None = None) -> None:
        self._here = here
        self._times = timetable or Timetable()
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._holding = False

    def beat(self) -> None:
        """One beat. Trouble is logged and tried again at the next: a tick must not end."""
        try:
            if self._times.is_due("lease", LEASE_SECONDS / 3):
                self._holding = leases.hold(self._here.database, LEASE, self._holder, LEASE_SECONDS)
            if not self._holding:
                return
            if self._times.is_due("sweep", 5):
                self._sweep()
            if self._times.is_due("seal", 15):
                log_chain.seal_all(self._here.database)
            if self._times.is_due("daily", 60):
                run_daily(self._here, clock.now().date())
        except SQLAlchemyError:
            self._holding = False
            log.exception("the database does not answer; trying again")

    def _sweep(self) -> None:
        waiting = jobs.sweep(self._here.database, self._here.redis)
        if not waiting:
            return
        try:
            self._here.redis.ping()
        except RedisError as problem:
            if self._times.is_due("complaint", 60):
                log.warning("%s outbox rows wait, no worker can be woken: no Redis: %s", waiting, problem)

    def end(self) -> None:
        """Let the next tick start at once."""
        if self._holding:
            leases.release(self._here.database, LEASE, self._holder)


def run_daily(here: Context, day: date) -> dict[str, str]:
    """Run each daily job that has not run for `day` yet; returns what they said. One that fails is tried again."""
    return {name: said for name in wiring.PERIODIC if (said := _run_once(here, name, day)) is not None}


def _run_once(here: Context, name: str, day: date) -> str | None:
    with here.database.writing(_SCOPE) as session:
        run = leases.start_run(session, name, day)
        run_id = run.id if run else None
    if run_id is None:
        return None
    try:
        said = str(wiring.load(wiring.PERIODIC[name])(here))
    except Exception:
        log.exception("daily job failed", extra={"job": name, "day": day.isoformat()})
        _write_down(here, run_id, result=leases.FAILED)
        return leases.FAILED
    _write_down(here, run_id, result=said, finished_at=clock.now())
    log.info("daily job ran", extra={"job": name, "day": day.isoformat(), "result": said})
    return said


def _write_down(here: Context, run_id: int, **values: Any) -> None:
    with here.database.writing(_SCOPE) as session:
        change(session, leases.ScheduledRun, leases.ScheduledRun.id == run_id, **values)


def run_as_of(here: Context, day: date) -> dict[str, object]:
    """One pass as if it were noon (UTC) of `day`, in the foreground, with all the work that it causes."""
    with clock.frozen(clock.as_of(day)):
        said = run_daily(here, day)
        return {"day": day.isoformat(), "jobs": said, "tasks_done": jobs.drain(here, here.database, wiring.TASKS)}


def main() -> None:
    """Beat until SIGTERM or SIGINT."""
    here = context.of_this_process()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    tick = Tick(here)
    log.info("tick starts")
    while not stopping.is_set():
        tick.beat()
        stopping.wait(BEAT)
    tick.end()
    here.close()
    log.info("tick ended")


if __name__ == "__main__":
    main()
