"""The order of endings in searches, and which of them stand under the search field of the home page (H-54)."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import group, queries
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: What is said after a step; read out where the list is swapped.
DONE = {
    "up": N_(".%(tld)s is number %(place)s now."),
    "down": N_(".%(tld)s is number %(place)s now."),
    "spotlight": N_(".%(tld)s stands under the search now."),
    "no_spotlight": N_(".%(tld)s does not stand under the search any more."),
    "add": N_(".%(tld)s is shown in searches, at the end of the list."),
    "remove": N_(".%(tld)s is not shown in searches any more."),
}


@bp.get("/prices/order")
@people.role("owner")
def price_order() -> str:
    """The list with its buttons."""
    return render("sales/price_order.html", title=_("Order of endings"), said="", moved=0, **_lists())


@bp.post("/prices/order/<int:product_id>")
@people.role("owner")
def move_ending(product_id: int) -> ResponseReturnValue:
    """One step with one ending; the list comes back with a sentence about it."""
    action = request.form.get("action", "")
    try:
        with database().writing() as session:
            place = group.step(session, actor(), product_id, action)
            product = queries.product(session, product_id)
        said_now, tone = _(DONE[action], tld=to_unicode(product.code if product else ""), place=place), "ok"
    except NotFound:
        raise
    except Refusal as refusal:
        said_now, tone = said(refusal), "warn"
    if getattr(request, "is_htmx", False):
        return render("sales/_price_order.html", said=said_now, tone=tone, moved=product_id, **_lists())
    flash(said_now, "warn" if tone == "warn" else "message")
    return redirect(url_for("sales.price_order"), 303)


def _lists() -> dict[str, object]:
    with database().reading() as session:
        rows = queries.price_rows(session, site().currency, clock.today(site().timezone))
    return {
        "shown_rows": [row for row in rows if row.position is not None],
        "hidden_rows": [row for row in rows if row.position is None],
        "unicode_tld": to_unicode,
    }
