"""Small charts as SVG: numbers become rectangles here, the template only draws. The same numbers stand in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton

from webapp.foundation.i18n import current_locale

HEIGHT, STEP, THICK = 96, 40, 24


@dataclass(frozen=True)
class Bar:
    """One column: its label, its number, its place in the drawing."""

    label: str
    value: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A column chart; sizes in the drawing's own units."""

    bars: Sequence[Bar]
    width: int
    height: int = HEIGHT
    thick: int = THICK

    @property
    def empty(self) -> bool:
        """True when every number is zero."""
        return not any(bar.value for bar in self.bars)


def bars(months: Sequence[tuple[date, int]]) -> Chart:
    """A column per month; the highest fills the drawing, and what is not zero can be seen."""
    most = max((value for _, value in months), default=0) or 1
    columns = []
    for index, (month, value) in enumerate(months):
        height = max(round(value / most * (HEIGHT - 16)), 2) if value else 0
        x = index * STEP + (STEP - THICK) // 2
        columns.append(Bar(month_name(month), value, x, HEIGHT - height, height))
    return Chart(columns, STEP * len(columns))


def month_name(month: date) -> str:
    """ "Dec 2026" as the reader writes it."""
    return str(format_skeleton("yMMM", month, locale=current_locale()))
