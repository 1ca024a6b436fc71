"""The module switch (H-20): while the partner offers no domains, nothing in this shop searches for or sells them."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.surfaces.shared.current import cart_token, site
from webapp.surfaces.shared.rendering import render


def close_while_not_offered(bp: Blueprint, views: Collection[str]) -> None:
    """Who asks for one of these views of `bp` meanwhile gets a friendly page that says what became of the basket."""
    closed = frozenset(f"{bp.name}.{view}" for view in views)

    def refuse() -> ResponseReturnValue | None:
        if request.endpoint not in closed or "domains" in site().modules:
            return None
        return render("shopping/not_offered.html", had_basket=bool(cart_token())), 404

    bp.before_request(refuse)
