"""The versions of a page: which there are, and what tells two of them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound

from .kit import BlockTypes, Bound, Items, RichText, plain
from .models import Page, PageVersion
from .queries import PageView

MOST_SHOWN = 200


@dataclass(frozen=True)
class VersionRow:
    """A line of the history. `current`: what the editor shows."""

    id: int
    kind: str
    author: str
    title: str
    created_at: datetime
    published: bool
    scheduled: bool
    current: bool


@dataclass(frozen=True)
class Change:
    """A value that differs; `label` is a msgid, `before` and `after` are plain text."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What became of one block ("" of the page itself): added, removed, changed, moved, hidden or shown."""

    block_id: str
    #: Msgid of the block type's name; the stored name of an unknown type.
    label: str
    what: tuple[str, ...]
    changes: tuple[Change, ...] = ()


def history(session: Session, page_id: int) -> list[VersionRow]:
    """The newest versions of a page, the newest first. Raises NotFound."""
    page = session.scalar(select(Page).where(Page.id == page_id))
    if page is None:
        raise NotFound
    facts = (PageVersion.id, PageVersion.kind, PageVersion.author, PageVersion.title, PageVersion.created_at)
    found = session.execute(
        select(*facts).where(PageVersion.page_id == page_id).order_by(PageVersion.id.desc()).limit(MOST_SHOWN)
    )
    return [_row(page, row._asdict()) for row in found]


def _row(page: Page, facts: dict[str, Any]) -> VersionRow:
    number = facts["id"]
    shown = page.state == "published" and page.published_version_id == number
    return VersionRow(
        **facts,
        published=shown,
        scheduled=page.scheduled_version_id == number,
        current=page.draft_version_id == number,
    )


def compare(types: BlockTypes, before: PageView, after: PageView) -> list[Difference]:
    """What one has to do to the one version to get the other, the page's own facts first, then block by block."""
    old = {one.id: one for one in types.bind(before.blocks)}
    new = {one.id: one for one in types.bind(after.blocks)}
    moved = _moved([each for each in old if each in new], [each for each in new if each in old])
    both = (*new, *(each for each in old if each not in new))
    of_blocks = [_of_block(old.get(each), new.get(each), each in moved) for each in both]
    return [one for one in (_of_page(before, after), *of_blocks) if one.what]


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Blocks that stand elsewhere: as few as explain the new order."""
    same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return set(before) - {before[match.a + step] for match in same for step in range(match.size)}


def _of_page(before: PageView, after: PageView) -> Difference:
    pairs = (
        (N_("Title"), before.title, after.title),
        (N_("Description"), before.description, after.description),
        *((label, _word(before.settings.get(name)), _word(after.settings.get(name))) for name, label in _SETTINGS),
    )
    changes = tuple(Change(label, a, b) for label, a, b in pairs if a != b)
    return Difference("", N_("Page"), ("changed",) if changes else (), changes)


_SETTINGS = (
    ("noindex", N_("Hidden from search engines")),
    ("social_picture", N_("Picture for social networks")),
    ("tld_group", N_("Group of endings")),
)


def _word(value: Any) -> str:
    return "✓" if value is True else str(value or "")


def _of_block(old: Bound | None, new: Bound | None, moved: bool) -> Difference:
    if old is None and new is not None:
        return Difference(new.id, _name(new), ("added",), _changes(None, new))
    if old is not None and new is None:
        return Difference(old.id, _name(old), ("removed",), _changes(old, None))
    return _of_both(old, new, moved) if old and new else Difference("", "", ())


def _of_both(old: Bound, new: Bound, moved: bool) -> Difference:
    changes = _changes(old, new)
    hidden = () if old.hidden == new.hidden else ("hidden" if new.hidden else "shown",)
    unknown = not new.definition and old.stored != new.stored
    what = (*(("changed",) if changes or unknown else ()), *(("moved",) if moved else ()), *hidden)
    return Difference(new.id, _name(new), what, changes)


def _name(one: Bound) -> str:
    return one.definition.label if one.definition else one.type


def _changes(old: Bound | None, new: Bound | None) -> tuple[Change, ...]:
    one = new or old
    if one is None or one.definition is None:
        return ()
    a, b = (_texts(side) for side in (old, new))
    return tuple(
        Change(field.label, a.get(name, ""), b.get(name, ""))
        for name, field in one.definition.fields.items()
        if a.get(name, "") != b.get(name, "")
    )


def _texts(bound: Bound | None) -> dict[str, str]:
    """Every value of a block as text that one can compare by eye."""
    if bound is None or bound.definition is None:
        return {}
    return {name: _text(field, bound.data[name]) for name, field in bound.definition.fields.items()}


def _text(field: Any, value: Any) -> str:
    if isinstance(field, Items):
        return "\n".join(_group(field.of.fields, row) for row in value)
    if isinstance(field, RichText):
        return plain(str(value))
    options = getattr(field, "options", {})
    return str(options[value]) if value in options else _word(value)


def _group(fields: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    texts = (_text(field, row[name]) for name, field in fields.items())
    return " · ".join(text for text in texts if text)
