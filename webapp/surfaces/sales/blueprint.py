"""The blueprint: closed to all but role "staff", except for views that are marked `@public`."""

from typing import Any

from flask import Blueprint

from webapp.surfaces.shared.panels import frame
from webapp.surfaces.shared.people import guard

from .sections import sections

bp = Blueprint("sales", __name__, subdomain="sales")
guard(bp, "staff")


@bp.context_processor
def _frame() -> dict[str, Any]:
    return frame("sales") | {"sections": sections()}
