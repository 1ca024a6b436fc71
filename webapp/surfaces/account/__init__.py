"""The subscriber panel under /account/ on the partner's host. Each view module hangs its views on `bp`."""

from . import domains, frame, messages, profile, proformas, reset, sign_in, start
from .blueprint import bp

__all__ = ["bp", "domains", "frame", "messages", "profile", "proformas", "reset", "sign_in", "start"]
