"""The fragment that says who is signed in and how full the basket is: loaded into pages that are kept for everybody."""

from __future__ import annotations

from webapp.reseller.orders import carts
from webapp.surfaces.shared.current import cart_token, database, person
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.get("/me")
def me() -> str:
    """Sign-in and basket of the visitor. Never kept by anybody (guards.py)."""
    return render("storefront/_me.html", who=person(), count=_count())


def _count() -> int:
    token = cart_token()
    if not token:
        return 0
    with database().reading() as session:
        return carts.count(session, token)
