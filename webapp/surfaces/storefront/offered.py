"""The module switch (H-20): while the partner offers no domains, nothing in this shop searches for or sells them."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from webapp.surfaces.shared.current import cart_token, site
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: Views that belong to a service; whoever asks for them while it is not offered gets a friendly page.
_DOMAINS = frozenset(
    f"storefront.{view}"
    for view in (
        *("search", "bulk", "check_bulk", "bulk_list", "bulk_progress", "add_bulk", "bulk_export"),
        *("cart", "add", "remove", "years", "prices", "checkout", "checkout_register", "checkout_sign_in"),
    )
)


@bp.before_request
def refuse_what_is_not_offered() -> ResponseReturnValue | None:
    """404 with a page that says what has become of the visitor's basket."""
    if request.endpoint not in _DOMAINS or "domains" in site().modules:
        return None
    return render("storefront/not_offered.html", had_basket=bool(cart_token())), 404
