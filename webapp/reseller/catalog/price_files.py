"""Price lists in and out (H-41): what a file would change, and changing it.

A line says what one operation of one ending costs for one period, for everybody or for a price group. An empty price:
what the rules make; "-": not for sale. A day that has passed means today, so that a file that was exported and edited
can be read again. Prices of the lines that are not there stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.money import to_decimal
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from . import costs, facts, price_sheets
from .amounts import WORST_FIRST
from .costs import Cost, Period
from .models import Price, PriceGroup, Product, Tld
from .operations import check_period
from .price_sheets import Line, OddAmount, Problem

#: For people who edit the file; ignored when it is read.
FURTHER = ("by_rule", "cost")
MOST_PROBLEMS = 200
#: Days on which prices of one file begin: the costs of each are read.
MOST_DAYS = 31
#: What stands in the column of prices for "not for sale".
NOT_SOLD = "-"
#: Of an exported row: amounts are exact decimals.
Cell = str | Decimal
Key = tuple[int, str, int, int, int | None]
_PERIOD = re.compile(r"([0-9]{1,4}) ?([yd])")


@dataclass(frozen=True)
class Row:
    """A line that is understood. `amount` None: not for sale, or what the rules make (`by_rule`)."""

    line: int
    product_id: int
    ending: str
    operation: str
    years: int
    days: int
    group_id: int | None
    amount: int | None
    by_rule: bool
    valid_from: date

    @property
    def key(self) -> Key:
        """What the price is for."""
        return self.product_id, self.operation, self.years, self.days, self.group_id


@dataclass(frozen=True)
class Sheet:
    """What a file says: nothing of it is applied while there is a problem."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Shop:
    """What lines are checked against, read once."""

    partner: Partner
    today: date
    products: Mapping[str, tuple[int, Tld]]
    groups: Mapping[str, int]


def read(session: Session, content: bytes, name: str) -> Sheet:
    """The lines of a CSV or XLSX file. Raises Refusal for a file that is no price list at all. Three statements."""
    found = price_sheets.lines(content, name)
    shop = _shop(session)
    rows: dict[tuple[Any, ...], Row] = {}
    problems: list[Problem] = []
    for line in found:
        try:
            row = _row(shop, line)
            if row.key in rows:
                raise Refusal("twice", N_("The same price stands in line %(first)s."), first=rows[row.key].line)
            rows[row.key] = row
        except Refusal as refused:
            problems.append(Problem(line.number, refused.message, refused.params))
        if len(problems) >= MOST_PROBLEMS:
            break
    if len({row.valid_from for row in rows.values()}) > MOST_DAYS:
        text = N_("The list has prices from more than %(most)s different days on: split it up.")
        raise Refusal("days", text, "file", most=MOST_DAYS)
    return Sheet(tuple(rows.values()), tuple(problems))


def _shop(session: Session) -> _Shop:
    partner = partners.partner(session)
    products = session.execute(
        select(Product.id, Tld).join(Tld, Tld.id == Product.tld_id).where(Product.kind == "domain")
    ).all()
    groups = session.execute(select(PriceGroup.name, PriceGroup.id)).all()
    return _Shop(
        partner,
        clock.today(partner.timezone),
        {tld.name: (product_id, tld) for product_id, tld in products},
        {name.lower(): group_id for name, group_id in groups},
    )


def _row(shop: _Shop, line: Line) -> Row:
    cells = {name: line.cells.get(name, "") for name in price_sheets.COLUMNS}
    if line.surplus:
        raise Refusal("cells", N_("There are more cells than columns: is there a price with a comma?"))
    if price_sheets.FORMULA in cells.values():
        raise Refusal("formula", N_("A formula stands there instead of a value."))
    product_id, tld = _product(shop, cells["ending"])
    operation = cells["operation"].lower()
    years, days = _period(cells["period"].lower())
    check_period(tld, operation, years, days)
    if cells["currency"] and cells["currency"].upper() != shop.partner.currency:
        text = N_("Prices are in %(currency)s here, not in %(value)s.")
        raise Refusal("currency", text, currency=shop.partner.currency, value=cells["currency"][:10])
    amount = _amount(cells["price"], shop.partner.currency)
    start = _day(cells["valid_from"], shop.today)
    group_id = _group(shop, cells["group"])
    what = (product_id, tld.name, operation, years, days, group_id)
    return Row(line.number, *what, amount=amount, by_rule=not cells["price"], valid_from=start)


