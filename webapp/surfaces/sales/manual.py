"""manual."""

from .blueprint import bp


@bp.get("/proformas/new")
def new_proforma() -> str:
    return "x"
