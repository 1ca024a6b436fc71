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


# --- many columns: days of a period, months of a year ----------------------------------------------------------

WIDE, TALL, FLOOR = 720, 160, 8


@dataclass(frozen=True)
class Column:
    """One day or month: its number, and a part of it drawn over its foot (clicks of views, orders of searches)."""

    label: str
    value: int
    part: int
    x: float
    width: float
    y: int
    height: int
    part_y: int
    part_height: int


@dataclass(frozen=True)
class Columns:
    """A chart of columns. `most` is the highest number, at the line `top`; `ticks` are the labels below."""

    columns: Sequence[Column]
    most: int
    total: int
    part_total: int
    width: int = WIDE
    height: int = TALL
    top: int = FLOOR

    @property
    def ticks(self) -> list[str]:
        """The first, the middle and the last label."""
        found = [self.columns[0], self.columns[len(self.columns) // 2], self.columns[-1]] if self.columns else []
        return [column.label for column in found]

    @property
    def with_something(self) -> list[Column]:
        """The newest first, without what is zero: for the table beside the drawing."""
        return [column for column in reversed(self.columns) if column.value or column.part]


def columns(points: Sequence[tuple[str, int, int]]) -> Columns:
    """(label, number, part of it) in order of time; the highest number fills the drawing."""
    most = max((max(value, part) for _, value, part in points), default=0)
    step = WIDE / max(len(points), 1)
    made = []
    for index, (label, value, part) in enumerate(points):
        high, low = _high(value, most), _high(part, most)
        x, width = round(index * step + step * 0.14, 2), round(step * 0.72, 2)
        made.append(Column(label, value, part, x, width, TALL - high, high, TALL - low, low))
    return Columns(made, most, sum(point[1] for point in points), sum(point[2] for point in points))


def _high(value: int, most: int) -> int:
    """What is not zero can be seen."""
    return max(round(value / most * (TALL - FLOOR)), 2) if value else 0


def day_name(day: date) -> str:
    """ "5 Dec" as the reader writes it."""
    return str(format_skeleton("MMMd", day, locale=current_locale()))
