"""The shop's icons, its manifest for home screens and pictures for social networks, as a job made them of the brand."""

from __future__ import annotations

import logging
from typing import TypeVar

from flask import Response, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.foundation.colours import on_colour
from webapp.foundation.refusal import NotFound
from webapp.foundation.uploads import UploadRefused
from webapp.foundation.web import the_app
from webapp.providers.errors import ProviderError
from webapp.reseller.cms import queries as cms
from webapp.reseller.partners import brand_assets
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared.current import database, site, storage
from webapp.surfaces.shared.rendering import environment, theme_colours

from .blueprint import bp

log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer", bound=BaseResponse)

#: These addresses stay the same when the picture changes.
_DAY = "public, max-age=86400"
_TYPES = {"ico": "image/vnd.microsoft.icon", "png": "image/png"}


@bp.get("/favicon.ico")
def favicon() -> BaseResponse:
    """Where browsers look that were not told better: 16, 32 and 48 pixels."""
    return _served(site().icons.ico) or _drawn_instead()


@bp.get("/apple-touch-icon.png")
def apple_icon() -> BaseResponse:
    """For home screens: 180 pixels, without a transparent corner."""
    found = _served(site().icons.apple)
    if found is None:
        abort(404)
    return found


@bp.get("/icon.svg")
def icon() -> BaseResponse:
    """Until the job has run: the shop's first letter on its colour."""
    shop = site()
    letter = next((char.upper() for char in shop.name if char.isalnum()), "•")
    colours = {"ground": shop.brand.brand, "ink": on_colour(shop.brand.brand)}
    drawn = environment().get_template("storefront/icon.svg").render(letter=letter, **colours)
    return _kept(Response(drawn, mimetype="image/svg+xml"))


def _drawn_instead() -> BaseResponse:
    return _kept(redirect(url_for("storefront.icon"), 302))


@bp.get("/site.webmanifest")
def manifest() -> Response:
    """https://www.w3.org/TR/appmanifest/: what a shop is called and looks like on a home screen."""
    shop, colours = site(), theme_colours()
    answer = jsonify(
        {
            "name": shop.name,
            "short_name": shop.name[:12].strip(),
            "id": "/",
            "start_url": "/",
            "display": "browser",
            "lang": shop.locale,
            "theme_color": shop.brand.brand,
            "background_color": colours[0][1],
            "icons": _manifest_icons(),
        }
    )
    answer.mimetype = "application/manifest+json"
    return _kept(answer)


def _manifest_icons() -> list[dict[str, str]]:
    icons = site().icons
    files = (("192x192", icons.icon_192, "any"), ("512x512", icons.icon_512, "any"))
    made = [
        {"src": url_for("shared.media", name=name), "sizes": size, "type": "image/png", "purpose": purpose}
        for size, name, purpose in (*files, ("512x512", icons.maskable, "maskable"))
        if name
    ]
    return made or [{"src": url_for("storefront.icon"), "sizes": "any", "type": "image/svg+xml"}]


@bp.get("/social.png")
def social() -> BaseResponse:
    """The shop's own picture for social networks."""
    found = _served(site().icons.social)
    if found is None:
        abort(404)
    return found


@bp.get("/social/<int:page_id>.png")
def page_social(page_id: int) -> BaseResponse:
    """The picture of a published page that has none of its own: its title, drawn when it is first asked for."""
    with database().reading() as session:
        title = cms.published_title(session, page_id)
        made_of = brand_assets.recipe(partners.partner(session), partners.brand(session))
    if title is None:
        raise NotFound
    the_app().limiter.check("drawing", account=None, ip=request.remote_addr, tenant=site().partner_id)
    try:
        name = brand_assets.social_picture(storage(), made_of, title)
    except (UploadRefused, ProviderError):
        log.exception("a social picture cannot be drawn")
        name = site().icons.social
    return _served(name) or abort(503)


def _served(name: str) -> BaseResponse | None:
    """A picture that was made, from the storage; None when there is none."""
    try:
        content = storage().get(name) if name else None
    except ProviderError:
        log.exception("an icon cannot be read")
        return None
    if content is None:
        return None
    answer = Response(content, mimetype=_TYPES[name.rpartition(".")[2]])
    # Social networks and other sites show it.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.set_etag(name.partition(".")[0])
    return _kept(answer).make_conditional(request.environ)


def _kept(answer: _Answer) -> _Answer:
    answer.headers["Cache-Control"] = _DAY
    return answer
