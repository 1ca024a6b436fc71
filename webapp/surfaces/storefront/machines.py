"""What programs ask a shop for: robots.txt and the site map."""

from __future__ import annotations

from flask import Response

from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.queries import PublicPage
from webapp.surfaces.shared.current import database, is_spare, site
from webapp.surfaces.shared.rendering import environment

from .blueprint import bp
from .seo import absolute_url

_DAY = "public, max-age=86400"
#: Personal or endless addresses.
_NOT_FOR_ROBOTS = ("/account/", "/me", "/*/cart", "/*/checkout", "/*/domains?", "/*/ad/")


@bp.get("/robots.txt")
def robots() -> Response:
    """RFC 9309. A spare host is closed to nobody: a robot must be able to read there that it should forget the page."""
    rules = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS), ""]
    where = (
        f"# The shop stands at {absolute_url('/')}" if is_spare(site()) else f"Sitemap: {absolute_url('/sitemap.xml')}"
    )
    return _kept_a_day("\n".join([*rules, where, ""]), "text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every published page with its other languages (sitemaps.org, hreflang as Google reads it)."""
    with database().reading() as session:
        rows = cms.public_pages(session)
    spoken = [row for row in rows if row.locale in site().locales and not row.noindex]
    by_key: dict[str, dict[str, str]] = {}
    for row in spoken:
        by_key.setdefault(row.key, {})[row.locale] = absolute_url(cms.page_path(row.locale, row.slug))
    pages = [
        {"at": row.at, "url": by_key[row.key][row.locale], "languages": _alternates(by_key[row.key], row)}
        for row in spoken
    ]
    return _kept_a_day(environment().get_template("storefront/sitemap.xml").render(pages=pages), "application/xml")


def _alternates(languages: dict[str, str], row: PublicPage) -> dict[str, str]:
    """As the page's own head says it: every language, and the one for all others."""
    default = absolute_url("/") if row.slug == "" else languages.get(site().locale, languages[row.locale])
    return languages | {"x-default": default}


def _kept_a_day(text: str, mimetype: str) -> Response:
    answer = Response(text, mimetype=mimetype)
    answer.headers["Cache-Control"] = _DAY if mimetype != "application/xml" else "no-cache"
    return answer
