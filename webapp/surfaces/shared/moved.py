"""Where an address of a shop leads at which nothing stands (any more)."""

from __future__ import annotations

from flask import Response, redirect, request

from webapp.foundation import tenancy
from webapp.reseller.cms import redirects
from webapp.reseller.cms.redirects import Gone, Redirected

from .current import arrival, database


def moved() -> Redirected | Gone | None:
    """What the partner says about the address of this request; None: nothing, and at the other doors."""
    if arrival().surface != "shop" or request.method not in ("GET", "HEAD") or not tenancy.is_entered():
        return None
    with database().reading() as session:
        return redirects.redirect_for(session, request.path)


def led_on(found: Redirected) -> Response:
    """301 (RFC 9110 section 15.4.2); browsers ask again after an hour, since a partner may change his mind."""
    answer = Response(redirect(found.target, 301).get_data(), 301, mimetype="text/html")
    answer.headers["Location"] = found.target
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
