"""The form of a block, made from its fields: what the templates `_editor_block.html` and `_editor_field.html` draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import fields as kinds
from webapp.reseller.cms import richtext
from webapp.reseller.cms.fields import Data, Errors, Field, Fields, Items
from webapp.reseller.cms.kit import plain
from webapp.surfaces.shared.block_values import PREFIX

#: Field class -> how it is drawn. A kind that is not here is drawn like its nearest parent, else as a line of text.
DRAWN: dict[type[Field], str] = {
    kinds.Text: "text",
    kinds.RichText: "rich",
    kinds.Choice: "choice",
    kinds.Number: "number",
    kinds.Flag: "flag",
    kinds.Link: "link",
    kinds.MediaPicture: "picture",
    kinds.TldGroup: "group",
    kinds.Items: "items",
}
#: A line of more characters than this is drawn in a box that grows; it stays one line.
LONG = 120
#: Kinds that may stay empty: only there "optional" says something.
CAN_BE_EMPTY = frozenset({"text", "long", "lines", "rich", "link", "picture"})
#: The name of an entry that the browser's script replaces when it adds one.
NEW_ROW = "__row__"
#: Rows of the partner's to choose from, by kind of field: [(value, label)], pictures as media_choice.Choice.
Lists = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class FieldView:
    """One control. `path` is what errors and checks name ("items.2.answer"); `name` and `id` are unique on the page."""

    kind: str
    name: str
    id: str
    path: str
    label: str
    hint: str
    required: bool
    value: Any
    error: str
    field: Field
    options: Sequence[Any] = ()
    rows: Sequence[RowView] = ()
    #: The entry that a script copies.
    empty_row: RowView | None = None

    @property
    def optional(self) -> bool:
        """Is it worth saying that this may stay empty?"""
        return not self.required and self.kind in CAN_BE_EMPTY


@dataclass(frozen=True)
class RowView:
    """One entry of a list: its own controls and the words by which it is known when it is folded."""

    path: str
    words: str
    fields: Sequence[FieldView] = field(default_factory=tuple)


def field_views(group: type[Fields], data: Data, errors: Errors, scope: str, lists: Lists) -> list[FieldView]:
    """Every control of a block's form. `scope` is the block's id: several forms stand in one document."""
    return _Maker(errors, scope, lists).group(group, data, "", PREFIX)


def said_errors(errors: Errors) -> dict[str, str]:
    """Sentences by path, in the reader's language."""
    return {
        path: _(error.message) % error.params if error.params else _(error.message) for path, error in errors.items()
    }


class _Maker:
    """Walks a group of fields with everything that stays the same on the way."""

    def __init__(self, errors: Errors, scope: str, lists: Lists) -> None:
        self._errors = said_errors(errors)
        self._scope = scope
        self._lists = lists

    def group(self, group: type[Fields], data: Mapping[str, Any], path: str, prefix: str) -> list[FieldView]:
        return [self._one(one, data.get(name, one.default()), path, prefix) for name, one in group.fields.items()]

    def _one(self, one: Field, value: Any, path: str, prefix: str) -> FieldView:
        name, whole = prefix + one.name, path + one.name
        kind = next((DRAWN[parent] for parent in type(one).__mro__ if parent in DRAWN), "text")
        if kind == "text" and isinstance(one, kinds.Text):
            kind = "lines" if one.multiline else "long" if one.max > LONG else "text"
        rows, empty = self._rows(one, value, whole, name) if isinstance(one, Items) else ((), None)
        return FieldView(
            kind=kind,
            name=name,
            id=f"{self._scope}-{name.removeprefix(PREFIX)}".replace(".", "-"),
            path=whole,
            label=_(one.label),
            hint=_(one.hint) if one.hint else "",
            required=one.required,
            value=_harmless(one, value),
            error=self._errors.get(whole, ""),
            field=one,
            options=self._options(one, kind, value),
            rows=rows,
            empty_row=empty,
        )

    def _options(self, one: Field, kind: str, value: Any) -> list[Any]:
        if isinstance(one, kinds.Choice):
            return [(key, _(label)) for key, label in one.options.items()]
        found = list(self._lists.get(kind, ()))
        if kind == "group" and value and str(value) not in (key for key, _label in found):
            found.append((str(value), _("Group %(number)s is gone", number=value)))
        return found

    def _rows(self, one: Items, value: Any, path: str, name: str) -> tuple[list[RowView], RowView]:
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        made = [self._row(one.of, row, f"{path}.{at}.", f"{name}.{at}.") for at, row in enumerate(rows)]
        empty = self._row(one.of, one.of.defaults(), f"{path}.{NEW_ROW}.", f"{name}.{NEW_ROW}.")
        return made, empty

    def _row(self, group: type[Fields], data: Mapping[str, Any], path: str, prefix: str) -> RowView:
        return RowView(path.rstrip("."), first_words(group, data), self.group(group, data, path, prefix))


def _harmless(one: Field, value: Any) -> Any:
    """Rich text becomes markup in the browser's editor: a row may be older than a rule, a form hold anything."""
    return richtext.clean(value) if isinstance(one, kinds.RichText) and isinstance(value, str) else value


def first_words(group: type[Fields], data: Mapping[str, Any], most: int = 60) -> str:
    """What a block or an entry says first, for its card: the first text that is filled, without markup."""
    for name, one in group.fields.items():
        text = _words(one, data.get(name))
        if text:
            return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
    return ""


def _words(one: Field, value: Any) -> str:
    if isinstance(one, kinds.RichText):
        return plain(value) if isinstance(value, str) else ""
    if isinstance(one, kinds.Anchor) or not isinstance(one, kinds.Text):
        return _words_inside(one, value) if isinstance(one, Items) else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _words_inside(one: Items, value: Any) -> str:
    rows = value if isinstance(value, list) else []
    return next((words for row in rows if isinstance(row, Mapping) and (words := first_words(one.of, row))), "")
