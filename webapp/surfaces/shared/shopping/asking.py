"""Asking for many names at once without being kept waiting: answers as they come, until a deadline.

The names are asked for in a thread of their own, which goes on when the visitor has left: its answers are remembered
(services.availability) and serve the next one who asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue

from webapp.providers.registry.port import Availability
from webapp.reseller.services.availability import AvailabilityService

log = logging.getLogger(__name__)

#: Threads of one process that may be asking; what finds none gets "could not check" at once.
MOST_ASKING = 128
#: Answers that are shown together at most: the first ones must not wait for the last, nor the very first for its group.
FIRST, FEW = 2, 8
#: Seconds of silence after which a stream says that it is still there.
SILENCE = 2.0

_asking = threading.BoundedSemaphore(MOST_ASKING)
_Queue = SimpleQueue[Availability | None]


class Answers:
    """What has been asked for. Made by `ask`."""

    def __init__(self) -> None:
        self._queue: _Queue = SimpleQueue()
        self._parts = 0

    def add(self, service: AvailabilityService, names: Sequence[str]) -> None:
        """Ask for more names now; their answers come among the others."""
        self._parts += 1
        if names and _asking.acquire(blocking=False):
            threading.Thread(target=_ask, args=(service, list(names), self._queue), daemon=True, name="search").start()
        else:
            self._queue.put(None)

    def within(self, seconds: float) -> Iterator[Availability | None]:
        """Answers as they come, until `seconds` from now; None stands for a while of silence. Some may not come."""
        return _until(time.monotonic() + seconds, self._queue, self._parts)

    def together(self, seconds: float) -> Iterator[list[Availability]]:
        """The same in groups: whatever is there at a time. An empty one stands for a while of silence."""
        deadline, parts, most = time.monotonic() + seconds, self._parts, FIRST
        while parts and (left := deadline - time.monotonic()) > 0:
            found = _waiting(self._queue, min(left, SILENCE), most)
            parts, most = parts - found.count(None), FEW if found else most
            yield [answer for answer in found if answer is not None]


def ask(service: AvailabilityService, names: Sequence[str]) -> Answers:
    """Ask now, so that the registry is at work while the page is made."""
    answers = Answers()
    answers.add(service, names)
    return answers


def _ask(service: AvailabilityService, names: Sequence[str], queue: _Queue) -> None:
    try:
        for answer in service.check_each(names):
            queue.put(answer)
    except Exception:  # a thread's last resort: rows that have no answer say so
        log.exception("search: asking for names failed")
    finally:
        _asking.release()
        queue.put(None)


def _waiting(queue: _Queue, patience: float, most: int) -> list[Availability | None]:
    """What is in the queue, once something is, but at most so many; [] when nothing came."""
    found: list[Availability | None] = []
    try:
        found.append(queue.get(timeout=patience))
        while len(found) < most:
            found.append(queue.get_nowait())
    except Empty:
        pass
    return found


def _until(deadline: float, queue: _Queue, parts: int) -> Iterator[Availability | None]:
    """Until each of the parts has said its last word, or the deadline."""
    while parts and (left := deadline - time.monotonic()) > 0:
        try:
            answer = queue.get(timeout=min(left, SILENCE))
        except Empty:
            yield None
            continue
        if answer is None:
            parts -= 1
        else:
            yield answer


class Streams:
    """How many streamed answers may be open: each holds a thread of the web server."""

    def __init__(self, most: int = 10, most_of_one: int = 2) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._open: list[str] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, who: str) -> Place | None:
        """Take a place; None when there is none for this visitor."""
        with self._lock:
            if len(self._open) >= self._most or self._open.count(who) >= self._most_of_one:
                return None
            self._open.append(who)
        return Place(self, who)

    def leave(self, who: str) -> None:
        """Called by a Place, once."""
        with self._lock:
            self._open.remove(who)


class Place:
    """One open stream. It may be left several times: at its last word, and when the server closes it early."""

    def __init__(self, streams: Streams, who: str) -> None:
        self._streams: Streams | None = streams
        self._who = who

    def leave(self) -> None:
        """Give the place back."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams.leave(self._who)


#: Of this process.
STREAMS = Streams()
