"""The blueprint: closed to all but role "operator", except for views that are marked `@public`."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, request, url_for

from webapp.foundation.i18n import LANGUAGE_NAMES, PANEL_NAMES
from webapp.surfaces.shared.current import person
from webapp.surfaces.shared.panels import frame
from webapp.surfaces.shared.people import guard
from webapp.surfaces.shared.words import job_word, posting_word, work_word

from .sections import sections

#: Words that pages and fragments alike may use. The operator looks at many zones at once: times are UTC.
WORDS = {"job_word": job_word, "posting_word": posting_word, "work_word": work_word, "zone": "UTC"}

bp = Blueprint("operator", __name__, subdomain="operator")
guard(bp, "operator")


@bp.context_processor
def _frame() -> dict[str, Any]:
    if person() is None:
        return frame("operator")
    tools = {
        "languages": LANGUAGE_NAMES,
        "panel_languages": PANEL_NAMES,
        "language_url": url_for("operator.language"),
        "here": request.full_path.rstrip("?") if request.method == "GET" else url_for("operator.start"),
    }
    return frame("operator") | tools | WORDS | {"sections": _when_drawn()}


def _when_drawn() -> Iterator[Any]:
    """The sections, counted only where they are drawn: a fragment has none, unless a form led it to a whole page."""
    yield from sections()
