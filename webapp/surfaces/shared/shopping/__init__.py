"""From the search to the order: views that the shop and the frames both show, each in its own layout.

`hang(bp)` gives a blueprint all of them, so their addresses are relative (`url_for(".cart")`), and their templates
extend whatever the blueprint's context calls `layout`.
"""

from __future__ import annotations

from flask import Blueprint

from . import cart, checkout, search, thanks
from .offered import close_while_not_offered

_GET, _POST, _FORM = ("GET",), ("POST",), ("GET", "POST")

#: (address below /<lang>/, methods, view). The view's name is that of the endpoint.
VIEWS = (
    ("domains", _GET, search.search),
    ("cart", _GET, cart.cart),
    ("cart/add", _POST, cart.add),
    ("cart/remove", _POST, cart.remove),
    ("cart/years", _POST, cart.years),
    ("cart/prices", _POST, cart.prices),
    ("checkout", _FORM, checkout.checkout),
    ("checkout/register", _FORM, checkout.checkout_register),
    ("checkout/sign-in", _FORM, checkout.checkout_sign_in),
    ("checkout/thanks/<int:proforma_id>", _GET, thanks.thanks),
)
#: The proforma of an order stays to be seen when nothing is sold any more.
_ALWAYS = frozenset(("thanks",))


def hang(bp: Blueprint, *, also_domains: tuple[str, ...] = ()) -> None:
    """Give `bp` these views, closed while the shop offers no domains; `also_domains`: its own ones."""
    for address, methods, view in VIEWS:
        bp.add_url_rule(f"/<lang:lang>/{address}", endpoint=view.__name__, view_func=view, methods=methods)
    ours = {view.__name__ for _, _, view in VIEWS} - _ALWAYS
    close_while_not_offered(bp, ours.union(also_domains))
