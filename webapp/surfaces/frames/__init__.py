"""Frames: the shop's views inside other sites' pages, without a cookie. Each view module hangs its views on `bp`."""

from webapp.surfaces.shared import shopping

from . import around, auth, hand_off, loader, look, panel, shell, sign_in
from .blueprint import bp

#: Search, basket and order, as in the shop.
shopping.hang(bp)

__all__ = ["around", "auth", "bp", "hand_off", "loader", "look", "panel", "shell", "sign_in"]
