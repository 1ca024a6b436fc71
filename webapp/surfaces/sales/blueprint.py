"""The blueprint: closed to all but role "staff", except for views that are marked `@public`."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, request, url_for

from webapp.foundation import tenancy
from webapp.foundation.i18n import LANGUAGE_NAMES, PANEL_NAMES
from webapp.surfaces.shared.current import person, site
from webapp.surfaces.shared.panels import frame
from webapp.surfaces.shared.people import guard
from webapp.surfaces.shared.words import posting_word

from . import rights
from .events import say
from .sections import sections
from .words import day_of, rate_text

#: Words that pages and fragments alike may use.
WORDS = {"say_event": say, "day_of": day_of, "posting_word": posting_word, "rate_text": rate_text}
WORDS |= {"may": rights.may, "may_open": rights.may_open}

bp = Blueprint("sales", __name__, subdomain="sales")
guard(bp, "staff")
bp.before_request(rights.check)


@bp.context_processor
def _frame() -> dict[str, Any]:
    """What the shell needs. A visitor sees no sections."""
    # The page for an unexpected error is drawn outside of any scope, and must not ask the database that failed.
    if person() is None or not tenancy.is_entered():
        return frame("sales") | WORDS
    dark = site().logo_dark
    tools = {
        "logo_dark_url": url_for("shared.media", name=dark) if dark else None,
        "search_url": url_for("sales.search") if rights.may_open("sales.search") else None,
        "settings_url": url_for("sales.settings"),
        "languages": LANGUAGE_NAMES,
        "panel_languages": PANEL_NAMES,
        "language_url": url_for("sales.language"),
        "here": request.full_path.rstrip("?") if request.method == "GET" else url_for("sales.start"),
    }
    return frame("sales") | tools | WORDS | {"sections": _when_drawn()}


def _when_drawn() -> Iterator[Any]:
    """The sections, counted only where they are drawn: a fragment has none, unless a form led it to a whole page."""
    yield from sections()
