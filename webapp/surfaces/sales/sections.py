"""The ten sections of the panel's navigation and the pages in them. A page family adds its line here."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request, url_for
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_, gettext
from webapp.reseller.desk import work
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, Service
from webapp.surfaces.shared.current import database, site

from . import rights


class Page(NamedTuple):
    """A page of a section: label and endpoint; absent while the partner offers none of `modules`, unless it shows what
    subscribers have and there is some: `of`."""

    label: str
    endpoint: str
    modules: tuple[str, ...] = ()
    of: type[Domain | Service] | None = None


class Section(NamedTuple):
    """One of the ten sections: its pages open below it while one is in it. Shown with the pages one may open."""

    label: str
    icon: str
    pages: tuple[Page, ...]


class Here(NamedTuple):
    """What is asked once for the whole menu: addresses and counts of what waits, by endpoint; where we are in it."""

    addresses: dict[str, str]
    endpoint: str
    waiting: dict[str, int]


_BY_HAND = ("hosting", "certificates", "other")

#: The ten sections, in their order; settings stand in the top bar.
SECTIONS = (
    Section(N_("Start"), "house", (Page(N_("Start"), "sales.start"),)),
    Section(
        N_("Services"),
        "globe",
        (
            Page(N_("Domains"), "sales.domains", ("domains",), Domain),
            Page(N_("Hosting and certificates"), "sales.services", _BY_HAND, Service),
            Page(N_("To do by hand"), "sales.tasks", _BY_HAND, Service),
            Page(N_("Renewals"), "sales.renewals"),
            Page(N_("Products"), "sales.products", _BY_HAND),
            Page(N_("Offered services"), "sales.offered_services"),
        ),
    ),
    Section(N_("Subscribers"), "users", (Page(N_("Subscribers"), "sales.subscribers"),)),
    Section(
        N_("Payments and settlements"),
        "wallet",
        (
            Page(N_("Proformas"), "sales.proformas"),
            Page(N_("Settlements"), "sales.settlements"),
            Page(N_("Bank statements"), "sales.bank_page"),
            Page(N_("Online payments"), "sales.online_payments"),
            Page(N_("VAT invoices"), "sales.invoices"),
        ),
    ),
    Section(N_("Notifications"), "mail", (Page(N_("Notifications"), "sales.messages"),)),
    Section(
        N_("Price lists for subscribers"),
        "tags",
        (
            Page(N_("Prices"), "sales.prices"),
            Page(N_("Price groups"), "sales.price_groups"),
            Page(N_("Promotions"), "sales.promotions"),
            Page(N_("Discount codes"), "sales.codes"),
            Page(N_("Wholesale prices"), "sales.wholesale_prices"),
        ),
    ),
    Section(N_("Price types"), "list-checks", (Page(N_("Price types"), "sales.tld_facts", ("domains",)),)),
    Section(N_("Frames"), "frame", (Page(N_("Frames"), "sales.frames_page"),)),
    Section(
        N_("Shop website (CMS)"),
        "panels-top-left",
        (
            Page(N_("Pages"), "sales.site_pages"),
            Page(N_("Menus"), "sales.site_menus"),
            Page(N_("Media"), "sales.media"),
            Page(N_("Ads"), "sales.ads"),
            Page(N_("Groups of endings"), "sales.tld_groups", ("domains",)),
            Page(N_("Legal documents"), "sales.legal_documents"),
            Page(N_("Own domain"), "sales.own_hosts"),
            Page(N_("Addresses"), "sales.site_addresses"),
            Page(N_("Statistics"), "sales.statistics"),
        ),
    ),
    Section(N_("Log"), "history", (Page(N_("Log"), "sales.log"),)),
)


def sections() -> list[list[dict[str, Any]]]:
    """What shared/panel_layout.html shows; the present section is marked, what waits for somebody is counted."""
    with database().reading() as session:
        waiting = {f"sales.{name}": count for name, count in work.hot_counts(session).items()}
        opened = _opened(session)
    addresses = {page.endpoint: url_for(page.endpoint) for section in SECTIONS for page in section.pages}
    here = Here(addresses, _here(addresses), waiting)
    return [[item for section in SECTIONS if (item := _section(section, opened, here)) is not None]]


def _opened(session: Session) -> set[str]:
    """Endpoints of the pages that the person may open and that are not switched off."""
    mine = [page for section in SECTIONS for page in section.pages if rights.may_open(page.endpoint)]
    off = {page for page in mine if page.modules and site().modules.isdisjoint(page.modules)}
    had = {model for model in {page.of for page in off} if model and services.exist(session, model)}
    return {page.endpoint for page in mine if page not in off or page.of in had}


def _here(addresses: dict[str, str]) -> str:
    """The endpoint of the menu to which this page belongs: the one whose address is the longest beginning of it."""
    path = f"{request.path}/"
    inside = [endpoint for endpoint, href in addresses.items() if href != "/" and path.startswith(f"{href}/")]
    if not inside:
        return "sales.start" if request.path == "/" else ""
    return max(inside, key=lambda endpoint: len(addresses[endpoint]))


def _section(section: Section, opened: set[str], here: Here) -> dict[str, Any] | None:
    pages = [_page(page, here) for page in section.pages if page.endpoint in opened]
    if not pages:
        return None
    count = sum(page["count"] or 0 for page in pages)
    inside = any(page["current"] for page in pages)
    below = pages if inside and len(pages) > 1 else []
    look = {"label": gettext(section.label), "icon": section.icon, "href": pages[0]["href"], "pages": below}
    return look | {"count": None if below else count or None, "hot": count > 0, "current": inside and not below}


def _page(page: Page, here: Here) -> dict[str, Any]:
    count = here.waiting.get(page.endpoint, 0)
    current = page.endpoint == here.endpoint
    look = {"label": gettext(page.label), "href": here.addresses[page.endpoint], "current": current}
    return look | {"count": count or None, "hot": count > 0}
