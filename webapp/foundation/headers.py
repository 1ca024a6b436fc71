"""Security headers by surface: one table for the whole product. Strict everywhere, no inline script or style.

What may frame what: frames by the shop, the panel and the partner's registered sites;
shop pages by the shop and the panel (live preview); nothing else by anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

Surface = Literal["storefront", "account", "frames", "sales", "operator", "api", "platform", "front"]

SURFACES: tuple[Surface, ...] = ("storefront", "account", "frames", "sales", "operator", "api", "platform", "front")

#: Seconds of a year, for our own hosts. Neither includeSubDomains nor preload is ever sent: a partner's domain has
#: names that are none of our business.
HSTS_YEAR = 31536000
#: A partner's own host: seconds by how long the shop answers there, so that a mistake of the first days is soon over.
_HSTS_STEPS = ((timedelta(weeks=1), 300), (timedelta(weeks=4), 604800))

_PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
_DATA = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}

_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")


def security_headers(
    surface: Surface,
    path: str,
    https: bool,
    panel_origin: str,
    *,
    framed_by: Sequence[str] | None = (),
    may_frame: Sequence[str] = (),
    may_send_to: Sequence[str] = (),
    hsts: int | None = HSTS_YEAR,
) -> list[tuple[str, str]]:
    """The headers of every answer of a surface, refusals and redirects too.

    `framed_by`: the exact origins that the partner registered for its frames (used for frames only); None: nobody at
    all may frame this answer.
    `may_frame`: the origins whose pages this one may show: the shop in the panel's live preview, players of films in a
    shop's page that has one. Other surfaces frame nothing.
    `may_send_to`: the origins to which a form of this page may lead, by a redirect: the gateways at which one pays.
    `hsts`: for how many seconds browsers shall insist on HTTPS (`hsts_seconds`); None: nothing is said of it.
    Raises ValueError for an origin that is not exactly `scheme://host[:port]`: it would end up inside the policy.
    """
    kind = _kind(surface, path)
    sites = None if framed_by is None else tuple(framed_by)
    return list(_headers(kind, https, panel_origin, sites, tuple(may_frame), tuple(may_send_to), hsts))


def hsts_seconds(live_since: datetime | None, now: datetime) -> int:
    """How long browsers shall insist on HTTPS at a partner's own host (RFC 6797 section 6.1.1), by its age."""
    for age, seconds in _HSTS_STEPS:
        if live_since is None or now - live_since < age:
            return seconds
    return HSTS_YEAR


def hsts_changes(live_since: datetime | None, now: datetime) -> datetime | None:
    """When `hsts_seconds` will next give another number; None: never."""
    steps = [live_since + age for age, _ in _HSTS_STEPS] if live_since else []
    return next((step for step in steps if step > now), None)


def _kind(surface: Surface, path: str) -> str:
    """What decides is the address: the shop's host also serves the account, the frames and the embed loader."""
    if surface not in SURFACES:
        raise ValueError(f"unknown surface {surface!r}: one of {', '.join(SURFACES)}")
    if surface not in ("storefront", "account", "frames"):
        return surface
    if path.startswith("/embed/"):
        return "embed"
    if path.startswith("/frames/"):
        return "frames"
    return "account" if path == "/account" or path.startswith(("/account/", "/auth/")) else surface


@lru_cache(maxsize=2048)
def _headers(
    kind: str,
    https: bool,
    panel: str,
    framed_by: tuple[str, ...] | None,
    may_frame: tuple[str, ...],
    may_send_to: tuple[str, ...],
    hsts: int | None,
) -> tuple[tuple[str, str], ...]:
    headers = [
        ("Content-Security-Policy", _policy(kind, panel, framed_by, may_frame, may_send_to)),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Permissions-Policy", _PERMISSIONS),
        *_CROSS_ORIGIN.get(kind, ()),
    ]
    if https and hsts is not None:
        headers.append(("Strict-Transport-Security", f"max-age={hsts}"))
    return tuple(headers)


_SAME_ORIGIN = ("Cross-Origin-Resource-Policy", "same-origin")
#: The panels cut every tie with the page that opened them. Shops cannot: frames hand over by a popup.
_CUT_OPENER = ("Cross-Origin-Opener-Policy", "same-origin")

_CROSS_ORIGIN: dict[str, tuple[tuple[str, str], ...]] = {
    "embed": (("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin")),
    "account": (_SAME_ORIGIN,),
    "sales": (_SAME_ORIGIN, _CUT_OPENER),
    "operator": (_SAME_ORIGIN, _CUT_OPENER),
    "front": (_SAME_ORIGIN,),
}


def _policy(
    kind: str,
    panel: str,
    framed_by: tuple[str, ...] | None,
    may_frame: tuple[str, ...],
    may_send_to: tuple[str, ...],
) -> str:
    rules = dict(_DATA if kind in ("api", "platform", "embed") else _PAGE)
    if kind in ("sales", "storefront") and may_frame:
        rules["frame-src"] = " ".join(["'self'", *map(_checked, may_frame)])
    if kind == "storefront" and may_send_to:
        # Browsers hold a form's redirects against this, too.
        rules["form-action"] = " ".join(["'self'", *map(_checked, may_send_to)])
    rules["frame-ancestors"] = _ancestors(kind, panel, framed_by)
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _ancestors(kind: str, panel: str, framed_by: tuple[str, ...] | None) -> str:
    if kind == "frames" and framed_by is not None:
        return " ".join(["'self'", _checked(panel), *map(_checked, framed_by)])
    if kind == "storefront":
        return f"'self' {_checked(panel)}"
    return "'none'"


def is_origin(text: str) -> bool:
    """True for exactly `scheme://host[:port]`."""
    return _ORIGIN.fullmatch(text) is not None


def _checked(origin: str) -> str:
    if not is_origin(origin):
        raise ValueError(f"not an origin: {origin[:100]!r}")
    return origin
