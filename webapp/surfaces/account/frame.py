"""What stands around every page behind the sign-in: the panel's menu, the person's accounts, what was just done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import request, session, url_for

from webapp.foundation import clock, i18n, tenancy
from webapp.foundation.i18n import gettext as _
from webapp.reseller.catalog import plans
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, NameWatch, Service
from webapp.surfaces.shared.current import database, person, site
from webapp.surfaces.shared.rendering import notice, warnings

from . import mine
from .blueprint import bp


@bp.context_processor
def frame() -> dict[str, Any]:
    """Variables of account/layout.html; nothing for the pages where one signs in, nor for an unexpected error's."""
    someone = person() if tenancy.is_entered() else None
    if someone is None:
        return {}
    return {
        "who": someone,
        "sections": _sections(),
        "accounts": mine.accesses(),
        "account": mine.access(),
        "may": mine.may,
        "day": day,
        "today": clock.today(site().timezone),
        "banner": _banner(),
        # Who came from a frame goes back to it by the window that hands sign-ins over (surfaces/frames/auth.py).
        "back_to": urlsplit(session.get("back") or "").netloc,
        "notice": notice(),
        "warnings": warnings(),
    }


def day(instant: datetime) -> date:
    """The date of an instant where the shop is."""
    return instant.astimezone(ZoneInfo(site().timezone)).date()


def _banner() -> dict[str, Any] | None:
    """The partner's banner (H-58) in the reader's language, or in the shop's first one."""
    shown = site().banner
    if shown is None:
        return None
    words = dict(shown.alt)
    alt = words.get(i18n.current_locale()) or words.get(site().locale, "")
    src = url_for("shared.media", name=shown.file)
    size = {"width": shown.width, "height": shown.height}
    return {"src": src, "link": shown.link, "alt": alt, "outside": not shown.link.startswith("/"), **size}


#: What a section is about, and the modules of which one must be offered for it; what one has keeps it there (H-20).
_NEEDS: dict[str, tuple[type[Domain | Service | NameWatch], frozenset[str]]] = {
    "domains": (Domain, frozenset({"domains"})),
    "services": (Service, frozenset(plans.MODULES.values())),
    "watches": (NameWatch, frozenset({"domains"})),
}


def _shown(view: str) -> bool:
    if not mine.may("view"):
        return False
    model, modules = _NEEDS[view]
    if modules & site().modules:
        return True
    with database().reading() as found:
        return services.exist(found, model, mine.account_id())


#: Pages that have no section of their own -> the one in which they are.
_BELOW = {
    **dict.fromkeys(("consents", "my_data"), "profile"),
    **dict.fromkeys(("readdress_proforma", "pay_several", "pay_chosen"), "proformas"),
}


def _sections() -> list[dict[str, Any]]:
    return [
        _section(_("Overview"), "house", "start"),
        *([_section(_("Domains"), "globe", "domains")] if _shown("domains") else []),
        *([_section(_("Services"), "server", "services")] if _shown("services") else []),
        *([_section(_("Proformas"), "receipt-text", "proformas")] if mine.may(*mine.PAPERS) else []),
        *([_section(_("Invoices"), "file-text", "invoices")] if mine.may(*mine.PAPERS) else []),
        *([_section(_("Payments"), "wallet", "payments")] if mine.may(*mine.PAPERS) else []),
        *([_section(_("Messages"), "mail", "messages")] if mine.may("view") else []),
        *([_section(_("Legal documents"), "scale", "documents")] if mine.may("view") else []),
        *([_section(_("Watched names"), "bell", "watches")] if _shown("watches") else []),
        _section(_("Your details"), "user", "profile"),
    ]


def _section(label: str, icon: str, view: str) -> dict[str, Any]:
    here = (request.endpoint or "").removeprefix("account.")
    here = _BELOW.get(here, here)
    return {
        "label": label,
        "icon": icon,
        "href": url_for(f"account.{view}"),
        # "proforma" belongs to "proformas"
        "current": here == view or (view != "start" and here.split("_")[0] == view.removesuffix("s")),
    }
