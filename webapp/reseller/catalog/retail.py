"""Prices as the panel edits them: many of one ending at once, for everybody or for a price group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor

from . import facts
from .costs import Period
from .operations import clear_override, set_price
from .price_table import ProductPrices, price_rows

#: Minor units; None: not for sale for so long, or (of a group) the common price.
Amounts = Mapping[Period, int | None]


def prices_of(
    session: Session, product_id: int, group_id: int | None = None, on: date | None = None
) -> ProductPrices | None:
    """Prices of one ending beside their wholesale prices on a day (today); None for an unknown one."""
    partner = partners.partner(session)
    day = on or clock.today(partner.timezone)
    return next(iter(price_rows(session, partner.currency, day, group_id, product_id)), None)


def set_amounts(
    session: Session,
    actor: Actor,
    product_id: int,
    amounts: Amounts,
    start: date | None = None,
    group_id: int | None = None,
) -> int:
    """Make these the prices from a day on (today), set by hand; what is the same already is left alone.

    Returns how many changed. Raises what `set_price` raises.
    """
    partner = partners.partner(session)
    day = start or clock.today(partner.timezone)
    row = prices_of(session, product_id, group_id, day)
    now = row.every_cell() if row else {}
    changed = 0
    for period, amount in amounts.items():
        operation, years, days = period
        cell = now.get(period)
        if amount == (cell.amount if cell else None):
            continue
        if amount is None and group_id is not None:
            clear_override(session, actor, product_id, operation, years, partner.currency, group_id, days, day)
        else:
            key = (product_id, operation, years)
            set_price(session, actor, *key, amount, partner.currency, day, group_id=group_id, days=days)
        changed += 1
    return changed


def back_to_rules(
    session: Session, actor: Actor, product_id: int, operation: str = "", group_id: int | None = None
) -> int:
    """Leave every price of an ending (or those of one operation) that was set by hand to the rules again; of a group
    without a rule: to the common prices. Returns how many it were."""
    row = prices_of(session, product_id, group_id)
    cells = row.every_cell() if row else {}
    own = [key for key, cell in cells.items() if cell.source == "own" and operation in ("", key[0])]
    currency = partners.partner(session).currency
    for name, years, days in own:
        clear_override(session, actor, product_id, name, years, currency, group_id, days)
    return len(own)


def in_step(row: ProductPrices, changed: Amounts) -> dict[Period, int | None]:
    """The amounts of longer periods that are for sale, as they follow from changed prices of the shortest one. What is
    not sold for the shortest period has none.

    Only the first period has the entry price; each further year costs what a renewal costs by the year.
    """
    first_keys = row.first_key(facts.REGISTER), row.first_key(facts.RENEW)
    moved = {key[0] for key in first_keys if key in changed}
    first, further = (changed.get(key, row.first_cell(key[0]).amount) for key in first_keys)
    if further is None or not moved:
        return {}
    wanted: dict[Period, int | None] = {}
    for (operation, years), cell in row.cells.items():
        if years <= row.min_years or cell.amount is None:
            continue
        if operation == facts.RENEW and facts.RENEW in moved:
            wanted[operation, years, 0] = _for_years(further, years, row.min_years)
        elif operation == facts.REGISTER and first is not None:
            wanted[operation, years, 0] = first + _for_years(further, years - row.min_years, row.min_years)
    return wanted


def _for_years(amount: int, years: int, of_years: int) -> int:
    """What so many years cost at `amount` for `of_years`, half a minor unit rounded up."""
    return (2 * amount * years + of_years) // (2 * of_years)
