"""Menus of header and footer: links to pages (which follow the page when it moves) or addresses, one level deep."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.orm import Session

from webapp.foundation import db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from . import redirects, stored
from .fields import is_link
from .models import MenuItem, Page, PageVersion
from .queries import page_path

#: Places of a menu: the header, the footer's column, the legal library's column, the line at the very bottom.
PLACES = ("header", "footer", "documents", "legal")
MOST_LINKS = 12
LONGEST_LABEL = 60


@dataclass(frozen=True)
class MenuLink:
    """A label and where it leads: "" for a heading above others."""

    label: str
    href: str
    children: tuple[MenuLink, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of a menu as it is edited: it leads to a page, or to `href`; with children it may lead nowhere."""

    label: str
    href: str = ""
    page_id: int | None = None
    #: The page is there, but visitors do not see it: neither do they see this line.
    waiting: bool = False
    children: tuple[Entry, ...] = field(default=())


# --- reading -------------------------------------------------------------------------------------------------


def menus(session: Session, locale: str) -> dict[str, list[MenuLink]]:
    """place -> what visitors see, for every place of PLACES, in one statement. Lines whose page is not public go."""
    found = {place: [link for entry in lines if (link := _shown(entry))] for place, lines in _all(session, locale)}
    return {place: found.get(place, []) for place in PLACES}


def entries(session: Session, locale: str, place: str) -> list[Entry]:
    """A menu as it is edited."""
    return dict(_all(session, locale)).get(place, [])


def linked_blocks(session: Session, locale: str) -> dict[str, list[str]]:
    """Address -> types of the blocks there in their order, of the pages that menus lead to but for home pages.

    What a page opens with is what it is about. Hidden blocks are left out. One statement.
    """
    linked = select(MenuItem.page_id).where(MenuItem.locale == locale, MenuItem.page_id.is_not(None))
    facts: tuple[Any, ...] = (Page.locale, Page.slug, PageVersion.blocks)
    rows = session.execute(
        select(*facts)
        .join(PageVersion, PageVersion.id == Page.published_version_id)
        .where(Page.state == "published", Page.slug != "", Page.id.in_(linked))
    )
    return {page_path(row[0], row[1]): _types(row[2]) for row in rows}


def _types(blocks: Any) -> list[str]:
    return [block["type"] for block in stored.blocks(blocks) if block.get("hidden") is not True]


def revision(lines: Sequence[Entry]) -> str:
    """A word that changes with the menu: a form carries it, so that nobody changes a menu that he has not seen."""
    return hashlib.sha256(repr(list(lines)).encode()).hexdigest()[:16]


def _all(session: Session, locale: str) -> list[tuple[str, list[Entry]]]:
    rows = session.execute(_rows().where(MenuItem.locale == locale)).all()
    children: dict[int, list[Entry]] = {}
    for row in rows:
        if row.parent_id is not None:
            children.setdefault(row.parent_id, []).append(_entry(row))
    places: dict[str, list[Entry]] = {}
    for row in rows:
        if row.parent_id is None:
            below = tuple(children.get(row.id, ()))
            places.setdefault(row.place, []).append(replace(_entry(row), children=below))
    return list(places.items())


def _rows() -> Select[Any]:
    item = (MenuItem.id, MenuItem.place, MenuItem.parent_id, MenuItem.label, MenuItem.href, MenuItem.page_id)
    page = (Page.locale.label("page_locale"), Page.slug, Page.state)
    columns: tuple[Any, ...] = (*item, *page)
    return (
        select(*columns)
        .outerjoin(Page, Page.id == MenuItem.page_id)
        .order_by(MenuItem.place, MenuItem.position, MenuItem.id)
    )


def _entry(row: Row[Any]) -> Entry:
    href = page_path(row.page_locale, row.slug) if row.page_id is not None else row.href
    return Entry(row.label, href, row.page_id, row.page_id is not None and row.state != "published")


def _shown(entry: Entry) -> MenuLink | None:
    children = tuple(link for child in entry.children if (link := _shown(child)))
    href = "" if entry.waiting or not is_link(entry.href) else entry.href
    return MenuLink(entry.label, href, children) if href or children else None


# --- writing -------------------------------------------------------------------------------------------------


