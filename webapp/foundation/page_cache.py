"""Finished pages by host, path, variant and content version. A bounded dictionary, asked before Flask is entered.

Only anonymous pages belong here: nothing that depends on a cookie, a basket or a sign-in. An old content version is
never asked for again and falls out of the far end by itself.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from . import clock

#: What an entry weighs besides its text: key, objects, links between them (measured with eight headers).
OVERHEAD = 1800


class PageKey(NamedTuple):
    """`variant`: whatever else the bytes depend on (their encoding). A plain tuple of the same order works too."""

    host: str
    path: str
    variant: str
    version: int


@dataclass(slots=True)
class CachedPage:
    """One answer. `headers` is a tuple, because servers change the list that they are given: pass on a `list(...)`.

    `expires_at` is the next instant at which the content changes by itself (a price's from or to date).
    """

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    expires_at: datetime | None
    weight: int
    used: bool = False


class PageCache:
    """At most `max_entries` pages and `max_bytes` of them; one page may take an eighth. Safe to use from many threads.

    `get` takes no lock and moves nothing: it marks the page as used, and a full cache gives each used page, oldest
    first, a second chance before it is dropped (the "clock" approximation of least recently used).
    """

    def __init__(
        self,
        max_bytes: int = 64 * 1024 * 1024,
        max_entries: int = 20_000,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._now = now
        self._pages: OrderedDict[PageKey, CachedPage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def total_bytes(self) -> int:
        """What all pages weigh, overhead included."""
        return self._bytes

    def get(self, key: PageKey) -> CachedPage | None:
        """The page, or None when there is none that is still right."""
        page = self._pages.get(key)
        if page is None or (page.expires_at is not None and page.expires_at <= self._now()):
            return None
        page.used = True
        return page

    def put(
        self,
        key: PageKey,
        status: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        expires_at: datetime | None = None,
    ) -> bool:
        """Keep a page until `expires_at` (aware). False when it is too big or already over; it is then not kept."""
        kept = tuple(headers)
        weight = OVERHEAD + len(body) + sum(len(name) + len(value) for name, value in kept)
        if weight > self._max_bytes // 8 or (expires_at is not None and expires_at <= self._now()):
            return False
        page = CachedPage(status, kept, body, expires_at, weight)
        with self._lock:
            self._remove(key)
            self._pages[key] = page
            self._bytes += weight
            self._make_room()
        return True

    def clear(self) -> None:
        """Forget everything (a new release, a test)."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0

    def _remove(self, key: PageKey) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._bytes -= gone.weight

    def _make_room(self) -> None:
        while self._bytes > self._max_bytes or len(self._pages) > self._max_entries:
            key, page = next(iter(self._pages.items()))
            if page.used:
                page.used = False
                self._pages.move_to_end(key)
            else:
                self._remove(key)
