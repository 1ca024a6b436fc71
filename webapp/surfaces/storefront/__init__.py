"""The shop on the partner's host: home, pages, search, cart, checkout. Each view module hangs its views on `bp`."""

from . import home
from .blueprint import bp

__all__ = ["bp", "home"]
