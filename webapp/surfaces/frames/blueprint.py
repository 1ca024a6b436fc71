"""The frames' blueprint: on shop hosts only, open to everybody but for views that name a role."""

from __future__ import annotations

from flask import Blueprint

from webapp.surfaces.shared.languages import take_language
from webapp.surfaces.shared.people import guard

bp = Blueprint("frames", __name__, subdomain="shop", url_prefix="/frames")
bp.url_value_preprocessor(take_language)
guard(bp, "visitor")
