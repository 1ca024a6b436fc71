"""The shop on the partner's host: home, pages, search, cart, checkout. Each view module hangs its views on `bp`."""

from webapp.surfaces.shared import shopping
from webapp.surfaces.shared.shop_frame import frame

from . import (
    ads,
    bulk,
    contact,
    documents,
    icons,
    look,
    machines,
    me,
    pages,
    pay,
    pay_callbacks,
    preview,
    visits,
)
from .blueprint import bp

#: Menus, company and languages around every page of the shop, the account's too.
bp.app_context_processor(frame)

#: Search, basket and order, and what else has no use while no domains are sold.
shopping.hang(bp, also_domains=("bulk", "check_bulk", "bulk_list", "bulk_progress", "add_bulk", "bulk_export"))

__all__ = [
    "ads",
    "bp",
    "bulk",
    "contact",
    "documents",
    "icons",
    "look",
    "machines",
    "me",
    "pages",
    "pay",
    "pay_callbacks",
    "preview",
    "visits",
]
