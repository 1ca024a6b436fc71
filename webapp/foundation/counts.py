"""Numbers that grow with every request: added up in memory, written together every few seconds.

A page view must cost no transaction, so a process keeps its own sums. They are written by a thread of its own, and once
more when the process ends in an orderly way; a process that is killed loses what the last seconds brought.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from multiprocessing.util import Finalize
from typing import Any

log = logging.getLogger(__name__)

#: What is counted: a kind, a partner, and whatever else the number belongs to.
Key = tuple[Any, ...]

#: Seconds between two writes, and how many different numbers are kept between them; what is beyond is not counted.
EVERY, MOST = 10.0, 20_000

_BOTS = re.compile(
    r"bot|crawl|spider|slurp|preview|monitor|lighthouse|headless|curl|wget|python-|httpx|libwww|java/|go-http|okhttp"
    r"|facebookexternalhit|feedfetcher|werkzeug|pingdom|uptime|scan",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """True for programs that call themselves one, and for those who say nothing: neither is a visitor."""
    return not user_agent or _BOTS.search(user_agent) is not None


class Counts:
    """The sums of one process. `write` takes what has come together; what it returns is kept for the next time."""

    def __init__(self, write: Callable[[Mapping[Key, int]], Mapping[Key, int]], every: float = EVERY) -> None:
        self._write = write
        self._every = every
        self._sums: dict[Key, int] = {}
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._stopping = threading.Event()
        self._begun = False
        self._at_end: Finalize | None = None

    def add(self, *key: Any) -> None:
        """One more. Called on the way of every page, so it does next to nothing."""
        with self._lock:
            sums = self._sums
            if key in sums:
                sums[key] += 1
            elif len(sums) < MOST:
                sums[key] = 1
        if not self._begun:
            self._begin()

    def flush(self) -> None:
        """Write what has come together. Trouble is logged; nothing is lost by it."""
        with self._flushing:
            with self._lock:
                taken, self._sums = self._sums, {}
            if not taken:
                return
            left: Mapping[Key, int] = taken
            try:
                left = self._write(taken)
            except Exception:
                log.exception("counts could not be written; they are kept")
            self._take_back(left)

    def _take_back(self, left: Mapping[Key, int]) -> None:
        with self._lock:
            for key, number in left.items():
                if key in self._sums or len(self._sums) < MOST:
                    self._sums[key] = self._sums.get(key, 0) + number

    def _begin(self) -> None:
        """With the first number, not before: a process that only serves commands needs no thread."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        threading.Thread(target=self._run, name="counts", daemon=True).start()
        # Unlike `atexit`, this is also called where a server runs its workers by multiprocessing.
        self._at_end = Finalize(None, self.close, exitpriority=10)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self.flush()

    def close(self) -> None:
        """Write the last numbers; the process, or whatever used these counts, is about to end."""
        self._stopping.set()
        self.flush()
        if self._at_end is not None:
            self._at_end.cancel()
