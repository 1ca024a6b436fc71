"""The basket: what is in it, for how long, and what it costs. Every change is a form; htmx only swaps the answer in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.htmx import hx
from webapp.foundation.i18n import current_locale
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import understand_name
from webapp.foundation.web import the_app
from webapp.reseller.catalog import codes, plans
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.orders import carts
from webapp.surfaces.shared.current import cart_token, database, keep_cart, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import notice, render

from . import baskets
from .buyer import account_id
from .premium_names import refuse_premium
from .search_rows import row_id

#: Session key of what was removed last: [what it was, years, code of the product ("" for a name), what it was for].
_REMOVED = "removed"
#: Session key of a code that was refused: [what was typed, why].
TRIED_CODE = "tried_code"


def cart() -> str:
    """The basket."""
    return render("shopping/cart.html", **_values(), notice=notice())


def _values() -> dict[str, Any]:
    removed = session.pop(_REMOVED, None) if session else None
    return {"basket": baskets.now(), "removed": removed, **tried_code()}


def tried_code() -> dict[str, str]:
    """A code that was refused, for the field: what was typed, and why."""
    typed, error = (session.pop(TRIED_CODE, None) if session else None) or ("", "")
    return {"code_typed": typed, "code_error": error}


def add() -> ResponseReturnValue:
    """Put a name in; back to the search it came from, or to the basket."""
    name, question = request.form.get("name", ""), request.form.get("q", "")
    account = account_id()
    try:
        refuse_premium([name])
        with database().writing() as db:
            _cart, token = carts.add_to_cart(db, cart_token(), name, _number("years"), account, searched=bool(question))
    except Refusal as refusal:
        return _refused(refusal)
    keep_cart(token)
    if _is_fragment():
        return _added(name) if request.form.get("row") else _area()
    group = _number("group")
    return redirect(url_for(".search", q=question, group=group) if question else url_for(".cart"), 303)


def remove() -> ResponseReturnValue:
    """Take a name out; the page offers to put it back."""

    account = account_id()

    def take_out(db: Session) -> None:
        item = carts.remove_from_cart(db, cart_token(), _number("item") or 0, account)
        product = catalog.product(db, item.product_id)
        code = product.code if product is not None and product.tld_id is None else ""
        shown = plans.name_in(product, current_locale()) if product is not None and code else item.name_unicode
        session[_REMOVED] = [shown, item.years, code, item.name_unicode]

    return _change(take_out)


def years() -> ResponseReturnValue:
    """Order a name for another period."""
    account = account_id()
    return _change(lambda db: carts.set_years(db, cart_token(), _number("item") or 0, _number("years") or 0, account))


def prices() -> ResponseReturnValue:
    """Go on with the prices of today."""
    account = account_id()
    return _change(lambda db: carts.refresh_prices(db, cart_token(), account))


def code() -> ResponseReturnValue:
    """Use a discount code (H-45), or none any more; back to the page on which it was typed."""
    account, typed = account_id(), request.form.get("code", "")
    try:
        the_app().limiter.check("code", account=None, ip=request.remote_addr, tenant=site().partner_id)
        with database().writing() as db:
            carts.use_code(db, cart_token(), typed, account)
    except NotFound:
        pass
    except Refusal as refusal:
        return _code_refused(refusal, typed)
    if _is_fragment() and getattr(request, "hx_target_id", None) == "cart-area":
        return _area()
    return redirect(url_for(".checkout" if request.form.get("at") == "checkout" else ".cart"), 303)


def _code_refused(refusal: Refusal, typed: str) -> ResponseReturnValue:
    """The page with the reason beside the field, and what was typed still in it."""
    tried = {"code_typed": typed[: codes.LONGEST], "code_error": said(refusal)}
    if _is_fragment() and getattr(request, "hx_target_id", None) == "cart-area":
        return _area(**tried)
    session[TRIED_CODE] = [tried["code_typed"], tried["code_error"]]
    return redirect(url_for(".checkout" if request.form.get("at") == "checkout" else ".cart"), 303)


# --- answers -------------------------------------------------------------------------------------------------


def _change(act: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        with database().writing() as db:
            act(db)
    except NotFound:
        pass  # taken out in another window already: the page shows what is there now
    except Refusal as refusal:
        return _refused(refusal)
    if _is_fragment():
        return _area()
    return redirect(url_for(".cart"), 303)


def _refused(refusal: Refusal) -> ResponseReturnValue:
    if _is_fragment() and request.form.get("row"):
        return hx(Response(status=204), trigger={"toast": {"text": said(refusal)}})
    if _is_fragment():
        return _area(refused=said(refusal))
    flash(said(refusal))
    return redirect(url_for(".cart"), 303)


def _added(name: str) -> Response:
    """What takes the place of the row's button, and the basket beside the list."""
    row = {"id": row_id(understand_name(name).ascii), "state": "free", "in_basket": True}
    row["cart_url"] = url_for(".cart")
    body = render("shopping/_added.html", row=row, basket=baskets.now(), oob=True)
    return hx(make_response(body), trigger="basket-changed")


def _area(refused: str | None = None, **more: str) -> Response:
    """The inside of the basket page, or what a page of results has of the basket."""
    values = _values() | more
    if getattr(request, "hx_target_id", None) == "cart-area":
        body = render("shopping/_cart_area.html", **values, refused=refused)
    else:
        body = render("shopping/_removed.html", basket=values["basket"], row=_back_for_sale(values), oob=True)
    return hx(make_response(body), trigger="basket-changed")


def _back_for_sale(values: dict[str, Any]) -> dict[str, Any] | None:
    """The row of the name that was removed, which may stand on the page with a button again."""
    if values["removed"] is None or any(values["removed"][2:3]):
        return None
    query = understand_name(values["removed"][0])
    row = {"id": row_id(query.ascii), "name": query.ascii, "label": query.unicode_label, "tld": query.tld}
    return row | {"state": "free", "in_basket": False, "add_url": url_for(".add")}


def _is_fragment() -> bool:
    return bool(getattr(request, "is_fragment", False))


def _number(field: str) -> int | None:
    """A whole number of a form, or None for anything else."""
    return number_in(request.form, field)
