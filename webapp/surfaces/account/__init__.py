"""The subscriber panel under /account/ on the partner's host. Each view module hangs its views on `bp`."""

from . import (
    consents,
    documents,
    domains,
    frame,
    invoices,
    looking,
    messages,
    my_data,
    pay,
    payments,
    profile,
    proformas,
    reset,
    services,
    sign_in,
    start,
    watches,
)
from .blueprint import bp

__all__ = [
    "bp",
    "consents",
    "documents",
    "domains",
    "frame",
    "invoices",
    "looking",
    "messages",
    "my_data",
    "pay",
    "payments",
    "profile",
    "proformas",
    "reset",
    "services",
    "sign_in",
    "start",
    "watches",
]
