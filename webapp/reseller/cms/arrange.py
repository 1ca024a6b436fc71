"""Changing the order and the parts of a page: each function gives a new list of blocks and leaves the old one alone.

Nothing here judges a value: that is `BlockTypes.clean`, when the list is saved.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal

from .fields import Anchor, Data, Field, Fields, Items, RichText, Text
from .kit import MOST_BLOCKS, BlockTypes, Definition, Stored

Blocks = Sequence[Stored]


def new_id() -> str:
    """An id that no other block of the page has."""
    return f"b{secrets.token_hex(5)}"


def place_of(blocks: Blocks, block_id: str) -> int:
    """The position of a block, from 0. Raises NotFound."""
    for place, block in enumerate(blocks):
        if block["id"] == block_id:
            return place
    raise NotFound


def made(definition: Definition, preset: int, say: Callable[[str], str]) -> Stored:
    """A new block from a preset; its texts, which are msgids, in the page's language by `say`."""
    if not 0 <= preset < len(definition.presets):
        raise Refusal("preset", N_("There is no such block."))
    values = _said(definition, definition.presets[preset].values, say)
    return {
        "id": new_id(),
        "type": definition.type,
        "v": definition.version,
        "data": {**definition.defaults(), **values},
    }


def _said(group: type[Fields], values: Mapping[str, Any], say: Callable[[str], str]) -> Data:
    """With what people read in another language. A choice like "soft" is also a word, and must stay as it is."""
    return {name: _said_one(group.fields.get(name), value, say) for name, value in values.items()}


def _said_one(field: Field | None, value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(field, Items):
        return [_said(field.of, row, say) for row in value]
    readable = isinstance(field, Text | RichText) and not isinstance(field, Anchor)
    return say(value) if readable and isinstance(value, str) and value.strip() else value


def added(blocks: Blocks, block: Stored, after: str | None) -> list[Stored]:
    """With one more block: after another one, at the top for "", at the end for None or one that is gone."""
    names = [each["id"] for each in blocks]
    place = 0 if after == "" else names.index(after) + 1 if after in names else len(blocks)
    if len(blocks) >= MOST_BLOCKS:
        raise Refusal("too_many_blocks", N_("A page takes at most %(most)s blocks."), most=MOST_BLOCKS)
    return [*blocks[:place], block, *blocks[place:]]


def moved(blocks: Blocks, block_id: str, place: int) -> list[Stored]:
    """With a block at another position, from 0; beyond the ends is the end."""
    block = blocks[place_of(blocks, block_id)]
    rest = [each for each in blocks if each["id"] != block_id]
    place = max(0, min(place, len(rest)))
    return [*rest[:place], block, *rest[place:]]


def duplicated(types: BlockTypes, blocks: Blocks, block_id: str) -> tuple[list[Stored], str]:
    """With a copy below the block, and the copy's id. What may stand once on a page is not copied."""
    block = blocks[place_of(blocks, block_id)]
    definition = types.known(block)
    if definition and definition.max_per_page and _count(blocks, definition) >= definition.max_per_page:
        message = N_("At most %(most)s blocks of this kind fit on a page: %(kind)s.")
        raise Refusal("too_many_of_kind", message, most=definition.max_per_page, kind=definition.label)
    twin = {**copy.deepcopy(block), "id": new_id()}
    return added(blocks, twin, block_id), twin["id"]


def _count(blocks: Blocks, definition: Definition) -> int:
    return sum(each["type"] == definition.type for each in blocks)


def full(blocks: Blocks, definition: Definition) -> bool:
    """Does the page hold as many blocks of a kind as it takes?"""
    return bool(definition.max_per_page) and _count(blocks, definition) >= definition.max_per_page


def removed(blocks: Blocks, block_id: str) -> list[Stored]:
    """Without a block."""
    place_of(blocks, block_id)
    return [each for each in blocks if each["id"] != block_id]


def hidden(blocks: Blocks, block_id: str, hide: bool) -> list[Stored]:
    """With a block shown to nobody but the editor, or to everybody again."""
    place = place_of(blocks, block_id)
    block = {key: value for key, value in blocks[place].items() if key != "hidden"}
    return [*blocks[:place], block | {"hidden": True} if hide else block, *blocks[place + 1 :]]


def filled(types: BlockTypes, blocks: Blocks, block_id: str, data: Data) -> list[Stored]:
    """With other values in a block. What this program does not know cannot be filled: NotFound."""
    place = place_of(blocks, block_id)
    block = blocks[place]
    if types.known(block) is None:
        raise NotFound
    return [*blocks[:place], block | {"data": data, "v": _version(types, block)}, *blocks[place + 1 :]]


def _version(types: BlockTypes, block: Stored) -> int:
    definition = types.known(block)
    return definition.version if definition else int(block["v"])


# --- entries of a list inside a block: what works by script in the browser, and without it here ---------------


def entries_changed(group: type[Fields], data: Data, deed: str, path: str) -> Data:
    """Data with an entry more ("add" at "items"), fewer ("remove" at "items.2") or elsewhere ("up", "down")."""
    name, _, rest = path.partition(".")
    field = group.fields.get(name)
    if not isinstance(field, Items):
        raise NotFound
    rows = [dict(row) for row in data.get(name) or [] if isinstance(row, Mapping)]
    if deed == "add" and not rest:
        return data | {name: [*rows, field.of.defaults()]}
    number, _, inner = rest.partition(".")
    if not re.fullmatch(r"[0-9]{1,3}", number) or int(number) >= len(rows):
        raise NotFound
    if inner:
        rows[int(number)] = entries_changed(field.of, rows[int(number)], deed, inner)
        return data | {name: rows}
    return data | {name: _shifted(rows, int(number), deed)}


def _shifted(rows: list[Data], at: int, deed: str) -> list[Data]:
    row, rest = rows[at], [*rows[:at], *rows[at + 1 :]]
    if deed == "remove":
        return rest
    place = max(0, at - 1) if deed == "up" else at + 1
    return [*rest[:place], row, *rest[place:]]
