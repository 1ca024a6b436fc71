"""What stands around every view: the layout, the look, and how a script in the frame is told where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, g, request, url_for

from webapp.foundation import tenancy
from webapp.foundation.htmx import lead
from webapp.foundation.theming import theme
from webapp.surfaces.shared.current import arrival, person, settings, site
from webapp.surfaces.shared.people import FRAME_MAIN

from .blueprint import bp
from .look import Look, asked_look
from .views import View, is_open


@dataclass(frozen=True)
class Shell:
    """Of the page: `start` is fetched when the frame has a session; `origins` are the pages it may speak to."""

    view: str
    start: str
    origins: tuple[str, ...]
    look: Look
    stylesheet: str | None
    host: str


@bp.context_processor
def around() -> dict[str, Any]:
    """Variables of frames/shell.html and frames/part.html. The page for an unexpected error asks nobody."""
    plain: dict[str, Any] = {"framed": True, "csrf_token": str}
    if not tenancy.is_entered():
        return plain
    plain["no_domains"] = not is_open(site(), "search")
    if getattr(request, "is_htmx", False):
        return plain | {"layout": "frames/part.html", "signed": _signed}
    return plain | {"layout": "frames/shell.html", "signed": _signed, "shell": _shell()}


def _signed() -> bool:
    """Asked by the layouts; the page that is the same for everybody must not."""
    return "frame_view" not in g and person() is not None


def _shell() -> Shell:
    view: View | None = g.get("frame_view")
    look, stylesheet = asked_look(), theme(site().theme).stylesheet
    start = url_for(f".{view.start}") if view else request.path
    return Shell(view.name if view else "", start, allowed_origins(), look, stylesheet, arrival().host)


def own_origin() -> str:
    """Of the host at which this frame answers."""
    return settings().origin(arrival().host)


def allowed_origins() -> tuple[str, ...]:
    """Whose pages may show a frame of this shop: the partner's sites, the shop's own, the panel's preview."""
    return (*site().frame_origins, own_origin(), settings().door("panel"))


@bp.after_request
def lead_on(answer: Response) -> Response:
    """A redirect as htmx can follow it: fetch would follow by itself, with the session from before this answer."""
    if not getattr(request, "is_htmx", False) or not 300 < answer.status_code < 304:
        return answer
    there = answer.headers.pop("Location")
    answer.set_data(b"")
    answer.status_code = 204
    return lead(answer, there, FRAME_MAIN)
