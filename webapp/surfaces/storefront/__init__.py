"""The shop on the partner's host: home, pages, search, cart, checkout. Each view module hangs its views on `bp`."""

from webapp.surfaces.shared.shop_frame import frame

from . import cart, checkout, contact, documents, machines, me, pages, search, thanks
from .blueprint import bp

#: Menus, company and languages around every page of the shop, the account's too.
bp.app_context_processor(frame)

__all__ = ["bp", "cart", "checkout", "contact", "documents", "machines", "me", "pages", "search", "thanks"]
