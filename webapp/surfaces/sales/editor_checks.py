"""The checks before publishing as the editor lists them: each a sentence, and the place that it jumps to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import checks
from webapp.reseller.cms.checks import Check
from webapp.reseller.cms.queries import DraftView
from webapp.surfaces.shared.current import blocks

from .editor_state import cards


@dataclass(frozen=True)
class CheckLine:
    """One line. `level` is "error" (publishing is refused) or "warning"; `label` names the block."""

    level: str
    text: str
    label: str
    block_id: str
    field: str


def found_checks(session: Session, view: DraftView) -> list[CheckLine]:
    """What is worth a look in a draft, errors first."""
    labels = {card.id: card.label for card in cards(view)}
    return [_line(check, labels) for check in checks.checks(session, blocks(), view)]


def _line(check: Check, labels: Mapping[str, str]) -> CheckLine:
    text = _(check.message) % check.params if check.params else _(check.message)
    return CheckLine(check.level, text, labels.get(check.block_id, ""), check.block_id, check.field)
