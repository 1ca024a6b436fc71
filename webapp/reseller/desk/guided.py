"""The guided start: a partner's few answers make a shop that can be visited and sells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_, SUPPORTED
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens
from webapp.reseller.catalog import operations as catalog_operations
from webapp.reseller.catalog.models import Price, Product, Tld
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms import queries as pages
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.partners import branding
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

from . import site_texts
from .operations import add_prices, add_products
from .starter import Starter, starter

#: Ready choices of endings: name -> the first ones; "template" takes the starter's, "country" the country's own first.
PRESETS: dict[str, tuple[str, ...]] = {
    "template": (),
    "country": (),
    "europe": ("eu", "com", "de", "pl", "sk", "hu", "ro", "cz", "at", "fr", "it", "es", "nl", "org", "net"),
    "trade": ("com", "shop", "store", "online", "eu", "site", "net", "biz", "info", "org"),
    "technology": ("com", "io", "dev", "app", "cloud", "tech", "co", "net", "org", "eu"),
}
#: How many endings stand under the search field.
SPOTLIGHT = 4
#: How many a shop sells at least; the starter's own follow those of the preset.
LEAST = 14
#: Countries whose ending is not called like them.
_ENDINGS = {"GB": "uk"}


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What the partner answered. `brand` is "" for the starter's own colours; the first of `locales` is the main one.

    `over` says that pages of an existing shop may be replaced.
    """

    starter: str
    name: str
    locales: tuple[str, ...]
    brand: str = ""
    endings: str = "template"
    over: bool = False


def is_bare(session: Session) -> bool:
    """Whether the shop has no home page in any language: nothing for a visitor to see."""
    return not pages.public_pages(session, pages.HOME)


def begin(session: Session, actor: Actor, types: BlockTypes, wanted: Beginning) -> Partner:
    """Make the session's partner a shop: name, languages, colours, prices, endings, pages, menus, documents.

    Prices that there are stay. Raises Refusal for a wrong answer, or for a shop with pages that may not be replaced.
    """
    chosen = starter(wanted.starter)
    if wanted.endings not in PRESETS:
        raise Refusal("endings", N_("Choose one of the lists."), field="endings")
    if not wanted.over and not is_bare(session):
        message = N_("Your shop has pages already. Say that they may be replaced.")
        raise Refusal("not_bare", message, field="over")
    partner = _named(session, actor, wanted)
    _look(session, actor, chosen, wanted)
    _sell(session, actor, partner, chosen, wanted.endings)
    for locale in wanted.locales:
        site_texts.write_over(session, actor, types, chosen, partner, locale)
    cms.link_translations(session, partner.default_locale)
    site_texts.remember(partner, chosen)
    return partner


def _named(session: Session, actor: Actor, wanted: Beginning) -> Partner:
    locales = [locale for locale in wanted.locales if locale in SUPPORTED]
    if not locales:
        raise Refusal("locales", N_("Choose at least one language."), field="locales")
    facts = {"name": wanted.name, "locales": locales, "default_locale": locales[0]}
    return partners.update_company(session, actor, facts)


def _look(session: Session, actor: Actor, chosen: Starter, wanted: Beginning) -> None:
    tokens = BrandTokens(**chosen.brand)
    if wanted.brand:
        tokens = replace(tokens, brand=wanted.brand, accent=None)
    branding.update_brand(session, actor, tokens, chosen.theme)


def _sell(session: Session, actor: Actor, partner: Partner, chosen: Starter, preset: str) -> None:
    """Products and prices, if there are none yet, and the default group of endings."""
    found = session.execute(select(Product, Tld).join(Tld, Tld.id == Product.tld_id)).all()
    products = {tld.name: (product, tld) for product, tld in found} or add_products(session)
    if session.scalar(select(Price.id).limit(1)) is None:
        add_prices(session, actor, partner, chosen.markup_bp, chosen.price_ending)
    endings, spotlight = endings_of(preset, chosen, partner.country)
    ids = {name: product.id for name, (product, _) in products.items()}
    listed = [ids[name] for name in endings if name in ids]
    shown = [ids[name] for name in spotlight if name in ids]
    catalog_operations.set_tld_group(session, actor, listed, shown)


def endings_of(preset: str, chosen: Starter, country: str) -> tuple[list[str], list[str]]:
    """(endings in their order, those under the search field) of a preset."""
    own = _ENDINGS.get(country, country.lower())
    first = (own, *chosen.endings) if preset == "country" else PRESETS[preset]
    if not first:
        return chosen.endings, chosen.spotlight
    endings = list(dict.fromkeys((*first, *chosen.endings)))[: max(LEAST, len(first))]
    return endings, endings[:SPOTLIGHT]


def add_language_texts(session: Session, actor: Actor, locale: str) -> int:
    """Drafts of the starter's pages in a language of the shop; returns how many were written."""
    partner = partner_queries.partner(session)
    if locale not in partner.locales:
        raise Refusal("locale", N_("Your shop does not speak this language."), field="locale")
    return site_texts.write_drafts(session, actor, site_texts.remembered(partner), partner, locale)
