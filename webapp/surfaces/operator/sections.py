"""The sections of the panel's navigation, in groups. A page family adds its line here."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from webapp.foundation.i18n import N_, gettext

#: Groups of (label, icon, endpoint of the section's first page).
GROUPS = (
    [(N_("Start"), "house", "operator.start")],
    [
        (N_("Partners"), "store", "operator.partners"),
        (N_("Messages to partners"), "megaphone", "operator.notice_list"),
    ],
    [(N_("Wholesale prices"), "tags", "operator.wholesale"), (N_("Books"), "book-open", "operator.books")],
)


def sections() -> list[list[dict[str, Any]]]:
    """What shared/panel_layout.html shows; the present section is marked."""
    return [[_item(*section) for section in group] for group in GROUPS]


def _item(label: str, icon: str, endpoint: str) -> dict[str, Any]:
    href = url_for(endpoint)
    at_home = href == "/"
    current = request.path == href if at_home else f"{request.path}/".startswith(f"{href}/")
    return {"label": gettext(label), "icon": icon, "href": href, "count": None, "hot": False, "current": current}
