"""A page of 20 blocks with a table of 60 prices, in a shop of its own for each theme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import db, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.theming import themes
from webapp.reseller.catalog.models import Tld
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.desk import demo
from webapp.reseller.desk.operations import create_from_template
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.queries import partner_by_code
from webapp.wiring import BLOCKS as KINDS

from . import data
from .servers import PLATFORM_HOST

ROWS = 60
#: In their order on the page. All show something to visitors; pictures are not there, as on the first day of a shop.
BLOCKS = (
    "hero_search", "notice", "featured_tlds", "cards", "tld_prices", "steps", "columns", "image_text", "testimonial",
    "logo_strip", "call_to_action", "search", "faq", "rich_text", "bulk_search", "video", "divider", "contact",
    "contact_form", "terms",
)  # fmt: skip
SLUG = "long"
PATH = f"/{data.LANGUAGE}/page/{SLUG}"
#: Endings beyond those of the search, only for the length of the table.
_MORE = ("band", "beer", "bike", "cash", "chat", "city", "cool", "farm", "fish", "golf", "guru", "host", "land", "love")
OPERATOR = tenancy.Platform("operator")


def shops() -> dict[str, str]:
    """theme -> code of its shop, in the order in which they are made."""
    first = int(data.SEARCH_SHOP.removeprefix("csp")) + 1
    return {name: f"csp{first + place}" for place, name in enumerate(sorted(themes()))}


def host(theme: str) -> str:
    """Where the shop of a theme answers."""
    return f"{shops()[theme]}.{PLATFORM_HOST}"


def open_shops(database: Database, settings: Settings) -> None:
    """A shop with the page for each theme; nothing when they are there."""
    with database.writing(OPERATOR) as session:
        if partner_by_code(session, next(iter(shops().values()))):
            return
        data.add_endings(session, _MORE, ROWS)
        endings = tuple(sorted(session.scalars(select(Tld.name))))[:ROWS]
        for theme, code in shops().items():
            _open_shop(session, settings, theme, code, endings)


def _open_shop(session: Session, settings: Settings, theme: str, code: str, endings: tuple[str, ...]) -> None:
    answers = next(shop.answers(settings.platform_host) for shop in demo.PARTNERS if shop.code == data.HOME_SHOP)
    partner = replace(answers.partner, name=f"Sixty endings in {theme}")
    everything = replace(answers, partner=partner, theme=theme, endings=endings, spotlight=("com", "eu", "net"))
    made = create_from_template(session, SYSTEM, "domain_shop", everything)
    assert made.code == code, made.code
    with db.narrowed(session, made.id):
        where = {"locale": data.LANGUAGE, "slug": SLUG}
        words = {"title": "Twenty blocks", "description": "Everything on one page."}
        version = cms.store_page(session, SYSTEM, blocks=list(blocks()), settings=None, key=None, **where, **words)
        cms.publish_page(session, SYSTEM, version.page_id)


def blocks() -> Iterator[dict[str, Any]]:
    """As they are stored: each with the example that stands in its folder."""
    kinds = BlockTypes.load(KINDS).by_name
    for name in BLOCKS:
        yield {"id": f"b-{name}", "type": name, "v": kinds[name].version, "data": kinds[name].example()}
