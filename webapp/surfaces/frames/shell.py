"""`/frames/<view>`: the page in the other site's iframe, the same for everybody, with its first content in it."""

from __future__ import annotations

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.refusal import NotFound
from webapp.surfaces.shared.current import cart_token, database, site
from webapp.surfaces.shared.rendering import same_for_everybody
from webapp.surfaces.shared.shopping import baskets

from . import views
from .blueprint import bp

#: Pages of the frames themselves, which no view opens.
_OWN = frozenset(("shell", "look"))


@bp.before_request
def refuse_what_is_off() -> None:
    """NotFound for pages that only views lead to which this shop does not show."""
    page = (request.endpoint or "").partition(".")[2]
    if page not in _OWN and not views.is_open(site(), page):
        raise NotFound


@bp.get(f"/<any({','.join(repr(name) for name in views.VIEWS)}):view>")
def shell(view: str) -> ResponseReturnValue:
    """A view as a page. Who is signed in is asked only by what the page loads afterwards."""
    found = views.VIEWS[view]
    if not found.offered(site()):
        raise NotFound
    g.frame_view = found
    same_for_everybody()
    return found.first()


@bp.get("/<lang:lang>/order")
def order() -> ResponseReturnValue:
    """Ordering goes on where it was left: in the basket, or at the search."""
    if cart_token():
        with database().reading() as session:
            filled = bool(baskets.load(session).lines)
        if filled:
            return redirect(url_for(".cart"), 303)
    return redirect(url_for(".search"), 303)
