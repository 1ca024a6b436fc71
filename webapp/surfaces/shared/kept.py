"""Things that are the same for everybody until the next change of a shop's content: kept in memory by content version.

What is kept belongs to a partner, its content version and the language at hand; an old version is never asked for
again and falls out of the far end by itself. This is what makes a page cheap that is in no page cache.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import Flask

from webapp.foundation import i18n
from webapp.foundation.web import the_app

from .current import site

T = TypeVar("T")

MOST = 4000


class Kept:
    """A bounded dictionary; the oldest entry goes first. Safe to use from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._values: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key; made now if nothing is (perhaps by two threads at once, which does no harm)."""
        try:
            return cast(T, self._values[key])
        except KeyError:
            value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value


def kept(name: str, make: Callable[[], T], *more: Hashable) -> T:
    """`make()` of this shop's content version and language; `more` is whatever else the value depends on."""
    shop = site()
    return _of(the_app()).get((shop.partner_id, shop.content_version, i18n.current_locale(), name, *more), make)


def _of(app: Flask) -> Kept:
    return cast(Kept, app.extensions.setdefault("kept", Kept()))
