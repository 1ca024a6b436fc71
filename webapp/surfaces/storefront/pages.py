"""Home and the partner's own pages: the same for everybody, so they are kept whole, their text even when that is off.

A page that is in no page cache costs one statement: which version is published. Everything that is made from it
belongs to the content version and the business day, and is kept as it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g, redirect, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from webapp.foundation import clock, i18n
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.kit import Bound, Context
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared import current
from webapp.surfaces.shared.kept import kept
from webapp.surfaces.shared.rendering import assembled, environment, render, same_for_everybody, shell

from . import seo
from .blueprint import bp
from .page_context import context_for

#: The block that brings the page's heading, and a search whose results appear below it.
HERO = "hero_search"


@dataclass(frozen=True)
class Parts:
    """A page as markup: `values` of page.html. `until`: when a price changes. `embeds`: whose pages it may frame."""

    values: dict[str, Any]
    until: datetime | None
    embeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole:
    """A page as it is sent, with what its headers need; see Parts."""

    text: str
    until: datetime | None
    embeds: tuple[str, ...]


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
        same_for_everybody()
        return unwritten()
    today = clock.today(current.site().timezone)
    whole = kept("page", lambda: _whole(*published, today), published, today)
    same_for_everybody(whole.until)
    g.may_frame = whole.embeds
    return whole.text


def unwritten(**more: Any) -> str:
    """A shop whose partner has published no home page yet still sells."""
    search = {"action": url_for("storefront.search"), "query": "", "stream": True}
    return render("storefront/unwritten.html", search=search if "domains" in current.site().modules else None, **more)


# --- what is kept --------------------------------------------------------------------------------------------


def _whole(page_id: int, version_id: int, today: date) -> Whole:
    with current.database().reading() as session:
        view = cms.page_version(session, page_id, version_id)
        if view is None:
            raise NotFound
        parts = page_values(session, view, today)
    return Whole(assembled("storefront/page.html", parts.values), parts.until, parts.embeds)


def page_values(session: Session, view: PageView, today: date, *, editing: bool = False) -> Parts:
    """Any version of a page as the values of storefront/page.html. `editing`: as the editor's preview shows it."""
    context, until = context_for(session, current.site(), view, today, editing=editing)
    written = {one.locale: one for one in cms.public_pages(session, view.key)}
    slugs = {locale: one.slug for locale, one in written.items()} | {view.locale: view.slug}
    languages = {locale: _address(locale, slugs.get(locale, "")) for locale in current.site().locales}
    hero, blocks = _halves(page_blocks(view, context), context)
    common = {"alternates": languages, "title": view.title}
    findable = {locale: languages[locale] for locale, one in written.items() if locale in languages and not one.noindex}
    head = seo.head(view, context, findable | {view.locale: languages[view.locale]})
    values = shell() | {
        "title": view.title,
        "description": view.description,
        "icon_url": url_for("storefront.icon"),
        "head": Markup("") if editing else _markup("storefront/_head.html", seo=head),
        "header": _markup("_header.html", **common),
        "hero": hero,
        "blocks": blocks,
        "ad_positions": context.ad_positions,
        "footer": _markup("_footer.html", **common),
        "framing": framing(view, context),
    }
    own = (current.site().origin(current.settings()),) if values["framing"] else ()
    return Parts(values, until, (*own, *sorted(current.blocks().embeds(view.blocks))))


def framing(view: PageView, context: Context) -> bool:
    """Whether the page shows frames of the shop itself, and needs the script that makes them."""
    shown = "frames" in current.blocks().needs(view.blocks) and "frames" in context.services
    return shown and not context.editing


def page_blocks(view: PageView, context: Context, only: str = "") -> list[tuple[Bound, Markup]]:
    """Each block of a page with its markup (`only`: the one of this id).

    What visitors do not see (hidden blocks, unknown types) is left out, or, in the editor's preview, without markup.
    """
    types, env = current.blocks(), environment()
    bound = [one for one in types.bind(view.blocks) if only in ("", one.id)]
    shown = [one for one in bound if context.editing or one.seen(context.services)]
    return [(one, Markup("") if one.hidden else types.render_one(env, one, context)) for one in shown]


def framed(bound: Bound, markup: Markup) -> Markup:
    """A block as the preview holds it: the editor selects and swaps it by its id."""
    label = bound.definition.label if bound.definition else bound.type
    off = bound.definition is not None and not bound.definition.offered(current.site().modules)
    values = {"block_id": bound.id, "markup": markup, "label": label}
    return _markup("storefront/_block_frame.html", **values, off=off)


def _halves(blocks: Sequence[tuple[Bound, Markup]], context: Context) -> tuple[Markup, Markup]:
    """What stands above the results of the large search, that included, and what they push aside."""
    markup = [framed(bound, one) if context.editing else one for bound, one in blocks]
    heroes = [place for place, (bound, _) in enumerate(blocks, start=1) if bound.type == HERO and not bound.hidden]
    end = heroes[0] if heroes else 0
    return Markup("\n").join(markup[:end]), Markup("\n").join(markup[end:])


def _markup(template: str, **context: Any) -> Markup:
    return Markup(render(template, **context))  # noqa: S704  the output of an autoescaping template


def _address(locale: str, slug: str) -> str:
    return url_for("storefront.page", lang=locale, slug=slug) if slug else url_for("storefront.home", lang=locale)
