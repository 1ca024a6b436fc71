"""The partner's price table: every ending with what it costs, what it sells for and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners

from . import costs, facts
from .amounts import WORST_FIRST
from .costs import Cost, Period
from .exchange import Rate
from .margins import Margin, margin
from .models import Price, Product
from .queries import all_products


@dataclass(frozen=True)
class PriceCell:
    """A price beside what it costs the partner, and its next known change.

    `source`: own | rule, "" where nothing is set; amount None: not for sale for so long. For a price group without a
    price of its own `common` is what its members pay. `next_cost`: what the operator has announced.
    """

    amount: int | None
    valid_from: date | None
    wholesale: int | None
    next_amount: int | None = None
    next_from: date | None = None
    source: str = ""
    margin: Margin | None = None
    common: int | None = None
    next_cost: int | None = None
    next_cost_from: date | None = None
    rate: Rate | None = None

    @property
    def below_cost(self) -> bool:
        """Each sale loses money."""
        return self.margin is not None and self.margin.amount < 0


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

    def first_key(self, operation: str) -> Period:
        """The shortest period of an operation: of a registration or renewal what the registry asks for at least."""
        return operation, self.min_years if operation in (facts.REGISTER, facts.RENEW) else 1, 0

    def first_cell(self, operation: str) -> PriceCell:
        """The price of the shortest period of an operation."""
        return self.cell(*self.first_key(operation)[:2])

    def every_cell(self) -> dict[Period, PriceCell]:
        """Every price by (operation, years, days)."""
        years = {(operation, years, 0): cell for (operation, years), cell in self.cells.items()}
        return years | {(operation, 0, days): cell for (operation, days), cell in self.day_cells.items()}

    @property
    def losses(self) -> list[tuple[str, int, int]]:
        """(operation, years, days) of what is sold below its cost."""
        return [period for period, cell in self.every_cell().items() if cell.below_cost]


_PRICE: tuple[Any, ...] = (
    *(Price.product_id, Price.operation, Price.years, Price.days),
    *(Price.group_id, Price.amount, Price.source, Price.valid_from, Price.valid_to),
)

Periods = dict[Period, PriceCell]


def price_rows(
    session: Session, currency: str, on: date, group_id: int | None = None, product_id: int | None = None
) -> list[ProductPrices]:
    """The partner's price table (H-41): every domain product (or one) with common prices, or those of one price group.

    Six statements; one or two more where wholesale prices are converted.
    """
    partner = partners.partner(session)
    query = all_products()
    found = session.execute(query if product_id is None else query.where(Product.id == product_id)).all()
    tlds = None if product_id is None else [row.tld_id for row in found]
    known = costs.by_ending(session, partner, on, tlds)
    coming = costs.announced(session, partner, on, known)
    prices = _prices_of_group(session, currency, on, group_id, product_id)
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    return [
        _product_prices(
            row,
            _cells(
                prices.get(row.product_id, []),
                _Costs(known.get(row.tld_id, {}), coming.get(row.tld_id, {}), tax_bp),
                on,
                group_id,
            ),
        )
        for row in found
    ]


def losses(session: Session, on: date) -> list[ProductPrices]:
    """Endings of which something is sold below its cost, by the common prices."""
    currency = partners.partner(session).currency
    return [row for row in price_rows(session, currency, on) if row.losses]


@dataclass(frozen=True)
class _Costs:
    """What one ending costs, what it will cost, and the tax that its prices include."""

    known: Mapping[Period, Cost]
    coming: Mapping[Period, tuple[date, int]]
    tax_bp: int


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


def _prices_of_group(
    session: Session, currency: str, on: date, group_id: int | None, product_id: int | None
) -> dict[int, list[Row[Any]]]:
    """Prices that have not ended, the common ones under those of the group."""
    rows: dict[int, list[Row[Any]]] = {}
    where = [Price.currency == currency, or_(Price.valid_to.is_(None), Price.valid_to >= on)]
    where.append(or_(Price.group_id.is_(None), Price.group_id == group_id))
    where += [] if product_id is None else [Price.product_id == product_id]
    for row in session.execute(select(*_PRICE).where(*where).order_by(*WORST_FIRST)):
        rows.setdefault(row.product_id, []).append(row)
    return rows


def _cells(prices: Iterable[Row[Any]], costs_of: _Costs, on: date, group_id: int | None) -> Periods:
    by_key: dict[Period, list[Row[Any]]] = {key: [] for key in costs_of.known}
    common: dict[Period, int | None] = {}
    for row in prices:
        key = (row.operation, row.years, row.days)
        if row.group_id == group_id:
            by_key.setdefault(key, []).append(row)
        elif row.valid_from <= on:
            by_key.setdefault(key, [])
            common[key] = row.amount
    return {key: replace(_cell(rows, costs_of, key, on), common=common.get(key)) for key, rows in by_key.items()}


def _cell(rows: list[Row[Any]], costs_of: _Costs, key: Period, on: date) -> PriceCell:
    """`rows` come worst first, so that the last one that holds counts."""
    current, coming = [row for row in rows if row.valid_from <= on], [row for row in rows if row.valid_from > on]
    now, then = (current[-1] if current else None), min(coming, key=lambda row: row.valid_from, default=None)
    cost, (next_cost_from, next_cost) = costs_of.known.get(key), costs_of.coming.get(key, (None, None))
    amount, wholesale = (now.amount if now else None), (cost.amount if cost else None)
    return PriceCell(
        amount=amount,
        valid_from=now.valid_from if now else None,
        wholesale=wholesale,
        next_amount=then.amount if then else None,
        next_from=then.valid_from if then else None,
        source=now.source if now else "",
        margin=margin(amount, wholesale, costs_of.tax_bp),
        next_cost=next_cost,
        next_cost_from=next_cost_from,
        rate=cost.rate if cost else None,
    )
