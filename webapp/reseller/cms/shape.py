"""What a page may be made of: checked before anything is stored."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

from . import stored
from .fields import Errors
from .kit import LARGEST_PAGE, MOST_BLOCKS, BlockTypes, Stored

LONGEST_SLUG, LONGEST_TITLE, LONGEST_DESCRIPTION = 80, 120, 300
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: Letters that do not come apart into a Latin one and a mark.
_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i"})


class BlocksRefused(Refusal):
    """Some blocks cannot be stored or published; `errors` holds block id -> path -> FieldError."""

    def __init__(self, errors: dict[str, Errors]) -> None:
        super().__init__("blocks", N_("Some blocks of the page need your attention."))
        self.errors = errors


@dataclass(frozen=True)
class Content:
    """All that a version says."""

    title: str
    description: str
    settings: dict[str, Any]
    blocks: list[Stored]


def content(
    types: BlockTypes | None, *, title: str, description: str, settings: Mapping[str, Any], blocks: Sequence[Stored]
) -> Content:
    """What may be stored: blocks cleaned (unknown ones kept), unless they need none (`types` None: a starter's own).

    Raises Refusal for wrong texts and shapes, BlocksRefused for wrong values.
    """
    check_texts(title, description)
    checked = _shaped(blocks)
    if types is not None:
        checked, errors = types.clean(checked)
        _check_counts(types, checked)
        if errors:
            raise BlocksRefused(errors)
    return Content(title.strip(), description.strip(), stored.settings(settings), checked)


def check_slug(slug: str) -> None:
    """Raises Refusal for what cannot stand in an address."""
    if slug and (len(slug) > LONGEST_SLUG or not _SLUG.fullmatch(slug)):
        message = N_("Use small letters a to z, digits and single hyphens, for example about-us.")
        raise Refusal("slug", message, field="slug")


def check_texts(title: str, description: str) -> None:
    """Raises Refusal for a missing or too long text."""
    if not title.strip():
        raise Refusal("title", N_("Give the page a title."), field="title")
    if len(title) > LONGEST_TITLE:
        raise Refusal("title", N_("At most %(max)s characters."), field="title", max=LONGEST_TITLE)
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal("description", N_("At most %(max)s characters."), field="description", max=LONGEST_DESCRIPTION)


def _shaped(blocks: Sequence[Stored]) -> list[Stored]:
    """Blocks of the stored form, few enough and small enough; ids unique."""
    if not all(stored.is_block(block) for block in blocks):
        raise Refusal("blocks", N_("The page cannot be read: a block has no valid id or type."))
    if len({block["id"] for block in blocks}) != len(blocks):
        raise Refusal("blocks", N_("The page cannot be read: two blocks have the same id."))
    if len(blocks) > MOST_BLOCKS:
        raise Refusal("too_many_blocks", N_("A page takes at most %(most)s blocks."), most=MOST_BLOCKS)
    if len(json.dumps(list(blocks), ensure_ascii=False)) > LARGEST_PAGE:
        raise Refusal("too_large", N_("This page is too long: put some of its blocks on another page."))
    return list(blocks)


def _check_counts(types: BlockTypes, blocks: Sequence[Stored]) -> None:
    for name, definition in types.by_name.items():
        count = sum(block["type"] == name for block in blocks)
        if definition.max_per_page and count > definition.max_per_page:
            message = N_("At most %(most)s blocks of this kind fit on a page: %(kind)s.")
            raise Refusal("too_many_of_kind", message, most=definition.max_per_page, kind=definition.label)


def slug_of(title: str) -> str:
    """An address that a title suggests: "Über uns!" -> "uber-uns"; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-")
