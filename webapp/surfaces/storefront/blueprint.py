"""The storefront's blueprint: open to everybody, on shop hosts only."""

from __future__ import annotations

from flask import Blueprint

from webapp.surfaces.shared.languages import take_language

bp = Blueprint("storefront", __name__, subdomain="shop")
bp.url_value_preprocessor(take_language)
