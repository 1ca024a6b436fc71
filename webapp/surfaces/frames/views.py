"""The views that stand at `/frames/<name>`: a later service adds a line here and one in reseller/cms/frame_views.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from webapp.foundation.site import Site
from webapp.reseller.cms.frame_views import FRAME_VIEWS
from webapp.surfaces.shared import shopping
from webapp.surfaces.shared.shopping import products, search

from . import sign_in

#: What every view leads to: signing in, and what belongs to a person.
_PERSON = frozenset(("sign_in", "sign_out", "panel", "exchange", "hand_off"))
_ALL = frozenset(view.__name__ for _, _, view in shopping.VIEWS)
#: Lists of one kind of thing; each frame opens its own.
_LISTS = frozenset(("search", "hosting", "certificates", "more_products"))
#: From a product to the order.
_ORDERING = _ALL - _LISTS - {"add"}
_SHOPPING = _ALL - _LISTS - {"product", "add_product"} | {"search", "order"}


@dataclass(frozen=True)
class View:
    """`first`: what is in it for everybody; `start`: what a frame asks for that has a session already.

    `opens`: the inner pages that are reached from it; they are closed while no view of the shop opens them.
    """

    name: str
    first: Callable[[], ResponseReturnValue]
    start: str
    opens: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """To be translated."""
        return FRAME_VIEWS[self.name].title

    def offered(self, site: Site) -> bool:
        """Whether it answers at this shop."""
        return FRAME_VIEWS[self.name].offered(site.modules, site.frames_off)


VIEWS = {
    view.name: view
    for view in (
        View("domain-search", search.invitation, "search", _SHOPPING),
        View("domain-order", search.invitation, "order", _SHOPPING),
        View("hosting-order", products.hosting, "hosting", _ORDERING | {"hosting"}),
        View("certificate-order", products.certificates, "certificates", _ORDERING | {"certificates"}),
        View("user-login", sign_in.sign_in_form, "sign_in"),
        View("user-register", sign_in.register_form, "register", frozenset(("register",))),
        View("user-panel", sign_in.sign_in_form, "panel"),
    )
}


def offered(site: Site) -> Iterator[View]:
    """The views that answer at a shop."""
    return (view for view in VIEWS.values() if view.offered(site))


def is_open(site: Site, page: str) -> bool:
    """Whether an inner page (the name of its endpoint) is reached from a view of this shop."""
    return any(page in _PERSON or page in view.opens for view in offered(site))
