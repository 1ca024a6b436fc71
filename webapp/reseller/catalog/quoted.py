"""The words of a quotation: what is asked for, and what each item costs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from webapp.foundation.i18n import gettext
from webapp.foundation.refusal import Refusal

from . import conditions as rules
from .conditions import Thing
from .models import Promotion


@dataclass(frozen=True)
class Item:
    """Something to buy. `key`: how the caller calls it; a period in days has years 0."""

    key: Hashable
    product_id: int
    operation: str
    years: int
    days: int = 0
    quantity: int = 1


@dataclass(frozen=True)
class QuotedLine:
    """What one item costs, all pieces of it, in minor units and the partner's tax mode.

    `list_amount` is the price before, `promoted` after the promotion, `amount` after the code as well. `lowest_30` is
    the lowest price of the 30 days before the promotion began; None without one that everybody may use.
    """

    list_amount: int
    promoted: int
    amount: int
    promotion_id: int | None = None
    promotion: str = ""
    code: str = ""
    lowest_30: int | None = None

    @property
    def discount(self) -> int:
        """What was taken off in all."""
        return self.list_amount - self.amount

    @property
    def discount_text(self) -> str:
        """Why, in the current language, for a line of a document."""
        parts = [gettext("Promotion: %(name)s", name=self.promotion)] if self.promotion_id else []
        parts += [gettext("Code %(code)s", code=self.code)] if self.amount < self.promoted else []
        return ", ".join(parts)


@dataclass(frozen=True)
class CodeResult:
    """What became of a code. `reason` speaks (a Refusal's sentence) when it is not `ok`; `discount` in minor units."""

    code: str
    ok: bool
    reason: Refusal | None = None
    discount: int = 0
    code_id: int | None = None


@dataclass(frozen=True)
class Quotation:
    """An order's prices. An item that is not for sale has no line. `running`: promotions that hold on the day."""

    lines: Mapping[Hashable, QuotedLine]
    pieces: Mapping[Hashable, int]
    code_result: CodeResult | None
    running: frozenset[int]

    @property
    def total(self) -> int:
        """What all lines cost."""
        return sum(line.amount for line in self.lines.values())

    def uses(self) -> dict[int, list[int]]:
        """promotion id -> what it takes off each piece that uses it."""
        used: dict[int, list[int]] = {}
        for key, line in self.lines.items():
            if line.promotion_id is not None:
                parts = rules.shares(line.list_amount - line.promoted, [1] * self.pieces[key])
                used.setdefault(line.promotion_id, []).extend(parts)
        return used


@dataclass(frozen=True)
class Priced:
    """An item that is for sale: its product and what one piece costs before and after the promotion."""

    item: Item
    thing: Thing
    product: Row[Any]
    full: int
    first_year: int | None
    now: int
    promotion: Promotion | None = None

    @property
    def amount(self) -> int:
        """What all pieces cost after the promotion."""
        return self.now * self.item.quantity
