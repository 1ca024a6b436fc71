"""The host decides everything: which door a request is for and whose shop it is, before any other code sees it.

A WSGI layer. What it found stands in `environ[ARRIVAL]`; a host that is nobody's is answered with 421 right here,
without a cookie and without a redirect. A partner's further hosts lead to its primary one.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import idna
from sqlalchemy.exc import SQLAlchemyError

from . import plain, shop_check
from .config import Settings
from .site import Resolver, Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

ARRIVAL = "witryna.arrival"

#: The first label of the platform's own doors.
DOORS = {"panel": "sales", "operator": "operator", "api": "api"}

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_HOST = re.compile(r"([^:/?#@\\\s]{1,300}?)\.?(?::([0-9]{1,5}))?")
#: What a further host of a shop answers itself: what other sites have built in, what the machines of others ask, and
#: the pages that hand a sign-in over to a frame at the same host.
OWN_PATHS = (
    *("/frames/", "/embed/", "/auth/", "/.well-known/", "/healthz", "/media/", "/static/", "/theme/"),
    *("/pay/stripe/notify", "/pay/przelewy24/notify"),
)
_USUAL_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Arrival:
    """Where a request has come in. `surface` is shop, sales, operator, api or platform; only a shop has a site."""

    surface: str
    host: str
    site: Site | None = None


@lru_cache(maxsize=4096)
def normalised(raw: str, scheme: str) -> str | None:
    """The one spelling of a Host header: lower case, A-labels, no final dot, no usual port. None: not a host.

    >>> normalised("SHOP.Example.:80", "http")
    'shop.example'
    """
    found = _HOST.fullmatch(raw)
    name = _ascii(found[1]) if found else None
    if found is None or name is None or not _NAME.fullmatch(name):
        return None
    port = found[2]
    if port is None or port == _USUAL_PORTS[scheme]:
        return name
    return f"{name}:{port}" if port == str(int(port)) and 0 < int(port) < 65536 else None


def _ascii(name: str) -> str | None:
    if name.isascii():
        return name.lower()
    try:
        # WSGI hands bytes over as Latin-1 (PEP 3333).
        return idna.encode(name.encode("latin-1").decode("utf-8"), uts46=True).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        return None


class SiteCache:
    """Host -> Site for at most a second, unknown hosts too, so that a change is live within that second.

    An entry of half a second is renewed by one thread while the others go on with the old one.
    """

    FRESH = 0.5
    LONGEST = 0.95

    def __init__(self, resolver: Resolver, max_entries: int = 2000, now: Callable[[], float] = time.monotonic) -> None:
        self._resolve = resolver
        self._max_entries = max_entries
        self._now = now
        self._entries: dict[str, tuple[float, Site | None]] = {}
        self._renewing: set[str] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def site(self, host: str) -> Site | None:
        """The site of a normalised host, at most a second old."""
        now = self._now()
        entry = self._entries.get(host)
        if entry is None or now - entry[0] >= self.LONGEST:
            return self._renew(host, now)
        if now - entry[0] >= self.FRESH and self._first_to_renew(host):
            try:
                return self._renew(host, now)
            finally:
                self._renewing.discard(host)
        return entry[1]

    def forget(self) -> None:
        """Ask anew for every host."""
        self._entries.clear()

    def _first_to_renew(self, host: str) -> bool:
        with self._lock:
            if host in self._renewing:
                return False
            self._renewing.add(host)
            return True

    def _renew(self, host: str, asked_at: float) -> Site | None:
        site = self._resolve(host)
        with self._lock:
            self._entries.pop(host, None)
            self._entries[host] = (asked_at, site)
            while len(self._entries) > self._max_entries:
                del self._entries[next(iter(self._entries))]
        return site


class HostMiddleware:
    """Answers unknown hosts, closed shops and our own probes itself; everything else goes on with an Arrival."""

    def __init__(self, app: WSGIApplication, settings: Settings, sites: SiteCache) -> None:
        self._app = app
        self._settings = settings
        self._sites = sites
        platform = settings.platform_host
        self._doors = {f"{label}.{platform}": surface for label, surface in DOORS.items()} | {platform: "platform"}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = normalised(environ.get("HTTP_HOST", ""), self._settings.scheme)
        if host and environ["PATH_INFO"].startswith(shop_check.PREFIX):
            return shop_check.respond(environ, start_response, self._settings.secret_key, host)
        try:
            arrival = self._arrival(host) if host else None
        except SQLAlchemyError:
            log.exception("the database does not say whose host this is")
            return plain.broken(environ, start_response, self._settings)
        if arrival is None:
            return plain.unknown_host(environ, start_response, self._settings)
        if arrival.site is not None and arrival.site.status != "active":
            return plain.closed(environ, start_response, self._settings)
        if arrival.site is not None and arrival.site.leads_on and not environ["PATH_INFO"].startswith(OWN_PATHS):
            return plain.moved(environ, start_response, self._settings, arrival.site)
        # From here on nobody sees what the client wrote, only the spelling that we know.
        environ["HTTP_HOST"] = arrival.host
        environ[ARRIVAL] = arrival
        return self._app(environ, start_response)

    def _arrival(self, host: str) -> Arrival | None:
        surface = self._doors.get(host)
        if surface is not None:
            return Arrival(surface, host)
        site = self._sites.site(host)
        return Arrival("shop", host, site) if site is not None else None
