"""The shop on the partner's host: home, pages, search, cart, checkout. Each view module hangs its views on `bp`."""

from webapp.surfaces.shared.shop_frame import frame

from . import (
    ads,
    bulk,
    cart,
    checkout,
    contact,
    documents,
    icons,
    look,
    machines,
    me,
    offered,
    pages,
    preview,
    search,
    thanks,
    visits,
)
from .blueprint import bp

#: Menus, company and languages around every page of the shop, the account's too.
bp.app_context_processor(frame)

__all__ = [
    "ads",
    "bp",
    "bulk",
    "cart",
    "checkout",
    "contact",
    "documents",
    "icons",
    "look",
    "machines",
    "me",
    "offered",
    "pages",
    "preview",
    "search",
    "thanks",
    "visits",
]
