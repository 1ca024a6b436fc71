"""The Sales Panel of a partner's staff. Each view module hangs its views on `bp`."""

from . import (
    domains,
    log,
    manual,
    messages,
    prices,
    proforma_steps,
    proformas,
    search,
    settings,
    settlements,
    sign_in,
    start,
    subscribers,
)
from .blueprint import bp

__all__ = [
    "bp",
    "domains",
    "log",
    "manual",
    "messages",
    "prices",
    "proforma_steps",
    "proformas",
    "search",
    "settings",
    "settlements",
    "sign_in",
    "start",
    "subscribers",
]
