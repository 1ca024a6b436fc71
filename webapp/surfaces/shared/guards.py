"""What every request passes on its way in and out: CSRF, security headers, cache rules."""

from __future__ import annotations

import logging

from flask import Response, g, request

from webapp.foundation import clock, csrf, sessions, warm_pages
from webapp.foundation.headers import HSTS_YEAR, Surface, hsts_seconds, security_headers
from webapp.foundation.site import Site
from webapp.foundation.web import MAX_FIELDS_BYTES, WebApp, the_app

from .current import arrival, is_spare
from .people import is_from_machines, is_tokenless

log = logging.getLogger(__name__)

#: Our door labels and the rows of the header table.
HEADER_ROWS: dict[str, Surface] = {
    "shop": "storefront",
    "sales": "sales",
    "operator": "operator",
    "api": "api",
    "platform": "front",
}


#: Answers to what somebody did in a frame, which are to be seen there: put something right, slow down.
_SHOWN_IN_FRAMES = (401, 422, 429)


def init_guards(app: WebApp) -> None:
    """Hang the guards on the app."""
    app.before_request(refuse_foreign_forms)
    app.after_request(finish)


def refuse_foreign_forms() -> None:
    """Every unsafe request at a door that knows cookies; the API has bearer tokens instead."""
    here = arrival()
    if request.mimetype == "application/x-www-form-urlencoded":
        # The parser's own limit for fields holds for multipart forms only.
        request.max_content_length = MAX_FIELDS_BYTES
    signed = is_from_machines(the_app(), request.endpoint or "")
    if here.surface != "api" and request.routing_exception is None and not signed:
        by_word = _has_no_cookie_form() or is_tokenless(the_app(), request.endpoint or "")
        check = csrf.check_without_token if by_word else csrf.check
        check(request, the_app().settings.origin(here.host))


def _has_no_cookie_form() -> bool:
    """Frames carry their session themselves, and their pages are kept for everybody: no token could stand in a form.

    Neither in the windows that hand a sign-in over, which scripts send. The browser must say where both come from.
    """
    return arrival().surface == "shop" and request.path.startswith((sessions.FRAMES, "/auth/"))


def finish(response: Response) -> Response:
    """Headers of every answer that Flask gives, refusals and redirects too."""
    here = arrival()
    settings, row = the_app().settings, HEADER_ROWS[here.surface]
    # Only the page that shows a shop in a frame may do so, and only that shop.
    frames: tuple[str, ...] = g.get("may_frame", ())
    # Only the page with the buttons of gateways may lead to them.
    gateways: tuple[str, ...] = g.get("may_send_to", ())
    headers = security_headers(
        row,
        request.path,
        settings.secure,
        settings.door("panel"),
        framed_by=_framed_by(here.site, response.status_code),
        may_frame=frames,
        may_send_to=gateways,
        hsts=_hsts(here.site),
    )
    for name, value in headers:
        response.headers.setdefault(name, value)
    if here.site is not None and is_spare(here.site):
        response.headers["X-Robots-Tag"] = "noindex"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    _set_cache_rule(response)
    return response


def _framed_by(shop: Site | None, status: int) -> tuple[str, ...] | None:
    """Who may show a frame: nobody when there is none at this address, or when it says no."""
    if shop is None or (status >= 400 and status not in _SHOWN_IN_FRAMES):
        return None
    return shop.frame_origins


def _hsts(shop: Site | None) -> int:
    """A partner's own host begins carefully; the platform's are known to keep HTTPS."""
    return HSTS_YEAR if shop is None or shop.raw else hsts_seconds(shop.live_since, clock.now())


def _set_cache_rule(response: Response) -> None:
    """Nothing is kept by anybody unless the view said so; a page for everybody is asked for anew each time."""
    if warm_pages.is_marked(request.environ) and response.status_code == 200:
        if not sessions.was_touched(request.environ):
            response.headers["Cache-Control"] = "no-cache"  # browsers may keep it, but ask: prices change
            return
        log.error("a page for everybody touched the session", extra={"endpoint": request.endpoint})
    warm_pages.unmark(request.environ)
    response.headers.setdefault("Cache-Control", "private, no-store")
