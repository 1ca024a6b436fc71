"""The sections of the panel's navigation, in groups. A page family adds its line here."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request, url_for

from webapp.foundation.i18n import N_, gettext
from webapp.reseller.desk import work
from webapp.surfaces.shared.current import database, signed_in


class Section(NamedTuple):
    """Label, icon, endpoint of the first page, who sees it."""

    label: str
    icon: str
    endpoint: str
    role: str = "staff"
    #: Stands above a group that needs a name; on its first section.
    heading: str = ""


GROUPS = (
    (Section(N_("Start"), "house", "sales.start"),),
    (
        Section(N_("Domains"), "globe", "sales.domains"),
        Section(N_("Subscribers"), "users", "sales.subscribers"),
    ),
    (
        Section(N_("Proformas"), "receipt-text", "sales.proformas"),
        Section(N_("Settlements"), "wallet", "sales.settlements"),
    ),
    (
        Section(N_("Pages"), "files", "sales.site_pages", heading=N_("Website (CMS)")),
        Section(N_("Menus"), "panels-top-left", "sales.site_menus"),
        Section(N_("Media"), "image", "sales.media"),
        Section(N_("Ads"), "megaphone", "sales.ads"),
        Section(N_("Groups of endings"), "list", "sales.tld_groups", "owner"),
        Section(N_("Legal documents"), "scale", "sales.legal_documents"),
        Section(N_("Own domain"), "globe-lock", "sales.own_hosts", "owner"),
        Section(N_("Addresses"), "link", "sales.site_addresses"),
        Section(N_("Frames"), "frame", "sales.frames_page"),
        Section(N_("Statistics"), "chart-column", "sales.statistics"),
    ),
    (
        Section(N_("Prices"), "tags", "sales.prices", "owner"),
        Section(N_("Notifications"), "mail", "sales.messages"),
        Section(N_("Log"), "history", "sales.log"),
        Section(N_("Settings"), "settings", "sales.settings"),
    ),
)


def sections() -> list[list[dict[str, Any]]]:
    """What shared/panel_layout.html shows; the present section is marked, what waits for somebody is counted."""
    waiting, owner = _waiting(), signed_in().role == "owner"
    return [
        [_item(section, waiting.get(section.endpoint, 0)) for section in group if owner or section.role == "staff"]
        for group in GROUPS
    ]


def _waiting() -> dict[str, int]:
    """What needs a person, by section."""
    with database().reading() as session:
        return {f"sales.{name}": count for name, count in work.hot_counts(session).items()}


def _item(section: Section, count: int) -> dict[str, Any]:
    href = url_for(section.endpoint)
    at_home = href == "/"
    current = request.path == href if at_home else f"{request.path}/".startswith(f"{href}/")
    look = {"label": gettext(section.label), "icon": section.icon, "href": href}
    look |= {"heading": gettext(section.heading)} if section.heading else {}
    return look | {"count": count or None, "hot": count > 0, "current": current}
