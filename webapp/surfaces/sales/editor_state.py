"""What the editor shows of a page: its blocks as cards, the form of one of them, where its preview is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.foundation.urls import shop_url
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import media
from webapp.reseller.cms.fields import Errors, Field, Fields, Items
from webapp.reseller.cms.kit import BlockTypes, Bound, MediaPicture, Stored, TldGroup
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared import preview_tokens
from webapp.surfaces.shared.current import blocks, settings, site
from webapp.surfaces.shared.preview_tokens import Kind

from . import media_choice
from .editor_fields import FieldView, Lists, field_views, first_words
from .media_choice import Choice


@dataclass(frozen=True)
class Card:
    """A block in the list. `note` says why it has no form."""

    id: str
    label: str
    icon: str
    words: str
    hidden: bool
    known: bool
    note: str
    place: int
    first: bool
    last: bool
    wrong: bool = False


@dataclass(frozen=True)
class BlockForm:
    """The form of one block; `fields` is empty for one that this program does not know."""

    card: Card
    fields: list[FieldView]


def cards(view: PageView, wrong: Mapping[str, Errors] | None = None) -> list[Card]:
    """Every block of the page, the unknown and the hidden too."""
    bound = blocks().bind(view.blocks)
    return [_card(one, at, len(bound), one.id in (wrong or {})) for at, one in enumerate(bound)]


def _card(one: Bound, at: int, count: int, wrong: bool) -> Card:
    known = one.definition is not None
    label, icon, words = _named(one, blocks())
    return Card(
        id=one.id,
        label=label,
        icon=icon,
        words=words,
        hidden=one.hidden,
        known=known,
        note=_note(one),
        place=at + 1,
        first=at == 0,
        last=at == count - 1,
        wrong=wrong,
    )


def _note(one: Bound) -> str:
    """Why visitors do not see it, for another reason than being hidden."""
    if one.definition is None:
        return _("Needs a newer version of the program. It is kept as it is; visitors do not see it.")
    if not one.definition.offered(site().modules):
        return _("Not shown: you do not offer this service.")
    return ""


def _named(one: Bound, types: BlockTypes) -> tuple[str, str, str]:
    if one.definition is None:
        return _("Unknown block"), "circle-help", one.type[:40]
    return _(one.definition.label), one.definition.icon, first_words(one.definition, types.values(one.stored))


def block_form(
    session: Session,
    view: PageView,
    block_id: str,
    errors: Errors | None = None,
    typed: Mapping[str, Any] | None = None,
) -> BlockForm | None:
    """The form of a block with what is stored, or with what was typed; None when the page has no such block."""
    card = next((each for each in cards(view) if each.id == block_id), None)
    if card is None:
        return None
    stored = view.blocks[card.place - 1]
    definition = blocks().known(stored)
    if definition is None:
        return BlockForm(card, [])
    data = blocks().values(stored) | dict(typed or {})
    return BlockForm(card, field_views(definition, data, errors or {}, block_id, _lists(session, definition, stored)))


def _lists(session: Session, definition: type[Fields], stored: Stored) -> Lists:
    """Pictures and groups of endings to choose from, asked for only where a field takes one."""
    used, lists = set(_kinds(definition)), dict[str, list[Any]]()
    if TldGroup in used:
        groups = [(str(group.id), group.name) for group in catalog.groups(session)]
        lists["group"] = [("", _("The shop's usual endings")), *groups]
    if MediaPicture in used:
        lists["picture"] = _pictures(session, blocks().references([stored], MediaPicture))
    return lists


def _pictures(session: Session, chosen: set[int]) -> list[Choice]:
    """The newest ones, and before them those that the block shows; one that is gone keeps its number."""
    newest = media_choice.choices(session)
    older = sorted(chosen - {one.id for one in newest})
    return [*(_picture(session, number) for number in older), *newest]


def _picture(session: Session, number: int) -> Choice:
    try:
        return media_choice.choice(media.file(session, number))
    except NotFound:
        return Choice(number, _("Picture %(number)s is gone", number=number), "")


def _kinds(group: type[Fields]) -> Iterator[type[Field]]:
    for one in group.fields.values():
        yield type(one)
        if isinstance(one, Items):
            yield from _kinds(one.of)


def neighbours(page_id: int) -> dict[str, str]:
    """Addresses of the pages around the editor: list, settings of the page, its history."""
    return {
        "pages_url": url_for("sales.site_pages"),
        "page_url": url_for("sales.site_page", page_id=page_id),
        "history_url": url_for("sales.site_history", page_id=page_id),
    }


def preview_url(view: PageView, kind: Kind) -> str:
    """The absolute address of a page's preview at the shop."""
    shop = site()
    lang = view.locale if view.locale in shop.locales else shop.locale
    token = preview_tokens.make(shop.partner_id, view.page_id, kind)
    return shop_url(settings(), shop, f"/{lang}/preview/{token}")
