"""htmx 4 over htmx-flask: the request class, the response headers, and Vary.

htmx-flask 0.1 was made for htmx 1. What this shim puts right: its list of swap styles joins two into one and refuses
modifiers and morphs; it replaces an app's own request class; it knows neither `Reselect` nor `Vary` nor
`HX-Request-Type`; and it hands out `div#id` where an id is expected. So only its request class is used.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import Flask, Response
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.urls import iri_to_uri

if TYPE_CHECKING:
    from flask import Request as _Base
else:
    _Base = HtmxAwareRequest

#: The response headers that htmx 4 reads.
_HEADERS = frozenset(
    ("Location", "Push-Url", "Redirect", "Refresh", "Replace-Url", "Reselect", "Reswap", "Retarget", "Trigger")
)
_ADDRESSES = frozenset(("Location", "Push-Url", "Redirect", "Replace-Url"))
#: Answers of these types differ between a page and a fragment of it.
_VARYING = frozenset(("text/html", "text/event-stream"))


class HtmxRequest(_Base):
    """A request that knows what htmx says about it. Derive an app's own request class from it."""

    @property
    def is_htmx(self) -> bool:
        """True when htmx sent it, whatever it wants."""
        return self.headers.get("HX-Request") == "true"

    @property
    def is_fragment(self) -> bool:
        """True when a part of a page is wanted; history and boosted navigation want the whole."""
        whole = (
            self.headers.get("HX-Request-Type") == "full" or self.headers.get("HX-History-Restore-Request") == "true"
        )
        return self.is_htmx and not whole

    @property
    def hx_target_id(self) -> str | None:
        """The id of the element that takes the answer, if it has one."""
        return _element_id(self.headers.get("HX-Target"))


def _element_id(description: str | None) -> str | None:
    """htmx 4 describes an element as `tag#id`, or as `tag` when it has no id."""
    _, mark, element_id = (description or "").partition("#")
    return unquote(element_id) if mark and element_id else None


def init_htmx(app: Flask, request_class: type[HtmxRequest] = HtmxRequest) -> None:
    """Give the app htmx-aware requests and `Vary`. Pass the app's own subclass here, not to `app.request_class`."""
    Htmx(app)
    app.request_class = request_class
    app.after_request(_vary)


def _vary(response: Response) -> Response:
    if response.mimetype in _VARYING:
        response.vary.update(("HX-Request", "HX-Request-Type"))
    return response


def hx(response: Response, **headers: object) -> Response:
    """Set HX- headers: `hx(response, trigger={"cart-changed": 3}, push_url=False, reswap="outerMorph")`.

    Texts go as they are (addresses with other letters are percent-encoded), all else as JSON; None sets nothing.
    Raises ValueError for a header that htmx 4 does not know.
    """
    for key, value in headers.items():
        name = key.replace("_", "-").title()
        if name not in _HEADERS:
            raise ValueError(f"htmx knows no response header HX-{name}")
        if value is not None:
            response.headers[f"HX-{name}"] = _header_value(name, value)
    return response


def lead(response: Response, path: str, target: str) -> Response:
    """Let htmx fetch `path` into `target` (a CSS selector) instead of this answer; the history stays as it is."""
    return hx(response, location={"path": path, "target": target, "swap": "innerHTML", "push": "false"})


def _header_value(name: str, value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return iri_to_uri(value) if name in _ADDRESSES and not value.startswith("{") else value
