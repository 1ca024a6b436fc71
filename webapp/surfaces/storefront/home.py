"""The first page, and the fragment that says who is signed in and how full the basket is."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from webapp.surfaces.shared.current import site
from webapp.surfaces.shared.rendering import render, same_for_everybody

from .blueprint import bp


@bp.get("/")
def root() -> Response:
    """To the first page in the visitor's language."""
    answer = redirect(url_for("storefront.home"), 302)
    answer.vary.add("Accept-Language")
    return answer


@bp.get("/<lang:lang>/")
def home() -> str:
    """The home page."""
    same_for_everybody()
    return render("storefront/home.html", title=site().name)


@bp.get("/me")
def me() -> str:
    """The basket and sign-in links of the visitor: loaded into each page, so that pages can be kept for everybody."""
    return render("storefront/_me.html")


@bp.get("/<lang:lang>/cart")
def cart() -> str:
    """The basket."""
    return render("storefront/cart.html")
