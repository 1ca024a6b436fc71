"""The operator's panel. Each view module hangs its views on `bp`."""

from . import books, health, new_partner, notices, partner_hosts, partner_steps, partners, sign_in, start, wholesale
from .blueprint import bp

__all__ = [
    "books",
    "bp",
    "health",
    "new_partner",
    "notices",
    "partner_hosts",
    "partner_steps",
    "partners",
    "sign_in",
    "start",
    "wholesale",
]
