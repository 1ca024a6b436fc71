"""Prices as the panel edits them: many of one ending at once, from today on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor

from . import facts, queries
from .operations import end_price, set_price
from .queries import ProductPrices

#: (operation, years) -> minor units; None: not for sale for so long.
Amounts = Mapping[tuple[str, int], int | None]


def prices_of(session: Session, product_id: int) -> ProductPrices | None:
    """Today's common prices of one product beside their wholesale prices; None for an unknown one."""
    partner = partners.partner(session)
    rows = queries.price_rows(session, partner.currency, clock.today(partner.timezone))
    return next((row for row in rows if row.product_id == product_id), None)


def set_amounts(session: Session, actor: Actor, product_id: int, amounts: Amounts) -> int:
    """Make these the prices from today on; what is the same already is left alone. Returns how many changed."""
    partner = partners.partner(session)
    today, changed = clock.today(partner.timezone), 0
    for (operation, years), amount in amounts.items():
        now = queries.price(session, product_id, operation, years, partner.currency, today)
        if amount == now:
            continue
        key = (product_id, operation, years)
        if amount is None:
            end_price(session, actor, *key, partner.currency, today - timedelta(days=1))
        else:
            set_price(session, actor, *key, amount, partner.currency, today)
        changed += 1
    return changed


def in_step(row: ProductPrices, yearly: Mapping[str, int | None]) -> dict[tuple[str, int], int | None]:
    """The amounts for a year, and those of longer periods that are for sale, as they follow from them.

    Only the first year has the entry price; each further one costs what a renewal costs.
    """
    wanted: dict[tuple[str, int], int | None] = {(operation, 1): amount for operation, amount in yearly.items()}
    first, further = yearly.get(facts.REGISTER), yearly.get(facts.RENEW)
    for (operation, years), cell in row.cells.items():
        if years == 1 or cell.amount is None or further is None:
            continue
        if operation == facts.RENEW:
            wanted[operation, years] = further * years
        elif operation == facts.REGISTER and first is not None:
            wanted[operation, years] = first + further * (years - 1)
    return wanted
