"""Rendering: `render("storefront/home.html", ...)` in the shop's theme, or plainly at the other doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import g, get_flashed_messages, request, session
from jinja2 import Environment

from webapp.foundation import clock, i18n, warm_pages
from webapp.foundation.csrf import generate_csrf
from webapp.foundation.headers import hsts_changes
from webapp.foundation.palette import Recipe, roles
from webapp.foundation.site import Site
from webapp.foundation.theming import BrandTokens, brand_stylesheet, theme, theme_environment
from webapp.foundation.web import WebApp, the_app

from .current import arrival


def init_rendering(app: WebApp) -> None:
    """Filters and globals of every template; what depends on the request is added by `render`."""
    i18n.setup(app.jinja_env)
    app.jinja_env.globals.update(static_url=app.statics.url, csrf_token=generate_csrf)


def render(template: str, /, **context: Any) -> str:
    """The page or fragment. Adds site, locale, theme_css_url, logo_url and what the surface's own processor gives."""
    values = _common() | context
    the_app().update_template_context(values)
    return environment().get_template(template).render(values)


def assembled(template: str, parts: Mapping[str, Any]) -> str:
    """A page from parts that are kept: it gets site and locale besides them, and no context processor is asked."""
    return environment().get_template(template).render(parts, site=g.site, locale=i18n.current_locale())


def shell() -> dict[str, Any]:
    """What layout.html needs besides header and footer, to be kept with them: it belongs to the content version."""
    return {name: value for name, value in _common().items() if name not in ("site", "locale")}


def prepared(template: str, /, **context: Any) -> Callable[..., str]:
    """A template to be rendered after the request has ended, for answers that are streamed: `later(row=...)`.

    It then knows the language and what it is given here, but has neither addresses (url_for) nor a session.
    """
    values = _common() | context
    ready, locale = environment().get_template(template), i18n.current_locale()

    def later(**more: Any) -> str:
        with i18n.use_locale(locale):
            return ready.render(values | more)

    return later


def environment() -> Environment:
    """The overlay of the shop's theme; that of the base theme at the other doors."""
    site: Site | None = g.get("site")
    return theme_environment(the_app().jinja_env, site.theme if site and at_shop() else "base")


def at_shop() -> bool:
    """True on a shop's host."""
    return arrival().surface == "shop"


def _common() -> dict[str, Any]:
    site: Site | None = g.get("site")
    return {
        "site": site,
        "locale": i18n.current_locale(),
        "theme_css_url": the_app().url_for("shared.theme_css", digest=stylesheet()[0]),
        "font_files": theme(site.theme).font_files(site.brand.fonts) if site and at_shop() else (),
        "logo_url": the_app().url_for("shared.media", name=site.logo) if site and site.logo else None,
        "icon_url": None,
        "icon_links": _icon_links(site) if site and at_shop() else {},
        "theme_colours": theme_colours(),
    }


def _icon_links(site: Site) -> dict[str, str]:
    """Addresses of what a job made of the brand; empty until it has run."""
    if not site.icons.ico:
        return {}
    media = {"png": site.icons.icon_192, "apple": site.icons.apple}
    links = {name: the_app().url_for("shared.media", name=file) for name, file in media.items()}
    own = {"ico": "storefront.favicon", "manifest": "storefront.manifest"}
    return links | {name: the_app().url_for(endpoint) for name, endpoint in own.items()}


def theme_colours() -> list[tuple[str, str]]:
    """(mode, page colour) for the browser's own frame: "light" and "dark", or the brand's only one."""
    site: Site | None = g.get("site")
    if site is None or not at_shop():
        return []
    modes = ("light", "dark") if site.brand.mode == "auto" else (site.brand.mode,)
    return [(mode, _ground(site.brand, theme(site.theme).recipe, mode == "dark")) for mode in modes]


@lru_cache(maxsize=512)
def _ground(brand: BrandTokens, recipe: Recipe, dark: bool) -> str:
    return roles(brand.brand, brand.accent or brand.brand, "base", dark, recipe)["bg"]


def stylesheet() -> tuple[str, str]:
    """(hash, CSS) of the partner's brand at a shop; of the product's own colours at the other doors."""
    site: Site | None = g.get("site")
    if site is None or not at_shop():
        return _stylesheet(BrandTokens(), Recipe())
    return _stylesheet(site.brand, theme(site.theme).recipe)


@lru_cache(maxsize=512)
def _stylesheet(brand: BrandTokens, recipe: Recipe) -> tuple[str, str]:
    return brand_stylesheet(brand, recipe)


def same_for_everybody(until: datetime | None = None) -> None:
    """Let this page be kept and given to everybody until `until` (a price's date) or the next change of content.

    It ends with the next step of its host's HSTS, too: kept pages are kept with their headers.
    Such a page must ask neither who is there nor for a CSRF token; if it does, it is quietly not kept.
    """
    shop: Site | None = g.get("site")
    step = hsts_changes(shop.live_since, clock.now()) if shop and not shop.raw else None
    warm_pages.mark(request.environ, min(filter(None, (until, step)), default=None))


def notice() -> str | None:
    """What the last request left to say (`flask.flash(text)`), once."""
    return " ".join(_left("message")) or None


def warnings() -> list[str]:
    """Why something was not done (`flask.flash(text, "warn")`), once."""
    return _left("warn")


def _left(category: str) -> list[str]:
    # Asking for the messages of an empty session would not change it, but the page would vary by cookie.
    return [str(text) for text in get_flashed_messages(category_filter=[category])] if session else []
