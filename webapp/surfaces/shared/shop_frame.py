"""What stands around every page of a shop: menus, company, icon, languages. Templates get it by a context processor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g, request, url_for

from webapp.foundation import clock, i18n, tenancy
from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import campaigns
from webapp.reseller.cms.campaigns import Timetable
from webapp.reseller.cms.menus import MenuLink, linked_blocks
from webapp.reseller.cms.menus import menus as shown_menus
from webapp.reseller.partners import branding
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from .current import blocks, database, site
from .kept import kept
from .rendering import at_shop


@dataclass(frozen=True)
class Issuer:
    """The company behind the shop, as its footer and its forms name it."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    tax_id: str
    email: str
    phone: str

    @property
    def address(self) -> str:
        """In one line."""
        place = f"{self.postcode} {self.city}".strip()
        return ", ".join(part for part in (self.street, place) if part)

    @property
    def tax_number(self) -> str:
        """With its usual name in front."""
        return _("Tax number: %(number)s", number=self.tax_id) if self.tax_id else ""


@dataclass(frozen=True)
class _Facts:
    issuer: Issuer
    ads: Timetable


def live_ads() -> tuple[frozenset[str], datetime | None]:
    """Places in which an advertisement may stand now, and the next instant at which that changes by itself."""
    return _facts().ads.at(clock.now())


def issuer() -> Issuer:
    """The company behind this shop."""
    return _facts().issuer


def _facts() -> _Facts:
    return kept("frame", _load)


def _load() -> _Facts:
    with database().reading() as session:
        return _Facts(_issuer(partners.partner(session)), campaigns.timetable(session, clock.now()))


def _issuer(partner: Partner) -> Issuer:
    fields = ("street", "postcode", "city", "country", "tax_id", "email", "phone")
    return Issuer(name=partner.legal_name, **{field: getattr(partner, field) for field in fields})


def frame() -> dict[str, Any]:
    """Variables of layout.html; nothing at other doors, nor on the page for an unexpected error (it asks nobody)."""
    if not at_shop() or not tenancy.is_entered():
        return {}
    facts, menus = _facts(), kept("menus", _offered_links)
    return {
        # What pages extend that the frames show too, in a layout of theirs.
        "layout": "layout.html",
        "menu": [_current(link) for link in menus["header"]],
        "footer_menu": _columns(menus),
        "no_domains": "domains" not in site().modules,
        "no_shopping": not site().modules & frozenset(branding.MODULES),
        "legal_menu": menus["legal"],
        "issuer": facts.issuer,
        "ad_positions": live_ads()[0],
        "icon_url": url_for("storefront.icon"),
        "alternates": here_in_other_languages(),
    }


def _current(link: MenuLink) -> dict[str, Any]:
    children = [_current(child) for child in link.children]
    here = link.href == request.path
    inside = here or any(child["current"] for child in children)
    return {"label": link.label, "href": link.href, "current": here, "inside": inside, "children": children}


def _columns(menus: dict[str, list[MenuLink]]) -> list[dict[str, Any]]:
    columns = ((_("Good to know"), menus["footer"]), (_("Documents"), menus["documents"]))
    return [{"title": title, "links": links} for title, links in columns if links]


#: Views of the shop, and the modules of which one must be offered for them.
_LEADS = (
    ("search", frozenset({"domains"})),
    ("cart", frozenset(branding.MODULES)),
    ("checkout", frozenset(branding.MODULES)),
    ("hosting", frozenset({"hosting"})),
    ("certificates", frozenset({"certificates"})),
    ("more_products", frozenset({"other"})),
)


def _offered_links() -> dict[str, list[MenuLink]]:
    """The menus without lines to what is not offered (H-20): views of the shop, pages that open with such a block."""
    modules, locale = site().modules, i18n.current_locale()
    with database().reading() as session:
        links, linked = shown_menus(session, locale), linked_blocks(session, locale)
    views = tuple(url_for(f"storefront.{view}") for view, needs in _LEADS if not needs & modules)
    known = blocks().by_name
    first = {path: known.get(types[0]) for path, types in linked.items() if types}
    pages = {path for path, block in first.items() if block is not None and not block.offered(modules)}
    return {place: _without(lines, views, pages) for place, lines in links.items()}


def _without(links: Sequence[MenuLink], views: tuple[str, ...], pages: Collection[str]) -> list[MenuLink]:
    """A line that leads nowhere any more stays as the heading of those below it."""
    kept: list[MenuLink] = []
    for link in links:
        address = link.href.partition("?")[0]
        href = "" if address in pages or address.startswith(views) else link.href
        children = tuple(_without(link.children, views, pages))
        if href or children:
            kept.append(replace(link, href=href, children=children))
    return kept


def here_in_other_languages() -> dict[str, str]:
    """locale -> address of the present page in that language; the home page where this one cannot be asked for."""
    return {locale: _here(locale) for locale in site().locales}


def _here(locale: str) -> str:
    rule, endpoint = request.url_rule, request.endpoint
    if endpoint is None or rule is None or "GET" not in (rule.methods or ()) or g.get("fragment"):
        return url_for("storefront.home", lang=locale)
    # Of the query only what was searched for: anything else could be a name that url_for understands.
    question = {"q": request.args["q"]} if "q" in request.args else {}
    return url_for(endpoint, **{**question, **(request.view_args or {}), "lang": locale})
