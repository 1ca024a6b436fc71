"""The global search of the top bar."""

from __future__ import annotations

from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import search as desk
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.rendering import render

from . import rights
from .blueprint import bp

#: Kind -> the page of one of it: what one may not open is not looked for.
KINDS = {
    "subscribers": "sales.subscriber",
    "domains": "sales.domain",
    "services": "sales.service",
    "proformas": "sales.proforma",
    "invoices": "sales.invoice",
}


@bp.get("/search")
def search() -> str:
    """Everything that contains what was typed."""
    text = wanted("q")
    open_kinds = [kind for kind, endpoint in KINDS.items() if rights.may_open(endpoint)]
    with database().reading() as session:
        found = desk.everything(session, text, open_kinds) if text else None
    return render("sales/search.html", title=_("Search"), text=text, found=found)
