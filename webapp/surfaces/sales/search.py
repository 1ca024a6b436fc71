"""The global search of the top bar."""

from __future__ import annotations

from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import search as desk
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.get("/search")
def search() -> str:
    """Everything that contains what was typed."""
    text = wanted("q")
    with database().reading() as session:
        found = desk.everything(session, text) if text else None
    return render("sales/search.html", title=_("Search"), text=text, found=found, shown=desk.SHOWN)
