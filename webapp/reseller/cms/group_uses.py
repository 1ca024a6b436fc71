"""Which pages name a group of endings: whoever deletes one is shown them first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import stored
from .kit import BlockTypes, TldGroup
from .models import Page, PageVersion


@dataclass(frozen=True)
class PageUse:
    """A page that names a group, in its settings or in a block."""

    page_id: int
    title: str
    locale: str


def uses(session: Session, types: BlockTypes) -> dict[int, list[PageUse]]:
    """group id -> the pages that name it in their draft, scheduled or published version. One statement."""
    current = PageVersion.id.in_((Page.draft_version_id, Page.published_version_id, Page.scheduled_version_id))
    columns: tuple[Any, ...] = (Page.id, Page.locale, PageVersion.title, PageVersion.blocks, PageVersion.settings)
    found: dict[int, dict[int, PageUse]] = {}
    for row in session.execute(select(*columns).join(PageVersion, current).order_by(Page.locale, Page.id)):
        of_page = stored.settings(row.settings).get("tld_group")
        for group in types.references(stored.blocks(row.blocks), TldGroup) | ({of_page} if of_page else set()):
            found.setdefault(group, {}).setdefault(row.id, PageUse(row.id, row.title, row.locale))
    return {group: list(pages.values()) for group, pages in found.items()}
