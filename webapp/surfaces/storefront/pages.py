"""Home and the partner's own pages: the same for everybody, so they are kept whole, and in parts when that is off.

A page that is in no page cache costs one statement: which version is published. Everything that is made from it
belongs to the content version and the business day, and is kept as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from webapp.foundation import clock, i18n
from webapp.foundation.refusal import NotFound
from webapp.foundation.site import Site
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.kit import Bound, Company, Context
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared import current
from webapp.surfaces.shared.kept import kept
from webapp.surfaces.shared.rendering import assembled, environment, render, same_for_everybody, shell
from webapp.surfaces.shared.shop_frame import issuer

from . import seo
from .blueprint import bp


@dataclass(frozen=True)
class _Parts:
    """A page as markup: `values` of page.html. `until`: when a price changes."""

    values: dict[str, Any]
    until: datetime | None


@bp.get("/")
def root() -> Response:
    """To the first page in the visitor's language."""
    answer = redirect(url_for("storefront.home"), 302)
    answer.vary.add("Accept-Language")
    return answer


@bp.get("/<lang:lang>/")
def home() -> str:
    """The home page."""
    return _show("")


@bp.get("/<lang:lang>/page/<slug>")
def page(slug: str) -> str:
    """A page that the partner wrote."""
    return _show(slug)


def _show(slug: str) -> str:
    locale = i18n.current_locale()
    with current.database().reading() as session:
        published = cms.published_version(session, locale, slug)
    if published is None:
        if slug:
            raise NotFound
        return _unwritten()
    today = clock.today(current.site().timezone)
    parts = kept("page", lambda: _parts(*published, today), published, today)
    same_for_everybody(parts.until)
    return assembled("storefront/page.html", parts.values)


def _unwritten() -> str:
    """A shop whose partner has published no home page yet still sells."""
    same_for_everybody()
    action = url_for("storefront.search")
    return render("storefront/unwritten.html", search={"action": action, "query": "", "stream": True})


# --- what is kept --------------------------------------------------------------------------------------------


def _parts(page_id: int, version_id: int, today: date) -> _Parts:
    with current.database().reading() as session:
        view = cms.page_version(session, page_id, version_id)
        if view is None:
            raise NotFound
        context, until = _context(session, view, today)
        written = cms.published_locales(session, view.slug)
    languages = {locale: _address(locale, view.slug if locale in written else "") for locale in current.site().locales}
    hero, blocks = _blocks(view, context)
    common = {"alternates": languages, "title": view.title}
    head = seo.head(view, {locale: languages[locale] for locale in languages if locale in written})
    values = shell() | {
        "title": view.title,
        "description": view.description,
        "icon_url": url_for("storefront.icon"),
        "head": _markup("storefront/_head.html", seo=head),
        "header": _markup("_header.html", **common),
        "hero": hero,
        "blocks": blocks,
        "footer": _markup("_footer.html", **common),
    }
    return _Parts(values, until)


def _markup(template: str, **context: Any) -> Markup:
    return Markup(render(template, **context))  # noqa: S704  the output of an autoescaping template


def _address(locale: str, slug: str) -> str:
    return url_for("storefront.page", lang=locale, slug=slug) if slug else url_for("storefront.home", lang=locale)


def _blocks(view: PageView, context: Context) -> tuple[Markup, Markup]:
    types, env = current.blocks(), environment()
    bound = [one for one in types.bind(view.blocks) if one.definition and not one.hidden]
    context = replace(context, on_page=frozenset(one.type for one in bound))
    markup = [types.render_one(env, one, context) for one in bound]
    first = 1 if _starts_with_search(bound) else 0
    return Markup("\n").join(markup[:first]), Markup("\n").join(markup[first:])


def _starts_with_search(bound: Sequence[Bound]) -> bool:
    return bool(bound) and bound[0].type == "hero_search"


def _context(session: Session, view: PageView, today: date) -> tuple[Context, datetime | None]:
    """What the blocks of this page may read, and the instant at which some of it changes by itself."""
    site, types = current.site(), current.blocks()
    needs = types.needs(view.blocks)
    offers = catalog.offers(session, site.currency, today) if "offers" in needs else []
    until = _midnight(catalog.next_price_change(session, today), site) if offers else None
    kinds = types.legal_kinds(view.blocks) if "legal" in needs else []
    legal = {kind: found for kind in kinds if (found := cms.legal_document(session, kind, view.locale))}
    context = Context(
        locale=view.locale,
        currency=site.currency,
        tax_mode=site.tax_mode,
        tax_rate_bp=site.tax_rate_bp,
        timezone=site.timezone,
        search_action=url_for("storefront.search"),
        offers=offers,
        legal=legal,
        company=_company(),
    )
    return context, until


def _company() -> Company:
    who = issuer()
    fields = ("name", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    return Company(**{field: getattr(who, field) for field in fields})


def _midnight(day: date | None, site: Site) -> datetime | None:
    """The first instant of a day where the partner is."""
    return datetime.combine(day, time(), ZoneInfo(site.timezone)) if day else None
