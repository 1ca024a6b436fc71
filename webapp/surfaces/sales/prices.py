"""Prices."""

from webapp.surfaces.shared import people

from .blueprint import bp


@bp.get("/prices")
@people.role("owner")
def prices() -> str:
    return "x"
