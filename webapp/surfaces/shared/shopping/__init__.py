"""From the search to the order: views that the shop and the frames both show, each in its own layout.

`hang(bp)` gives a blueprint all of them, so their addresses are relative (`url_for(".cart")`), and their templates
extend whatever the blueprint's context calls `layout`.
"""

from __future__ import annotations

from flask import Blueprint

from webapp.reseller.partners import branding

from . import cart, checkout, products, search, thanks
from .offered import close_while_not_offered

_GET, _POST, _FORM = ("GET",), ("POST",), ("GET", "POST")

#: (address below /<lang>/, methods, view). The view's name is that of the endpoint.
VIEWS = (
    ("domains", _GET, search.search),
    ("hosting", _GET, products.hosting),
    ("certificates", _GET, products.certificates),
    ("more", _GET, products.more_products),
    ("products/<code>", _GET, products.product),
    ("cart/product", _POST, products.add_product),
    ("cart", _GET, cart.cart),
    ("cart/add", _POST, cart.add),
    ("cart/remove", _POST, cart.remove),
    ("cart/years", _POST, cart.years),
    ("cart/prices", _POST, cart.prices),
    ("cart/code", _POST, cart.code),
    ("checkout", _FORM, checkout.checkout),
    ("checkout/register", _FORM, checkout.checkout_register),
    ("checkout/sign-in", _FORM, checkout.checkout_sign_in),
    ("checkout/thanks/<int:proforma_id>", _GET, thanks.thanks),
)
#: View -> the modules of which one must be offered; the proforma of an order stays to be seen when nothing is sold.
_ANY = frozenset(branding.MODULES)
_NEEDS = {"search": frozenset({"domains"}), "thanks": frozenset[str](), "hosting": frozenset({"hosting"})}
_NEEDS |= {"certificates": frozenset({"certificates"}), "more_products": frozenset({"other"})}


def hang(bp: Blueprint, *, also_domains: tuple[str, ...] = ()) -> None:
    """Give `bp` these views, each closed while the shop does not offer what it needs; `also_domains`: its own ones."""
    for address, methods, view in VIEWS:
        bp.add_url_rule(f"/<lang:lang>/{address}", endpoint=view.__name__, view_func=view, methods=methods)
    needs = {view.__name__: _NEEDS.get(view.__name__, _ANY) for _, _, view in VIEWS}
    close_while_not_offered(bp, needs | dict.fromkeys(also_domains, frozenset({"domains"})))
