"""Pages, menus and legal documents as the surfaces show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from .models import MenuItem, Page, PageVersion

#: Places of a menu: the header, the footer's column, the legal library's column, the line at the very bottom.
PLACES = ("header", "footer", "documents", "legal")


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
class PageRow:
    """A line of the list of pages. `changed`: there is a newer version than the published one."""

    page_id: int
    locale: str
    slug: str
    title: str
    state: str
    published: bool
    changed: bool
    changed_at: datetime


@dataclass(frozen=True)
class MenuLink:
    """A label and where it leads."""

    label: str
    href: str


_VERSION: tuple[Any, ...] = (
    PageVersion.id.label("version_id"),
    PageVersion.title,
    PageVersion.description,
    PageVersion.settings,
    PageVersion.blocks,
    PageVersion.created_at,
)
_PAGE: tuple[Any, ...] = (Page.id.label("page_id"), Page.key, Page.locale, Page.slug, Page.state)


@lru_cache(maxsize=1)
def _published_id() -> Select[int, int | None]:
    """Made once: every visit of a page that is in no page cache begins with this statement."""
    wanted = (Page.locale == bindparam("locale"), Page.slug == bindparam("slug"), Page.state == "published")
    return select(Page.id, Page.published_version_id).where(*wanted)


def published_version(session: Session, locale: str, slug: str) -> tuple[int, int] | None:
    """(page id, version id) of what visitors see at a slug: all that must be known before what is kept is looked up."""
    row = session.execute(_published_id(), {"locale": locale, "slug": slug}).first()
    return (row[0], row[1]) if row and row[1] is not None else None


def published_languages(session: Session, key: str) -> dict[str, str]:
    """locale -> slug of every language in which a page can be read: for search engines and the language menu."""
    where = (Page.key == key, Page.state == "published", Page.published_version_id.is_not(None))
    rows = session.execute(select(Page.locale, Page.slug).where(*where))
    return {row.locale: row.slug for row in rows}


def published_slugs(session: Session) -> list[tuple[str, str, datetime]]:
    """(locale, slug, instant of the published version) of every public page; for the site map."""
    rows = session.execute(
        select(Page.locale, Page.slug, PageVersion.created_at)
        .join(PageVersion, PageVersion.id == Page.published_version_id)
        .where(Page.state == "published")
        .order_by(Page.locale, Page.slug)
    )
    return [(locale, slug, at) for locale, slug, at in rows]


def page_version(session: Session, page_id: int, version_id: int | None = None) -> PageView | None:
    """A version of a page for the editor, the newest when none is named."""
    statement = select(*_PAGE, *_VERSION).join(PageVersion, PageVersion.page_id == Page.id).where(Page.id == page_id)
    if version_id is not None:
        statement = statement.where(PageVersion.id == version_id)
    return _one(session, statement.order_by(PageVersion.id.desc()).limit(1))


def _one(session: Session, statement: Select[Any]) -> PageView | None:
    row = session.execute(statement).first()
    if row is None:
        return None
    return PageView(**row._asdict())


def versions(session: Session, page_id: int) -> list[tuple[int, str, datetime]]:
    """(version id, title, when) of a page, newest first: what undo and restore choose from."""
    rows = session.execute(
        select(PageVersion.id, PageVersion.title, PageVersion.created_at)
        .where(PageVersion.page_id == page_id)
        .order_by(PageVersion.id.desc())
    )
    return [(version_id, title, at) for version_id, title, at in rows]


def pages_list(session: Session, locale: str | None = None) -> list[PageRow]:
    """Every page with its newest title, home pages first."""
    newest = select(func.max(PageVersion.id)).where(PageVersion.page_id == Page.id).correlate(Page).scalar_subquery()
    latest = aliased(PageVersion)
    shown: tuple[Any, ...] = (latest.title, Page.published_version_id, latest.id.label("latest_id"), latest.created_at)
    statement = select(*_PAGE, *shown).join(latest, latest.id == newest).order_by(Page.locale, Page.slug)
    if locale is not None:
        statement = statement.where(Page.locale == locale)
    return [_row(row) for row in session.execute(statement)]


def _row(row: Row[Any]) -> PageRow:
    return PageRow(
        page_id=row.page_id,
        locale=row.locale,
        slug=row.slug,
        title=row.title,
        state=row.state,
        published=row.state == "published",
        changed=row.published_version_id is not None and row.published_version_id != row.latest_id,
        changed_at=row.created_at,
    )


def menus(session: Session, locale: str) -> dict[str, list[MenuLink]]:
    """place -> links, for every place of PLACES, in one statement."""
    found: dict[str, list[MenuLink]] = {place: [] for place in PLACES}
    rows = session.execute(
        select(MenuItem.place, MenuItem.label, MenuItem.href)
        .where(MenuItem.locale == locale)
        .order_by(MenuItem.place, MenuItem.position)
    )
    for place, label, href in rows:
        found.setdefault(place, []).append(MenuLink(label, href))
    return found
