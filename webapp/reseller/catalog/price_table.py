"""The partner's price table: every ending with what it costs, what it sells for and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners

from . import costs
from .amounts import WORST_FIRST
from .costs import Cost
from .margins import Margin, margin
from .models import Price
from .queries import all_products


@dataclass(frozen=True)
class PriceCell:
    """A price beside what it costs the partner, and its next known change.

    `source`: own | rule, "" where nothing was ever set; amount None: not for sale for so long.
    """

    amount: int | None
    valid_from: date | None
    wholesale: int | None
    next_amount: int | None = None
    next_from: date | None = None
    source: str = ""
    margin: Margin | None = None


@dataclass(frozen=True)
class ProductPrices:
    """A row of the partner's price table; `position` is None for an ending outside the default group."""

    product_id: int
    tld: str
    tld_id: int
    min_years: int
    max_years: int
    on_sale: bool
    position: int | None
    spotlight: bool
    cells: dict[tuple[str, int], PriceCell] = field(default_factory=dict)
    #: (operation, days) -> the price of a period in days
    day_cells: dict[tuple[str, int], PriceCell] = field(default_factory=dict)

    def cell(self, operation: str, years: int = 1) -> PriceCell:
        """The price of an operation for so many years; an empty cell when there is none."""
        return self.cells.get((operation, years), PriceCell(None, None, None))

    @property
    def losses(self) -> list[tuple[str, int, int]]:
        """(operation, years, days) of what is sold below its cost."""
        found = [(op, years, 0, cell) for (op, years), cell in self.cells.items()]
        found += [(op, 0, days, cell) for (op, days), cell in self.day_cells.items()]
        return [(op, years, days) for op, years, days, cell in found if cell.margin and cell.margin.amount < 0]


_PRICE: tuple[Any, ...] = (
    *(Price.product_id, Price.operation, Price.years, Price.days),
    *(Price.amount, Price.source, Price.valid_from, Price.valid_to),
)

Periods = dict[tuple[str, int, int], PriceCell]  # (operation, years, days)


def price_rows(session: Session, currency: str, on: date, group_id: int | None = None) -> list[ProductPrices]:
    """The partner's price table (H-41): every domain product with common prices, or those of one price group.

    Four statements; one or two more where wholesale prices are converted.
    """
    partner = partners.partner(session)
    found = session.execute(all_products()).all()
    known = costs.by_ending(session, partner, on)
    prices = _prices_of_group(session, currency, group_id)
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    return [
        _product_prices(row, _cells(prices.get(row.product_id, []), known.get(row.tld_id, {}), on, tax_bp))
        for row in found
    ]


def losses(session: Session, on: date) -> list[ProductPrices]:
    """Endings of which something is sold below its cost, by the common prices."""
    currency = partners.partner(session).currency
    return [row for row in price_rows(session, currency, on) if row.losses]


def _product_prices(row: Row[Any], cells: Periods) -> ProductPrices:
    return ProductPrices(
        product_id=row.product_id,
        tld=row.tld,
        tld_id=row.tld_id,
        min_years=row.min_years,
        max_years=row.max_years,
        on_sale=row.on_sale,
        position=row.position,
        spotlight=bool(row.spotlight),
        cells={(operation, years): cell for (operation, years, days), cell in cells.items() if not days},
        day_cells={(operation, days): cell for (operation, _, days), cell in cells.items() if days},
    )


def _prices_of_group(session: Session, currency: str, group_id: int | None) -> dict[int, list[Row[Any]]]:
    rows: dict[int, list[Row[Any]]] = {}
    where = (Price.currency == currency, Price.group_id == group_id)
    for row in session.execute(select(*_PRICE).where(*where).order_by(*WORST_FIRST)):
        rows.setdefault(row.product_id, []).append(row)
    return rows


def _cells(prices: Iterable[Row[Any]], known: dict[costs.Period, Cost], on: date, tax_bp: int) -> Periods:
    by_key: dict[costs.Period, list[Row[Any]]] = {}
    for row in prices:
        by_key.setdefault((row.operation, row.years, row.days), []).append(row)
    return {key: _cell(rows, known.get(key), on, tax_bp) for key, rows in by_key.items()}


def _cell(rows: list[Row[Any]], cost: Cost | None, on: date, tax_bp: int) -> PriceCell:
    """`rows` come worst first, so that the last one that holds counts."""
    current = [row for row in rows if row.valid_from <= on and (row.valid_to is None or row.valid_to >= on)]
    coming = [row for row in rows if row.valid_from > on]
    now, then = (current[-1] if current else None), min(coming, key=lambda row: row.valid_from, default=None)
    amount, wholesale = (now.amount if now else None), (cost.amount if cost else None)
    return PriceCell(
        amount=amount,
        valid_from=now.valid_from if now else None,
        wholesale=wholesale,
        next_amount=then.amount if then else None,
        next_from=then.valid_from if then else None,
        source=now.source if now else "",
        margin=margin(amount, wholesale, tax_bp),
    )
