"""The worker: takes wake-ups from Redis, work from the database. `python -m webapp.processes.worker`.

Redis may restart, lose everything or be away: the worker waits for it and goes on, the tick wakes it for what is due.
SIGTERM ends it after the row that it works on.
"""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType

from redis import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from webapp import wiring
from webapp.foundation import jobs

from . import context

log = logging.getLogger(__name__)

#: Seconds between two tries to reach Redis, and the longest that RQ itself waits between two.
PAUSE = 2.0
_stopping = threading.Event()


def wake_up(row_ids: list[int]) -> None:
    """What RQ calls: work on these rows, or on whatever is due when the list is empty."""
    here = context.of_this_process()
    jobs.drain(here, here.database, wiring.TASKS, only=row_ids or None)


class _Worker(SimpleWorker):
    max_connection_wait_time = PAUSE

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Remember that this end is wanted, then do as RQ does."""
        _stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def main() -> None:
    """Work until SIGTERM or SIGINT."""
    here = context.of_this_process()
    log.info("worker starts")
    while not _stopping.is_set():
        _stop_on_signals()
        try:
            # A connection of its own: RQ changes the time-outs of the one that it is given.
            queue = jobs.queue(wiring.redis(here.settings))
            worker = _Worker([queue], connection=queue.connection, serializer=JSONSerializer, worker_ttl=45)
            worker.work(logging_level=None)
        except (RedisError, OSError) as problem:
            log.warning("Redis does not answer, trying again: %s", problem)
        _stopping.wait(0 if _stopping.is_set() else PAUSE)
    here.close()
    log.info("worker ended")


def _stop_on_signals() -> None:
    """RQ sets its own handlers while it works; between two of its runs these hold."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: _stopping.set())


if __name__ == "__main__":
    # RQ imports this module by its name; run that one, so that there is one `_stopping`.
    from webapp.processes.worker import main as run

    run()
