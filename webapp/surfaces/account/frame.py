"""What stands around every page behind the sign-in: the panel's menu, the person's accounts, what was just done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for

from webapp.foundation import clock, tenancy
from webapp.foundation.i18n import gettext as _
from webapp.surfaces.shared.current import person, site
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
        "notice": notice(),
        "warnings": warnings(),
    }


def day(instant: datetime) -> date:
    """The date of an instant where the shop is."""
    return instant.astimezone(ZoneInfo(site().timezone)).date()


def _sections() -> list[dict[str, Any]]:
    return [
        _section(_("Overview"), "house", "start"),
        *([_section(_("Domains"), "globe", "domains")] if mine.may("view") else []),
        *([_section(_("Proformas"), "receipt-text", "proformas")] if mine.may(*mine.PAPERS) else []),
        *([_section(_("Messages"), "mail", "messages")] if mine.may("view") else []),
        *([_section(_("Legal documents"), "scale", "documents")] if mine.may("view") else []),
        *([_section(_("Watched names"), "bell", "watches")] if mine.may("view") else []),
        _section(_("Your details"), "user", "profile"),
    ]


def _section(label: str, icon: str, view: str) -> dict[str, Any]:
    here = (request.endpoint or "").removeprefix("account.")
    return {
        "label": label,
        "icon": icon,
        "href": url_for(f"account.{view}"),
        # "proforma" belongs to "proformas"
        "current": here == view or (view != "start" and here.split("_")[0] == view.removesuffix("s")),
    }
