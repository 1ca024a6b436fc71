"""What somebody should look at before a page is published; each finding names its place, so that one can jump there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.colours import TEXT_RATIO, contrast
from webapp.foundation.i18n import N_
from webapp.foundation.palette import SCHEMES, Roles, roles
from webapp.foundation.theming import theme
from webapp.reseller.partners import queries as partners

from . import legal, media, redirects
from .fields import Data, Field, Items, Link, MediaPicture, RichText
from .kit import BlockTypes, Bound
from .models import Page
from .pictures import Picture
from .queries import PageView, page_path

#: Longer titles are cut in search results.
LONG_TITLE = 60
_ANCHOR = re.compile(r"<a\b(?P<attributes>[^>]*)>")
_HREF = re.compile(r'href="([^"]*)"')
#: Addresses of every shop below "/<lang>/"; what follows them is not looked at.
_OURS = {"domains", "cart", "checkout", "contact", "search", "thanks"}
_ROOTS = {"account", "media", "frames"}


@dataclass(frozen=True)
class Check:
    """One finding. `message` is a msgid that `params` fill; `block_id` "" is the page itself, `field` a path in it."""

    code: str
    level: str  # error: it cannot be published so | warning
    message: str
    params: dict[str, object] = field(default_factory=dict)
    block_id: str = ""
    field: str = ""


@dataclass(frozen=True)
class _Site:
    """What is looked up once for all checks of a page."""

    pages: frozenset[str]
    documents: frozenset[str]
    locales: frozenset[str]
    pictures: Mapping[int, Picture]
    weak_schemes: frozenset[str]
    session: Session


def checks(session: Session, types: BlockTypes, view: PageView) -> list[Check]:
    """Everything to look at in a version of a page, errors first."""
    bound = [one for one in types.bind(view.blocks) if one.definition and not one.hidden]
    site = _site(session, types, view)
    found = [*_of_page(view, site)]
    for one in bound:
        found += _of_block(one, site)
    found += _empty_fields(types, view)
    return sorted(found, key=lambda check: check.level != "error")


def _site(session: Session, types: BlockTypes, view: PageView) -> _Site:
    partner = partners.partner(session)
    public = session.execute(select(Page.locale, Page.slug).where(Page.state == "published"))
    ids = types.references(view.blocks, MediaPicture)
    return _Site(
        pages=frozenset(redirects.normal_path(page_path(locale, slug)) for locale, slug in public)
        | {redirects.normal_path(page_path(view.locale, view.slug))},
        documents=frozenset(one.kind for one in legal.in_force(session, view.locale)),
        locales=frozenset(partner.locales),
        pictures=media.pictures(session, ids, view.locale),
        weak_schemes=_weak_schemes(session, partner.theme),
        session=session,
    )


def _weak_schemes(session: Session, theme_name: str) -> frozenset[str]:
    """Schemes in which the shop's colours leave some text hard to read, by day or by night."""
    brand = partners.brand(session)
    recipe, accent = theme(theme_name).recipe, brand.accent_colour or brand.brand_colour
    nights = {"light": (False,), "dark": (True,)}.get(brand.mode, (False, True))
    return frozenset(
        scheme
        for scheme in SCHEMES
        if any(not _readable(roles(brand.brand_colour, accent, scheme, night, recipe)) for night in nights)
    )


def _readable(colours: Roles) -> bool:
    pairs = (("text", "bg"), ("muted", "bg"), ("link", "bg"), ("on-primary", "primary"), ("on-accent", "accent"))
    return all(contrast(colours[ink], colours[ground]) >= TEXT_RATIO for ink, ground in pairs)


# --- the page ------------------------------------------------------------------------------------------------