def _product(shop: _Shop, text: str) -> tuple[int, Tld]:
    name = text.lower().lstrip(".")
    try:
        ascii_name = name.encode("idna").decode("ascii") if not name.isascii() else name
    except UnicodeError:
        ascii_name = ""
    if ascii_name not in shop.products:
        raise Refusal("ending", N_("You do not sell the ending “%(value)s”."), value=text[:60])
    return shop.products[ascii_name]


def _period(text: str) -> tuple[int, int]:
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise Refusal("period", N_("Write the period as 1y (a year) or 30d (days), not “%(value)s”."), value=text[:20])
    number = int(found[1])
    if not number:
        raise Refusal("period", N_("A period cannot be zero."))
    return (number, 0) if found[2] == "y" else (0, number)


def _amount(text: str, currency: str) -> int | None:
    if text in ("", NOT_SOLD):
        return None
    try:
        return price_sheets.amount(text, currency, facts.LARGEST_AMOUNT)
    except OddAmount as odd:
        raise Refusal("amount", str(odd), value=text[:40]) from None


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        message = N_("Write the day as 2027-01-31, not “%(value)s”.")
        raise Refusal("valid_from", message, value=text[:20]) from None
    if day.year > today.year + 5:
        raise Refusal("valid_from", N_("A price can be set for five years ahead at most."))
    return max(day, today)


def _group(shop: _Shop, text: str) -> int | None:
    if not text:
        return None
    if text.lower() not in shop.groups:
        raise Refusal("group", N_("There is no price group “%(value)s”."), value=text[:60])
    return shop.groups[text.lower()]


# --- out -----------------------------------------------------------------------------------------------------


def export(session: Session) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """(header, rows) of every price of today, those of groups after the common ones. A few statements."""
    shop = _shop(session)
    known = costs.by_ending(session, shop.partner, shop.today)
    prices = prices_by_key(session, shop.partner, [product for product, _ in shop.products.values()])
    names = {group_id: name for name, group_id in session.execute(select(PriceGroup.name, PriceGroup.id))}
    rows: list[tuple[Cell, ...]] = []
    for ending, (product_id, tld) in sorted(shop.products.items()):
        mine = known.get(tld.id, {})
        common: set[tuple[int | None, Period]] = {(None, period) for period in mine}
        keys = common | {(key[4], (key[1], key[2], key[3])) for key in prices if key[0] == product_id}
        for group_id, period in sorted(keys, key=_order):
            found = prices.get((product_id, *period, group_id), [])
            rows.append(_exported(shop, ending, period, names.get(group_id or 0, ""), found, mine.get(period)))
    return (*price_sheets.COLUMNS, *FURTHER), rows


def _order(key: tuple[int | None, Period]) -> tuple[Any, ...]:
    group_id, (operation, years, days) = key
    return group_id or 0, facts.PRICED.index(operation), days, years


def _exported(
    shop: _Shop, ending: str, period: Period, group: str, rows: Sequence[Price], cost: Cost | None
) -> tuple[Cell, ...]:
    operation, years, days = period
    own, made = (held(rows, source, shop.today) for source in ("own", "rule"))
    price: Cell = "" if own is None else NOT_SOLD if own.amount is None else _decimal(own.amount, shop)
    by_rule: Cell = _decimal(made.amount, shop) if made and made.amount is not None else ""
    start: Cell = own.valid_from.isoformat() if own else ""
    what = (ending, operation, f"{years}y" if years else f"{days}d", shop.partner.currency, price, group, start)
    return (*what, by_rule, _decimal(cost.amount, shop) if cost else "")


def _decimal(minor: int, shop: _Shop) -> Cell:
    return to_decimal(minor, shop.partner.currency)


def held(rows: Sequence[Price], source: str, on: date) -> Price | None:
    """Of the rows of a key, worst first, the one of this source that counts on a day."""
    fits = [row for row in rows if row.source == source and row.valid_from <= on]
    fits = [row for row in fits if row.valid_to is None or row.valid_to >= on]
    return fits[-1] if fits else None


def prices_by_key(session: Session, partner: Partner, product_ids: Sequence[int]) -> dict[Key, list[Price]]:
    """Every price of these products that has not ended, by what it is for, worst first. One statement."""
    today = clock.today(partner.timezone)
    where = (Price.currency == partner.currency, Price.product_id.in_(product_ids))
    open_rows = Price.valid_to.is_(None) | (Price.valid_to >= today)
    found: dict[Key, list[Price]] = {}
    for row in session.scalars(select(Price).where(*where, open_rows).order_by(*WORST_FIRST)):
        found.setdefault((row.product_id, row.operation, row.years, row.days, row.group_id), []).append(row)
    return found
