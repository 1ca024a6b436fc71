"""Pages as the surfaces show them. Menus, redirects, versions and legal documents have files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from webapp.foundation.refusal import NotFound
from webapp.reseller.partners import queries as partners

from . import stored
from .models import Page, PageVersion

#: Key of the home pages; their slug is "".
HOME = "home"


@dataclass(frozen=True)
class PageView:
    """One version of a page: `blocks` is stored data for `kit.BlockTypes`, `settings` as in models.PageVersion.

    Pages of the same `key` are one page in several languages.
    """

    page_id: int
    version_id: int
    key: str
    locale: str
    slug: str
    state: str
    title: str
    description: str
    settings: dict[str, Any]
    blocks: list[dict[str, Any]]
    #: When this version was made.
    created_at: datetime


@dataclass(frozen=True)
class DraftView(PageView):
    """The version that the editor shows, and what can be done with the page."""

    published_version_id: int | None
    scheduled_version_id: int | None
    scheduled_at: datetime | None
    can_undo: bool
    can_redo: bool

    @property
    def changed(self) -> bool:
        """Do visitors see something else (or nothing)?"""
        return self.state != "published" or self.published_version_id != self.version_id


_VERSION: tuple[Any, ...] = (
    PageVersion.id.label("version_id"),
    PageVersion.title,
    PageVersion.description,
    PageVersion.settings,
    PageVersion.blocks,
    PageVersion.created_at,
)
_PAGE: tuple[Any, ...] = (Page.id.label("page_id"), Page.key, Page.locale, Page.slug, Page.state)


def page_path(locale: str, slug: str) -> str:
    """The address of a page within the shop."""
    return f"/{locale}/page/{slug}" if slug else f"/{locale}/"


@lru_cache(maxsize=1)
def _published_id() -> Select[int, int | None]:
    """Made once: every visit of a page that is in no page cache begins with this statement."""
    wanted = (Page.locale == bindparam("locale"), Page.slug == bindparam("slug"), Page.state == "published")
    return select(Page.id, Page.published_version_id).where(*wanted)


def published_version(session: Session, locale: str, slug: str) -> tuple[int, int] | None:
    """(page id, version id) of what visitors see at a slug: all that must be known before what is kept is looked up."""
    row = session.execute(_published_id(), {"locale": locale, "slug": slug}).first()
    return (row[0], row[1]) if row and row[1] is not None else None


@dataclass(frozen=True)
class PublicPage:
    """A page that visitors can read; `at` is when what they read was made."""

    key: str
    locale: str
    slug: str
    at: datetime
    #: Search engines are asked to leave it out.
    noindex: bool


def public_pages(session: Session, key: str | None = None) -> list[PublicPage]:
    """Every public page, or one page in all its languages; for site map, language menu and search engines."""
    facts = (Page.key, Page.locale, Page.slug, PageVersion.created_at, PageVersion.settings)
    statement = (
        select(*facts)
        .join(PageVersion, PageVersion.id == Page.published_version_id)
        .where(Page.state == "published")
        .order_by(Page.locale, Page.slug)
    )
    rows = session.execute(statement if key is None else statement.where(Page.key == key))
    return [PublicPage(row[0], row[1], row[2], row[3], bool(stored.settings(row[4]).get("noindex"))) for row in rows]


def published_title(session: Session, page_id: int) -> str | None:
    """The title of a page as visitors read it; None while they do not."""
    statement = select(PageVersion.title).join(Page, Page.published_version_id == PageVersion.id)
    title: str | None = session.scalar(statement.where(Page.id == page_id, Page.state == "published"))
    return title


def page_version(session: Session, page_id: int, version_id: int) -> PageView | None:
    """A version of a page, whichever it is."""
    where = (Page.id == page_id, PageVersion.id == version_id)
    row = session.execute(
        select(*_PAGE, *_VERSION).join(PageVersion, PageVersion.page_id == Page.id).where(*where)
    ).first()
    return PageView(**_readable(row)) if row else None


def draft(session: Session, page_id: int) -> DraftView:
    """What the editor shows. Raises NotFound."""
    child = aliased(PageVersion)
    can_redo = select(child.id).where(child.parent_id == Page.draft_version_id).correlate(Page).exists()
    pointers = (Page.published_version_id, Page.scheduled_version_id, Page.scheduled_at)
    steps = (PageVersion.parent_id.is_not(None).label("can_undo"), can_redo.label("can_redo"))
    row = session.execute(
        select(*_PAGE, *_VERSION, *pointers, *steps)
        .join(PageVersion, PageVersion.id == Page.draft_version_id)
        .where(Page.id == page_id)
    ).first()
    if row is None:
        raise NotFound
    return DraftView(**_readable(row))


def _readable(row: Any) -> dict[str, Any]:
    """A row whose JSON is of the form that it should be, whatever was stored; nothing is dropped."""
    facts: dict[str, Any] = row._asdict()
    return facts | {"blocks": stored.blocks(facts["blocks"]), "settings": stored.settings(facts["settings"])}


@dataclass(frozen=True)
class Cell:
    """A page in one language. `translation`: done, outdated (the source has changed since) or missing.

    `next`: what to do with it: write, translate, publish or "" for nothing.
    """

    locale: str
    translation: str
    next: str
    page_id: int | None = None
    slug: str = ""
    title: str = ""
    state: str = ""
    changed: bool = False
    scheduled_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class KeyRow:
    """A page in every language of the shop. `source`: the language that the others are measured by."""

    key: str
    source: str
    cells: list[Cell]

    def cell(self, locale: str) -> Cell:
        """The page in one language."""
        return next(cell for cell in self.cells if cell.locale == locale)

    @property
    def first(self) -> Cell:
        """The cell of the source language."""
        return self.cell(self.source)


def site_map_of_pages(session: Session) -> list[KeyRow]:
    """Every page by key with a cell per language, the home page first. Two statements."""
    partner = partners.partner(session)
    languages = [partner.default_locale, *(code for code in partner.locales if code != partner.default_locale)]
    by_key: dict[str, dict[str, Row[Any]]] = {}
    for row in session.execute(_drafts().order_by(Page.id)):
        by_key.setdefault(row.key, {})[row.locale] = row
    rows = (_key_row(key, pages, languages) for key, pages in by_key.items())
    return sorted((row for row in rows if row), key=lambda row: (row.key != HOME, row.first.title.casefold()))


def _drafts() -> Select[Any]:
    pointers = (Page.draft_version_id, Page.published_version_id, Page.source_version_id, Page.scheduled_at)
    columns: tuple[Any, ...] = (*_PAGE, *pointers, PageVersion.title, PageVersion.created_at)
    return select(*columns).join(PageVersion, PageVersion.id == Page.draft_version_id)


def _key_row(key: str, pages: dict[str, Row[Any]], languages: list[str]) -> KeyRow | None:
    spoken = [code for code in languages if code in pages]
    if not spoken:
        return None  # only in languages that the shop speaks no more
    source = pages[spoken[0]]
    return KeyRow(key, source.locale, [_cell(code, pages.get(code), source) for code in languages])


def _cell(locale: str, page: Row[Any] | None, source: Row[Any]) -> Cell:
    if page is None:
        return Cell(locale, "missing", "write" if source.state == "published" else "")
    known = page.source_version_id
    current = source.published_version_id or source.draft_version_id
    outdated = locale != source.locale and known is not None and known != current and page.state != "archived"
    changed = page.state != "published" or page.published_version_id != page.draft_version_id
    publish = changed and page.state in ("draft", "published")
    step = "translate" if outdated else "publish" if publish else ""
    return Cell(
        locale=locale,
        translation="outdated" if outdated else "done",
        next=step,
        page_id=page.page_id,
        slug=page.slug,
        title=page.title,
        state=page.state,
        changed=changed,
        scheduled_at=page.scheduled_at,
        changed_at=page.created_at,
    )
