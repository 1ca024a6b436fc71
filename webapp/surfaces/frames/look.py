"""How a frame looks in the page around it: `?theme=dark&accent=1f5eff`. Colours that cannot be read are not taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import get_args

from flask import Response, request, url_for

from webapp.foundation.colours import check_hex
from webapp.foundation.compression import accepts_gzip, zipped
from webapp.foundation.palette import Recipe
from webapp.foundation.theming import BrandTokens, Mode, brand_stylesheet, theme
from webapp.surfaces.shared.current import site

from .blueprint import bp


@dataclass(frozen=True)
class Look:
    """`mode`: light, dark or auto; `stylesheet`: its address, "" where the shop's own will do."""

    mode: str
    stylesheet: str


def asked_look() -> Look:
    """What the frame's address asks for."""
    mode, accent = _mode(), _accent()
    if not mode and not accent:
        return Look(site().brand.mode, "")
    version = str(site().content_version)
    address = url_for("frames.look", theme=mode or None, accent=accent[1:] or None, v=version)
    return Look(mode or site().brand.mode, address)


def _mode() -> Mode | None:
    asked = request.args.get("theme", "")
    return next((mode for mode in get_args(Mode) if mode == asked), None)


def _accent() -> str:
    """#rrggbb, "" for what is no colour: the brand's is shown then."""
    try:
        return check_hex("#" + request.args.get("accent", "").strip().lstrip("#"))
    except ValueError:
        return ""


@bp.get("/look.css")
def look() -> Response:
    """The brand's colours with the accent in the place of its first one; every text on them keeps its contrast."""
    tokens = site().brand
    tokens = replace(tokens, mode=_mode() or tokens.mode)
    if accent := _accent():
        tokens = replace(tokens, brand=accent, accent=None)
    css = _css(tokens, theme(site().theme).recipe)
    answer = Response(css, mimetype="text/css")
    answer.vary.add("Accept-Encoding")
    if accepts_gzip(request.environ):
        answer.set_data(zipped(css.encode()))
        answer.content_encoding = "gzip"
    present = request.args.get("v") == str(site().content_version)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if present else "no-cache"
    return answer


@lru_cache(maxsize=128)
def _css(tokens: BrandTokens, recipe: Recipe) -> str:
    return brand_stylesheet(tokens, recipe)[1]
