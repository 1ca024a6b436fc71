"""The WSGI layer that answers a warm page from the page cache before Flask is entered.

A view says with `mark(environ, until)` that its page is the same for everybody; the layer keeps what it answered under
(host, path, encoding, content version) of the site that it answered for. A browser that reads gzip gets the page as
it was compressed once; such a page holds no secret (foundation/compression.py says why that matters).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import metrics
from .compression import accepts_gzip, encoded, varying, zipped
from .counts import Counts, is_bot
from .hosts import ARRIVAL
from .page_cache import PageCache, PageKey
from .sessions import FRAME_TOKEN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MARK = "witryna.keep_page"
#: What belongs to one answer only.
_NOT_KEPT = frozenset(("x-request-id", "date", "server"))
#: An answer with one of these is given to nobody else, whatever its view said.
_OF_ONE_VISITOR = frozenset(("set-cookie", FRAME_TOKEN.lower()))
_OF_THE_BODY = frozenset(("content-length", "content-type", "content-encoding"))


def mark(environ: WSGIEnvironment, until: datetime | None) -> None:
    """Say that the answer to this request may be given to everybody, until an instant or the next content version."""
    environ[_MARK] = (until,)


def unmark(environ: WSGIEnvironment) -> None:
    """Take it back: something personal got into the answer after all."""
    environ.pop(_MARK, None)


def is_marked(environ: WSGIEnvironment) -> bool:
    """True while the answer is on its way to be kept."""
    return _MARK in environ


class WarmPages:
    """Only plain GETs of shop pages: no query, no fragment for htmx. Pages that it answers itself, it counts itself."""

    def __init__(self, app: WSGIApplication, pages: PageCache, counts: Counts) -> None:
        self._app = app
        self._pages = pages
        self._counts = counts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        site = environ[ARRIVAL].site
        if site is None or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return self._app(environ, start_response)
        if "HTTP_HX_REQUEST" in environ:
            return self._app(environ, start_response)
        # The path holds the language already.
        variant = "gzip" if accepts_gzip(environ) else ""
        key = PageKey(environ["HTTP_HOST"], environ["PATH_INFO"], variant, site.content_version)
        page = self._pages.get(key)
        if page is None:
            return self._fresh(key, environ, start_response)
        metrics.count_page_cache("hit")
        if not is_bot(environ.get("HTTP_USER_AGENT", "")):
            self._counts.add("visit", site.partner_id, key.host, key.path)
        return _answer(page.status, page.headers, page.body, environ, start_response)

    def _fresh(self, key: PageKey, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if not (is_marked(environ) and status.startswith("200")):
                return start_response(status, headers, *more)
            seen[:] = [status, headers]
            return None

        chunks = self._app(environ, begin)
        if not seen:
            return chunks
        status, headers, body = *seen, _whole(chunks)
        if key.variant:
            body = zipped(body)
            headers = encoded(headers, body)
        headers = [*varying(headers), ("ETag", f'"{hashlib.sha256(body).hexdigest()[:20]}"')]
        kept = [(name, value) for name, value in headers if name.lower() not in _NOT_KEPT]
        if not any(name.lower() in _OF_ONE_VISITOR for name, _ in kept):
            metrics.count_page_cache("miss")
            self._pages.put(key, status, kept, body, environ[_MARK][0])
        return _answer(status, headers, body, environ, start_response)


def _whole(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()


def _answer(
    status: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    environ: WSGIEnvironment,
    start_response: StartResponse,
) -> Iterable[bytes]:
    """The page, or 304 (RFC 9110 section 13.1.2) to a browser that has exactly this one."""
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted and ("ETag", wanted) in headers:
        start_response("304 Not Modified", [pair for pair in headers if pair[0].lower() not in _OF_THE_BODY])
        return []
    start_response(status, list(headers))
    return [body]
