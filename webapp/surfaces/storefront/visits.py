"""Counting visits, searches, and orders that began with a search: sums per day, without a cookie, nobody's address.

A visit is a page that was shown once; pages answered before Flask are counted there (foundation/warm_pages.py).
A search is a question that was sent, streamed or not. An order ended a search when one of its names was put into the
basket from the results of a search of this shop.
"""

from __future__ import annotations

from flask import Response, g, request

from webapp.foundation.counts import is_bot
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import understand_name
from webapp.foundation.web import the_app
from webapp.reseller.orders import carts
from webapp.surfaces.shared.current import cart_token, database, site

from .blueprint import bp

#: Arguments that a counted page may have: ids and tokens lead to somebody's own page.
_PUBLIC = frozenset(("slug", "kind"))


@bp.before_request
def look_into_basket() -> None:
    """Before an order empties the basket: did it come from a search?"""
    g.from_search = request.endpoint == "storefront.checkout" and request.method == "POST" and _from_search()


def _from_search() -> bool:
    token = cart_token()
    if not token:
        return False
    with database().reading() as session:
        return carts.has_searched(session, token)


@bp.after_request
def count(response: Response) -> Response:
    """What this answer adds to the figures."""
    if is_bot(request.user_agent.string):
        return response
    if request.method == "GET" and response.status_code == 200:
        _count_page(response)
        _count_search()
    elif g.get("from_search") and response.status_code == 303 and "/checkout/thanks/" in (response.location or ""):
        _add("order", request.host)
    return response


def _count_page(response: Response) -> None:
    fragment = getattr(request, "is_fragment", False)
    if response.mimetype == "text/html" and not fragment and set(request.view_args or ()) <= _PUBLIC:
        _add("visit", request.host, request.path)


def _count_search() -> None:
    question = request.args.get("q", "").strip()
    if request.endpoint != "storefront.search" or not question:
        return
    _add("search", request.host)
    try:
        _add("name", understand_name(question).unicode[:100])
    except Refusal:
        return  # nothing that could be a name


def _add(kind: str, *what: str) -> None:
    the_app().counts.add(kind, site().partner_id, *what)
