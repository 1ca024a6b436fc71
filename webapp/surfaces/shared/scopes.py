"""The scope of a request: whose data, which language, under which id in the log."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import g, request

from webapp.foundation import i18n, tenancy
from webapp.foundation.logs import log_context
from webapp.foundation.site import Site
from webapp.foundation.web import the_app

from .current import Person, arrival, person


@contextmanager
def request_scope() -> Iterator[None]:
    """Around the whole of a request."""
    here = arrival()
    g.site = here.site
    g.request_id = secrets.token_hex(8)
    # The panels' tenant is that of the person, so they are looked up first; shop pages ask only when they must.
    someone = person() if here.surface in ("sales", "operator") else None
    scope = _scope(here.surface, g.get("site"), someone)
    with ExitStack() as stack:
        stack.enter_context(_described())
        if scope is not None:
            stack.enter_context(tenancy.entered(scope))
        g.language = _language(here.surface, g.get("site"), someone)
        stack.enter_context(i18n.use_locale(g.language))
        yield


@contextmanager
def error_scope() -> Iterator[None]:
    """Around the page for an unexpected error: language and log id only."""
    with _described(), i18n.use_locale(g.get("language") or _negotiated(g.get("site"))):
        yield


@contextmanager
def _described() -> Iterator[None]:
    site: Site | None = g.get("site")
    with log_context(g.get("request_id"), site.code if site else None):
        yield


def _scope(surface: str, site: Site | None, someone: Person | None) -> tenancy.Scope | None:
    if surface in ("shop", "sales"):
        return tenancy.Tenant(site.partner_id) if site else None
    return tenancy.Platform("operator") if surface == "operator" and someone else None


def _language(surface: str, site: Site | None, someone: Person | None) -> str:
    """Shop: the path decides, then `?lang=`, then the signed-in user, then the browser. Panels: the person's own."""
    if surface == "shop" and site is not None:
        chosen = g.chosen_language = _chosen_language(site)
        if request.endpoint in _IN_FIRST_LANGUAGE:
            return chosen or site.locale
        # Only addresses without a language ask who is there.
        someone = person() if chosen is None and request.endpoint not in ANONYMOUS else None
        return chosen or (someone.locale if someone and someone.locale in site.locales else _negotiated(site))
    return i18n.panel_language(someone.locale) if someone else _negotiated(site)


#: Shop addresses without a language in their path that must not ask who is there.
ANONYMOUS = frozenset(
    (
        *("storefront.root", "storefront.robots", "storefront.sitemap", "storefront.icon", "storefront.favicon"),
        *("storefront.apple_icon", "storefront.manifest", "storefront.social", "storefront.page_social"),
        "storefront.gateway_notify",
        *("shared.theme_css", "shared.media", "frames.shell", "frames.look", "embed.loader"),
    )
)
#: What is kept for everybody under an address that names no language: it speaks the shop's first one.
_IN_FIRST_LANGUAGE = frozenset(("frames.shell",))


def _chosen_language(site: Site) -> str | None:
    """The language that the address names, if the shop speaks it."""
    named = (request.view_args or {}).get("lang") or request.args.get("lang")
    return named if named in site.locales else None


def _negotiated(site: Site | None) -> str:
    if site is None:
        return i18n.negotiate(request.headers.get("Accept-Language"), i18n.PANEL, i18n.SOURCE)
    return i18n.negotiate(request.headers.get("Accept-Language"), site.locales, site.locale)


def carry_language(endpoint: str, values: dict[str, object]) -> None:
    """Links of a shop keep the language of the page: in the path where there is a place, else as `?lang=`."""
    site: Site | None = g.get("site")
    if arrival().surface != "shop" or site is None or "lang" in values:
        return
    if the_app().url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = i18n.current_locale()
    elif endpoint not in ANONYMOUS and g.get("chosen_language"):
        values["lang"] = g.chosen_language
