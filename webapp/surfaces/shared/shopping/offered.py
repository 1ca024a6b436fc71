"""The module switch (H-20): what the partner does not offer, nothing in this shop searches for, shows or sells."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.surfaces.shared.current import cart_token, site
from webapp.surfaces.shared.rendering import render


def close_while_not_offered(bp: Blueprint, views: Mapping[str, frozenset[str]]) -> None:
    """Who asks for a view of `bp` while none of its modules is offered gets a friendly page that says what became of
    the basket. A view without modules is always open."""
    closed = {f"{bp.name}.{view}": needs for view, needs in views.items() if needs}

    def refuse() -> ResponseReturnValue | None:
        needs = closed.get(request.endpoint or "")
        if needs is None or needs & site().modules:
            return None
        return render("shopping/not_offered.html", domains="domains" in needs, had_basket=bool(cart_token())), 404

    bp.before_request(refuse)
