"""The subscriber panel under /account/ on the partner's host. Each view module hangs its views on `bp`."""

from . import sign_in, start
from .blueprint import bp

__all__ = ["bp", "sign_in", "start"]
