"""Settings."""

from webapp.surfaces.shared import people

from .blueprint import bp


@bp.get("/settings")
def settings() -> str:
    return "x"


@bp.get("/settings/brand")
@people.role("owner")
def brand() -> str:
    return "x"


@bp.post("/language")
def language() -> str:
    return "x"
