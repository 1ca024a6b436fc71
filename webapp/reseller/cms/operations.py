"""Writing pages, menus and legal documents. A version is never changed once made; publishing moves a pointer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from . import queries
from .fields import Errors, is_link
from .kit import LARGEST_PAGE, MOST_BLOCKS, BlockTypes, Stored
from .models import MenuItem, Page, PageVersion

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG, LONGEST_TITLE, LONGEST_DESCRIPTION = 80, 120, 300
LONGEST_LEGAL = 200_000
MOST_LINKS = 12


class BlocksRefused(Refusal):
    """Some blocks cannot be published; `errors` holds block id -> path -> FieldError."""

    def __init__(self, errors: dict[str, Errors]) -> None:
        super().__init__("blocks", N_("Some parts of the page need your attention."))
        self.errors = errors


def save_page(
    session: Session,
    actor: audit.Actor,
    types: BlockTypes,
    *,
    locale: str,
    slug: str,
    title: str,
    blocks: Sequence[Stored],
    description: str = "",
    page_id: int | None = None,
    base_version_id: int | None = None,
) -> PageVersion:
    """A new draft version of a page; without `page_id` a new page. Blocks are cleaned, unknown ones kept.

    Raises BlocksRefused for a wrong value, Refusal("edited_meanwhile") when `base_version_id` is not the newest.
    """
    cleaned, errors = types.clean(_shaped(blocks))
    _check_counts(types, cleaned)
    if errors:
        raise BlocksRefused(errors)
    page = _own_page(session, page_id) if page_id is not None else None
    if page is not None and base_version_id is not None:
        _refuse_overwriting(session, page.id, base_version_id)
    return store_page(
        session, actor, locale=locale, slug=slug, title=title, description=description, blocks=cleaned, page=page
    )


def store_page(
    session: Session,
    actor: audit.Actor,
    *,
    locale: str,
    slug: str,
    title: str,
    description: str,
    blocks: Sequence[Stored],
    page: Page | None = None,
) -> PageVersion:
    """Like `save_page` for blocks that need no cleaning: those of a starter, or just cleaned."""
    _check_texts(slug, title, description)
    _refuse_taken_slug(session, locale, slug, page)
    if page is None:
        page = Page(key=slug or "home", locale=locale, slug=slug, state="draft", created_at=clock.now())
        session.add(page)
    elif (page.locale, page.slug) != (locale, slug):
        page.locale, page.slug = locale, slug
        bump_content(session)
    session.flush()
    version = PageVersion(
        page_id=page.id,
        title=title.strip(),
        description=description.strip(),
        blocks=_shaped(blocks),
        created_at=clock.now(),
    )
    session.add(version)
    session.flush()
    page.draft_version_id = version.id
    audit.record(session, actor, "page.saved", "page", page.id, f"{locale}/{slug}", version=version.id)
    return version


def _own_page(session: Session, page_id: int) -> Page:
    page = session.scalar(select(Page).where(Page.id == page_id))
    if page is None:
        raise NotFound
    return page


def _refuse_overwriting(session: Session, page_id: int, base_version_id: int) -> None:
    newest = session.scalar(select(func.max(PageVersion.id)).where(PageVersion.page_id == page_id))
    if newest != base_version_id:
        raise Refusal("edited_meanwhile", N_("Somebody else has edited this page in the meantime."))


def _check_texts(slug: str, title: str, description: str) -> None:
    if slug and (len(slug) > LONGEST_SLUG or not _SLUG.fullmatch(slug)):
        message = N_("Use small letters a to z, digits and single hyphens, for example about-us.")
        raise Refusal("slug", message, field="slug")
    if not title.strip():
        raise Refusal("title", N_("Give the page a title."), field="title")
    if len(title) > LONGEST_TITLE:
        raise Refusal("title", N_("At most %(max)s characters."), field="title", max=LONGEST_TITLE)
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal("description", N_("At most %(max)s characters."), field="description", max=LONGEST_DESCRIPTION)


def _refuse_taken_slug(session: Session, locale: str, slug: str, page: Page | None) -> None:
    taken = session.scalar(select(Page.id).where(Page.locale == locale, Page.slug == slug))
    if taken is not None and (page is None or taken != page.id):
        raise Refusal("slug_taken", N_("Another page already has this address."), field="slug")


def _shaped(blocks: Sequence[Stored]) -> list[Stored]:
    """Blocks of the stored form, few enough and small enough; ids unique."""
    if not all(_has_shape(block) for block in blocks):
        raise Refusal("blocks", N_("The page cannot be read: a block has no valid id or type."))
    if len({block["id"] for block in blocks}) != len(blocks):
        raise Refusal("blocks", N_("The page cannot be read: two blocks have the same id."))
    if len(blocks) > MOST_BLOCKS:
        raise Refusal("too_many_blocks", N_("A page takes at most %(most)s blocks."), most=MOST_BLOCKS)
    if len(json.dumps(list(blocks), ensure_ascii=False)) > LARGEST_PAGE:
        raise Refusal("too_large", N_("This page is too long: put a part of it on another page."))
    return list(blocks)


def _has_shape(block: Any) -> bool:
    """What a form or an import sent may be anything."""
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    return isinstance(block.get("id"), str) and bool(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", block["id"]))


def _check_counts(types: BlockTypes, blocks: Sequence[Stored]) -> None:
    for name, definition in types.by_name.items():
        count = sum(block["type"] == name for block in blocks)
        if definition.max_per_page and count > definition.max_per_page:
            message = N_("At most %(most)s blocks of this kind fit on a page: %(kind)s.")
            raise Refusal("too_many_of_kind", message, most=definition.max_per_page, kind=definition.label)


def publish_page(
    session: Session, actor: audit.Actor, page_id: int, version_id: int | None = None, types: BlockTypes | None = None
) -> Page:
    """Show a version (the newest, if none is named) to visitors; also the way back to an older one.

    With `types`, required fields must be filled: raises BlocksRefused.
    """
    page = _own_page(session, page_id)
    version = queries.page_version(session, page_id, version_id)
    if version is None:
        raise NotFound
    errors = types.clean(version.blocks, publish=True)[1] if types else {}
    if errors:
        raise BlocksRefused(errors)
    page.state, page.published_version_id = "published", version.version_id
    session.flush()
    label = f"{page.locale}/{page.slug}"
    audit.record(session, actor, "page.published", "page", page.id, label, version=version.version_id)
    bump_content(session)
    return page


def archive_page(session: Session, actor: audit.Actor, page_id: int) -> Page:
    """Take a page off the shop; its versions stay, and publishing brings it back."""
    page = _own_page(session, page_id)
    if page.slug == "":
        raise Refusal("home", N_("The home page cannot be taken away."))
    page.state = "archived"
    session.flush()
    audit.record(session, actor, "page.archived", "page", page.id, f"{page.locale}/{page.slug}")
    bump_content(session)
    return page


def set_menu(session: Session, actor: audit.Actor, locale: str, place: str, links: Sequence[tuple[str, str]]) -> None:
    """Replace the links of one place in one language: (label, path on this shop or https address)."""
    if place not in queries.PLACES:
        raise Refusal("place", N_("There is no such menu."), field="place")
    if len(links) > MOST_LINKS:
        raise Refusal("too_many", N_("A menu takes at most %(most)s links."), field="links", most=MOST_LINKS)
    for label, href in links:
        if not label.strip() or len(label) > 60 or not href or not is_link(href):
            message = N_("A link needs a label and an address that begins with / or https://: “%(label)s”.")
            raise Refusal("link", message, field="links", label=label[:60] or href[:60])
    session.execute(delete(MenuItem).where(MenuItem.locale == locale, MenuItem.place == place))
    rows: list[dict[str, Any]] = [
        {"locale": locale, "place": place, "position": position, "label": label.strip(), "href": href}
        for position, (label, href) in enumerate(links, start=1)
    ]
    db.insert_rows(session, MenuItem, rows)
    audit.record(session, actor, "menu.set", "menu", None, f"{locale}/{place}", links=len(rows))
    bump_content(session)
