"""From the outbox to the tasks, over RQ.

RQ carries one message, "wake up", with the ids of fresh rows; whatever it loses, the tick's sweep finds in the
database. RQ may start a job twice: leases make that harmless. Messages are JSON, never pickles.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from itertools import takewhile
from time import perf_counter
from typing import Any

from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from . import clock, metrics, outbox, tenancy
from .db import Database

log = logging.getLogger(__name__)

QUEUE = "witryna"
#: What RQ calls in the worker process; a dotted string, so that the foundation needs to know no process.
WAKE_UP = "webapp.processes.worker.wake_up"

Task = Callable[[Any, outbox.Lease], None]


def load(dotted: str) -> Task:
    """The function behind "package.module.function"."""
    module, _, name = dotted.rpartition(".")
    task: Task = getattr(import_module(module), name)
    return task


def queue(redis: Redis) -> Queue:
    """Our one queue."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def wake_workers(redis: Redis) -> Callable[[list[int]], None]:
    """What `Database.wake` calls after a commit. A dead Redis delays the work to the next sweep, no more."""

    def wake(row_ids: list[int]) -> None:
        with suppress(RedisError):
            queue(redis).enqueue(WAKE_UP, row_ids, result_ttl=0, ttl=3600, failure_ttl=3600, job_timeout=600)

    return wake


def drain(context: Any, database: Database, tasks: Mapping[str, str], *, only: list[int] | None = None) -> int:
    """Work on due rows until there are none (or once over `only`); returns how many ended well."""
    done = 0
    while leases := outbox.claim(database, only=only or ()):
        done += sum(run(context, database, tasks, lease) for lease in _in_time(leases))
        if only:
            break
    return done


def _in_time(leases: list[outbox.Lease]) -> Iterator[outbox.Lease]:
    """Those that are still ours when their turn comes: slow ones before them may have used up the time of all."""
    ends = clock.now() + outbox.LEASE
    return takewhile(lambda _lease: clock.now() < ends, leases)


def run(context: Any, database: Database, tasks: Mapping[str, str], lease: outbox.Lease) -> bool:
    """Run one row's task in its tenant; True when it ended well. Nothing is ever dropped."""
    started = perf_counter()
    outcome = _outcome(context, database, tasks, lease)
    metrics.observe_job(lease.kind, outcome, perf_counter() - started)
    return outcome == "done"


def _outcome(context: Any, database: Database, tasks: Mapping[str, str], lease: outbox.Lease) -> str:
    """ "done", "lost" to another worker, or gone back: "again" when asked for, "failed" with a growing delay."""
    try:
        with tenancy.tenant(lease.partner_id):
            load(tasks[lease.kind])(context, lease)
    except outbox.LeaseLost:
        log.warning("lease lost", extra={"outbox": lease.row_id, "kind": lease.kind})
        return "lost"
    except outbox.Later as later:
        outbox.put_back(database, lease, later.delay, str(later), failed=False)
        return "again"
    except Exception as error:  # a worker must survive whatever a task does
        log.exception("task failed", extra={"outbox": lease.row_id, "kind": lease.kind})
        outbox.put_back(database, lease, outbox.backoff(lease.attempts), repr(error), failed=True)
        return "failed"
    return "done"


def sweep(database: Database, redis: Redis, *, grace: timedelta = timedelta(seconds=5)) -> int:
    """Wake the workers for rows that have been due for longer than `grace`; returns how many there are."""
    with database.reading(tenancy.Platform("outbox")) as session:
        count, _, oldest = outbox.backlog(session)
    if oldest is not None and oldest <= clock.now() - grace:
        wake_workers(redis)([])
    return count
