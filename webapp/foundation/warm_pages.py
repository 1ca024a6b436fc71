"""The WSGI layer that answers a warm page from the page cache before Flask is entered.

A view says with `mark(environ, until)` that its page is the same for everybody; the layer keeps what it answered under
(host, path, language, content version) of the site that it answered for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import metrics
from .hosts import ARRIVAL
from .page_cache import PageCache, PageKey

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MARK = "witryna.keep_page"
#: What belongs to one answer only.
_NOT_KEPT = frozenset(("x-request-id", "date", "server"))


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
    """Only plain GETs of shop pages: no query, no fragment for htmx."""

    def __init__(self, app: WSGIApplication, pages: PageCache) -> None:
        self._app = app
        self._pages = pages

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        site = environ[ARRIVAL].site
        if site is None or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return self._app(environ, start_response)
        if "HTTP_HX_REQUEST" in environ:
            return self._app(environ, start_response)
        # The path holds the language, so the variant is empty.
        key = PageKey(environ["HTTP_HOST"], environ["PATH_INFO"], "", site.content_version)
        page = self._pages.get(key)
        if page is None:
            return self._fresh(key, environ, start_response)
        metrics.count_page_cache("hit")
        start_response(page.status, list(page.headers))
        return [page.body]

    def _fresh(self, key: PageKey, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seen[:] = [status, headers]
            return start_response(status, headers, *more)

        chunks = self._app(environ, begin)
        if not is_marked(environ) or not seen[0].startswith("200"):
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        headers = [(name, value) for name, value in seen[1] if name.lower() not in _NOT_KEPT]
        if not any(name.lower() == "set-cookie" for name, _ in headers):
            metrics.count_page_cache("miss")
            self._pages.put(key, seen[0], headers, body, environ[_MARK][0])
        return [body]
