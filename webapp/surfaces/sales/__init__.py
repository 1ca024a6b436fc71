"""The Sales Panel of a partner's staff. Each view module hangs its views on `bp`."""

from . import (
    brand,
    domains,
    log,
    manual,
    messages,
    price_order,
    prices,
    proforma_steps,
    proformas,
    search,
    settings,
    settlements,
    sign_in,
    staff_pages,
    start,
    subscribers,
)
from .blueprint import bp

__all__ = [
    "bp",
    "brand",
    "domains",
    "log",
    "manual",
    "messages",
    "price_order",
    "prices",
    "proforma_steps",
    "proformas",
    "search",
    "settings",
    "settlements",
    "sign_in",
    "staff_pages",
    "start",
    "subscribers",
]