def _of_page(view: PageView, site: _Site) -> Iterator[Check]:
    if len(view.title) > LONG_TITLE:
        message = N_("The title has %(length)s characters: search engines cut it after about %(max)s.")
        params: dict[str, object] = {"length": len(view.title), "max": LONG_TITLE}
        yield Check("title_long", "warning", message, params, field="title")
    if not view.description:
        message = N_("The page has no description: search engines will pick a sentence themselves.")
        yield Check("no_description", "warning", message, field="description")
    if not any(not block.get("hidden") for block in view.blocks):
        yield Check("empty_page", "warning", N_("The page is empty: add a block."))
    if not site.documents:
        message = N_("Your shop has no legal documents in this language: customers must find terms and privacy rules.")
        yield Check("no_legal", "warning", message)


def _empty_fields(types: BlockTypes, view: PageView) -> Iterator[Check]:
    shown = [block for block in view.blocks if not block.get("hidden")]
    for block_id, errors in types.clean(shown, publish=True)[1].items():
        for path, error in errors.items():
            yield Check("field", "error", error.message, error.params, block_id, path)


# --- blocks --------------------------------------------------------------------------------------------------


def _of_block(bound: Bound, site: _Site) -> Iterator[Check]:
    if bound.data.get("scheme") in site.weak_schemes:
        message = N_("With your colours, text in this colour scheme is hard to read.")
        yield Check("contrast", "warning", message, {}, bound.id, "scheme")
    fields = bound.definition.fields if bound.definition else {}
    for path, one, value, beside in _walk(fields, bound.data):
        for code, message, params in _of_value(one, value, beside, site):
            yield Check(code, "warning", message, params, bound.id, path)


Finding = tuple[str, str, dict[str, object]]


def _walk(fields: Mapping[str, Field], data: Data, prefix: str = "") -> Iterator[tuple[str, Field, Any, Data]]:
    """Every single value of a block: its path, its field, itself and its neighbours."""
    for name, one in fields.items():
        if isinstance(one, Items):
            for index, row in enumerate(data[name]):
                yield from _walk(one.of.fields, row, f"{prefix}{name}.{index}.")
        else:
            yield f"{prefix}{name}", one, data[name], data


def _of_value(one: Field, value: Any, beside: Data, site: _Site) -> Iterator[Finding]:
    if isinstance(one, MediaPicture) and value:
        yield from _of_picture(site.pictures.get(value))
    elif isinstance(one, Link):
        yield from _of_link(one.name, value, beside, site)
    elif isinstance(one, RichText):
        for anchor in _ANCHOR.finditer(str(value)):
            href = _HREF.search(anchor["attributes"])
            yield from _of_address(href[1] if href else "", site)


def _of_picture(picture: Picture | None) -> Iterator[Finding]:
    if picture is None:
        yield "picture_gone", N_("This picture is not in the library any more."), {}
    elif not picture.alt and not picture.decorative:
        yield "alt", N_("This picture has no description for those who cannot see it."), {}


def _of_link(name: str, value: str, beside: Data, site: _Site) -> Iterator[Finding]:
    labels = (f"{name}_label", f"{name.removesuffix('_link')}_label")
    words = next((beside[label] for label in labels if label in beside), None)
    if words and not value:
        yield "empty_link", N_("The words “%(words)s” lead nowhere: choose a link."), {"words": words}
    if value and words == "":
        yield "no_label", N_("This link has no words, so nobody sees it."), {}
    if value:
        yield from _of_address(value, site)


def _of_address(href: str, site: _Site) -> Iterator[Finding]:
    if href in ("", "#"):
        yield "empty_link", N_("A link leads nowhere."), {}
    elif href.startswith("/") and not _is_there(urlsplit(href).path, site):
        yield "broken_link", N_("Nothing stands at %(address)s."), {"address": href[:80]}


def _is_there(path: str, site: _Site) -> bool:
    path = redirects.normal_path(path)
    root, _, rest = unquote(path)[1:].partition("/")
    if path == "/" or root in _ROOTS or path in site.pages:
        return True
    kind, _, name = rest.partition("/")
    if root in site.locales and (kind in _OURS or (kind == "documents" and name.split("/")[0] in site.documents)):
        return True
    return isinstance(redirects.redirect_for(site.session, path), redirects.Redirected)