def set_menu(
    session: Session, actor: audit.Actor, locale: str, place: str, lines: Sequence[Entry], *, seen: str | None = None
) -> list[Entry]:
    """Replace a menu whole. `seen` is the revision that the editor saw: Refusal("edited_meanwhile") if it is another.

    An address that is nothing but one of our pages' becomes the page itself, so that the line follows it.
    """
    if place not in PLACES:
        raise Refusal("place", N_("There is no such menu."), field="place")
    if seen is not None and seen != revision(entries(session, locale, place)):
        raise Refusal("edited_meanwhile", N_("Somebody else has changed this menu in the meantime."))
    _check_many(lines)
    resolved = [_resolved(session, line) for line in lines]
    _refuse_unknown_pages(session, resolved)
    session.execute(delete(MenuItem).where(*_of(locale, place), MenuItem.parent_id.is_not(None)))
    session.execute(delete(MenuItem).where(*_of(locale, place)))
    _store(session, locale, place, resolved)
    audit.record(session, actor, "menu.set", "menu", None, f"{locale}/{place}", links=len(lines))
    bump_content(session)
    return entries(session, locale, place)


def _of(locale: str, place: str) -> tuple[Any, Any]:
    return MenuItem.locale == locale, MenuItem.place == place


def _check_many(lines: Sequence[Entry]) -> None:
    if any(len(level) > MOST_LINKS for level in (lines, *(line.children for line in lines))):
        raise Refusal("too_many", N_("A menu takes at most %(most)s links."), field="links", most=MOST_LINKS)
    for line in lines:
        _check(line, heading=bool(line.children))
        for child in line.children:
            if child.children:
                raise Refusal("nested", N_("A menu has one level below the first, not more."), field="links")
            _check(child)


def _check(line: Entry, heading: bool = False) -> None:
    label = line.label.strip()
    leads = line.page_id is not None or (heading and not line.href) or (line.href and is_link(line.href))
    if not label or len(label) > LONGEST_LABEL or not leads:
        message = N_("A link needs a label and an address that begins with / or https://: “%(label)s”.")
        raise Refusal("link", message, field="links", label=line.label[:LONGEST_LABEL] or line.href[:LONGEST_LABEL])


def _resolved(session: Session, line: Entry) -> Entry:
    children = tuple(_resolved(session, child) for child in line.children)
    page_id = line.page_id if line.page_id is not None else redirects.page_at(session, line.href)
    return Entry(line.label.strip(), "" if page_id else line.href, page_id, children=children)


def _refuse_unknown_pages(session: Session, lines: Sequence[Entry]) -> None:
    """A page that is gone, or another partner's, is told before the database says it in its own words."""
    named = {entry.page_id for line in lines for entry in (line, *line.children) if entry.page_id is not None}
    if named and len(session.scalars(select(Page.id).where(Page.id.in_(named))).all()) != len(named):
        raise Refusal("page", N_("Choose one of the list."), field="page")


def _store(session: Session, locale: str, place: str, lines: Sequence[Entry]) -> None:
    parents = [MenuItem(**_row(locale, place, position, line)) for position, line in enumerate(lines, start=1)]
    session.add_all(parents)
    session.flush()
    below = [
        _row(locale, place, position, child) | {"parent_id": parent.id}
        for parent, line in zip(parents, lines, strict=True)
        for position, child in enumerate(line.children, start=1)
    ]
    db.insert_rows(session, MenuItem, below)


def _row(locale: str, place: str, position: int, line: Entry) -> dict[str, Any]:
    facts = {"label": line.label, "href": line.href, "page_id": line.page_id}
    return {"locale": locale, "place": place, "position": position, "parent_id": None, **facts}


def page_deleted(session: Session, page_id: int) -> None:
    """Lines that led to a page go with it; one with others below it stays as their heading."""
    parents = select(MenuItem.parent_id).where(MenuItem.parent_id.is_not(None))
    heading = set(session.scalars(select(MenuItem.id).where(MenuItem.page_id == page_id, MenuItem.id.in_(parents))))
    db.change(session, MenuItem, MenuItem.id.in_(heading), page_id=None, href="")
    session.execute(delete(MenuItem).where(MenuItem.page_id == page_id))
