"""The checks before publishing as the editor lists them: each a sentence, and the place that it jumps to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import checks
from webapp.reseller.cms.checks import Check
from webapp.reseller.cms.fields import Fields, Items
from webapp.reseller.cms.kit import Definition
from webapp.reseller.cms.queries import DraftView
from webapp.surfaces.shared.current import blocks


@dataclass(frozen=True)
class CheckLine:
    """One line. `level` is "error" (publishing is refused) or "warning"; `label` names the block and its field."""

    level: str
    text: str
    label: str
    block_id: str
    field: str


def found_checks(session: Session, view: DraftView) -> list[CheckLine]:
    """What is worth a look in a draft, errors first."""
    places = {one.id: one.definition for one in blocks().bind(view.blocks) if one.definition}
    return [_line(check, places.get(check.block_id)) for check in checks.checks(session, blocks(), view)]


def _line(check: Check, definition: Definition | None) -> CheckLine:
    text = _(check.message) % check.params if check.params else _(check.message)
    names = [_(definition.label), *_field_names(definition, check.field)] if definition else []
    return CheckLine(check.level, text, " › ".join(names), check.block_id, check.field)


def _field_names(group: type[Fields], path: str) -> list[str]:
    """ "items.2.answer" -> ["Questions 3", "Answer"]."""
    name, _dot, rest = path.partition(".")
    field = group.fields.get(name)
    if field is None:
        return []
    number, _dot, inner = rest.partition(".")
    if not isinstance(field, Items) or not number.isdigit():
        return [_(field.label)]
    return [f"{_(field.label)} {int(number) + 1}", *_field_names(field.of, inner)]
