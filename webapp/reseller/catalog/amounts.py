"""Amounts of many products at once: what they cost for how long, on a day, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from .models import Price, PriceGroupMember

Amounts = dict[int, int]  # years (or days) -> minor units

#: Which of two prices that hold on a day counts: the later in this order. A group's beats the common one, one set by
#: hand ("own") one made by a rule, then the latest start wins. An amount of None that wins means: not for sale.
WORST_FIRST = (Price.group_id.is_not(None), Price.source.desc(), Price.valid_from, Price.id)
BEST_FIRST = (Price.group_id.is_(None), Price.source, Price.valid_from.desc(), Price.id.desc())


def audience(account_id: int | None) -> ColumnElement[bool]:
    """Common prices, and those of the account's group if it is in one."""
    if account_id is None:
        return Price.group_id.is_(None)
    group = select(PriceGroupMember.group_id).where(PriceGroupMember.account_id == account_id).scalar_subquery()
    return or_(Price.group_id.is_(None), Price.group_id == group)


def of_group(group_id: int | None) -> ColumnElement[bool]:
    """Common prices, and those of a group."""
    return Price.group_id.is_(None) if group_id is None else or_(Price.group_id.is_(None), Price.group_id == group_id)


def valid(on: date) -> tuple[ColumnElement[bool], ...]:
    """Prices of a business day of the partner."""
    return Price.valid_from <= on, or_(Price.valid_to.is_(None), Price.valid_to >= on)


def prices_of(
    session: Session, product_ids: Sequence[int], currency: str, on: date, account_id: int | None
) -> dict[int, dict[str, Amounts]]:
    """product id -> operation -> years -> amount, on sale or not. One statement. Periods in days: `day_prices_of`."""
    return _best_prices(session, product_ids, currency, on, account_id)


def day_prices_of(
    session: Session, product_ids: Sequence[int], currency: str, on: date, account_id: int | None
) -> dict[int, dict[str, Amounts]]:
    """product id -> operation -> days -> amount, for periods in days. One statement."""
    return _best_prices(session, product_ids, currency, on, account_id, period=Price.days)


def first_prices_of(
    session: Session, product_ids: Sequence[int], currency: str, on: date, account_id: int | None
) -> dict[int, dict[str, Amounts]]:
    """As `prices_of`, but only registering and renewing for one year: a twentieth of the rows.

    What is not registered for one year has all its prices, which takes a second statement.
    """
    first = (Price.operation.in_(("register", "renew")), Price.years == 1)
    found = _best_prices(session, product_ids, currency, on, account_id, *first)
    longer = [product for product in product_ids if "register" not in found.get(product, {})]
    return found | prices_of(session, longer, currency, on, account_id)


def _best_prices(
    session: Session,
    product_ids: Sequence[int],
    currency: str,
    on: date,
    account_id: int | None,
    *only: ColumnElement[bool],
    period: InstrumentedAttribute[int] = Price.years,
) -> dict[int, dict[str, Amounts]]:
    if not product_ids:
        return {}
    found = session.execute(
        select(Price.product_id, Price.operation, period, Price.amount)
        .where(Price.currency == currency, Price.product_id.in_(product_ids), period > 0, *only)
        .where(*valid(on), audience(account_id))
        .order_by(*WORST_FIRST)
    )
    best = {(product, operation, length): amount for product, operation, length, amount in found}
    made: dict[int, dict[str, Amounts]] = {}
    for (product, operation, length), amount in sorted(best.items()):
        if amount is not None:
            made.setdefault(product, {}).setdefault(operation, {})[length] = amount
    return made
