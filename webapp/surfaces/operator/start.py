"""The first page after signing in."""

from __future__ import annotations

from webapp.foundation.i18n import gettext as _
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.get("/")
def start() -> str:
    """What needs me now."""
    return render("operator/start.html", title=_("Start"))
