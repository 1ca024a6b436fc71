"""The subscriber panel under /account/ on the partner's host. Each view module hangs its views on `bp`."""

from . import documents, domains, frame, messages, profile, proformas, reset, sign_in, start, watches
from .blueprint import bp

__all__ = [
    "bp",
    "documents",
    "domains",
    "frame",
    "messages",
    "profile",
    "proformas",
    "reset",
    "sign_in",
    "start",
    "watches",
]
