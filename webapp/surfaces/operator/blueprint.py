"""The blueprint: closed to all but role "operator", except for views that are marked `@public`."""

from typing import Any

from flask import Blueprint

from webapp.surfaces.shared.panels import frame
from webapp.surfaces.shared.people import guard

from .sections import sections

bp = Blueprint("operator", __name__, subdomain="operator")
guard(bp, "operator")


@bp.context_processor
def _frame() -> dict[str, Any]:
    return frame("operator") | {"sections": sections()}
