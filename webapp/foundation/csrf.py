"""Who sent this form? Fetch metadata, Origin and a token; a browser must pass all that it can show.

Sec-Fetch-Site, when there, must say same-origin; Origin, when there, must be our own; and the token of the visitor's
own session must be there in every case. Other clients, which send neither header, pass with a valid token.
A form on pages that are kept for everybody can hold no token: `check_without_token` wants the browser's word instead.
"""

from __future__ import annotations

from flask import Request
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

FIELD = "csrf_token"
HEADERS = ("X-CSRF-Token", "X-CSRFToken")
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
#: Seconds for which a page that was opened may be sent.
TOKEN_LIFETIME = 12 * 3600
_EVER = 10 * 366 * 86400

__all__ = ["FIELD", "TOKEN_LIFETIME", "CrossSite", "StaleForm", "check", "check_without_token", "generate_csrf"]


class CrossSite(Exception):
    """The request was made by somebody else's page, or by no page of ours."""


class StaleForm(Exception):
    """Our own page, but its token is too old or from before the session ended: it may be sent again."""


def check(request: Request, own_origin: str) -> None:
    """Raises CrossSite or StaleForm unless an unsafe request comes from our own page."""
    if request.method in SAFE_METHODS:
        return
    proven = _proven_same_origin(request, own_origin)
    token = _token(request)
    if not token:
        raise CrossSite("no token")
    if _valid(token, TOKEN_LIFETIME):
        return
    # A browser that proves our own origin, or a token that was this session's: then only time has passed.
    if proven or _valid(token, _EVER):
        raise StaleForm
    raise CrossSite("a token of another session")


def check_without_token(request: Request, own_origin: str) -> None:
    """Raises CrossSite unless a browser itself says that an unsafe request comes from our own page.

    Enough where the form acts in nobody's name: there is no session that a foreign page could use.
    """
    if request.method not in SAFE_METHODS and not _proven_same_origin(request, own_origin):
        raise CrossSite("neither Sec-Fetch-Site nor Origin")


def _proven_same_origin(request: Request, own_origin: str) -> bool:
    """True when a browser says so, False when the client says nothing. Raises CrossSite when it says otherwise."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        raise CrossSite(f"Sec-Fetch-Site: {site}")
    if origin is not None and origin != own_origin:
        raise CrossSite("another Origin")
    return site is not None or origin is not None


def _token(request: Request) -> str:
    for header in HEADERS:
        if value := request.headers.get(header):
            return value
    return request.form.get(FIELD, "")


def _valid(token: str, seconds: int) -> bool:
    try:
        validate_csrf(token, time_limit=seconds, token_key=FIELD)
    except ValidationError:
        return False
    return True
