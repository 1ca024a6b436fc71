"""The shop's first page in a look that its partner is trying on: the same page, another theme or other colours."""

from __future__ import annotations

from dataclasses import replace

from flask import g, make_response, url_for
from werkzeug.wrappers import Response

from webapp.foundation import clock, i18n
from webapp.foundation.palette import Recipe
from webapp.foundation.refusal import NotFound
from webapp.foundation.theming import brand_stylesheet, theme
from webapp.reseller.cms import queries as cms
from webapp.surfaces.shared import current, look_tokens
from webapp.surfaces.shared.look_tokens import Look
from webapp.surfaces.shared.rendering import assembled

from .blueprint import bp
from .pages import page_values, unwritten


@bp.get("/<lang:lang>/look/<token>")
def look(token: str) -> Response:
    """The home page as it would be. Nothing of it is kept: what is kept belongs to the present look."""
    chosen = _chosen(token)
    g.site = shop = replace(current.site(), theme=chosen.theme, brand=chosen.brand)
    own = {"theme_css_url": url_for("storefront.look_css", token=token)}
    with current.database().reading() as session:
        published = cms.published_version(session, i18n.current_locale(), "")
        view = cms.page_version(session, *published) if published else None
        parts = page_values(session, view, clock.today(shop.timezone)) if view else None
    if parts is None:
        return _unlisted(make_response(unwritten(**own)))
    # Who tries on a look has not seen an advertisement.
    values = parts.values | own | {"ad_positions": frozenset()}
    return _unlisted(make_response(assembled("storefront/page.html", values)))


@bp.get("/<lang:lang>/look/<token>/brand.css")
def look_css(token: str) -> Response:
    """The stylesheet of that look."""
    chosen = _chosen(token)
    recipe: Recipe = theme(chosen.theme).recipe
    answer = make_response(brand_stylesheet(chosen.brand, recipe)[1])
    answer.mimetype = "text/css"
    return _unlisted(answer)


def _chosen(token: str) -> Look:
    found = look_tokens.read(token, current.site().partner_id)
    if found is None:
        raise NotFound
    return found


def _unlisted(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
