"""Amounts of many products at once: what they cost for how long, on a day, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from .models import Price, PriceGroupMember

Amounts = dict[int, int]  # years -> minor units


def audience(account_id: int | None) -> ColumnElement[bool]:
    """Common prices, and those of the account's group if it is in one."""
    if account_id is None:
        return Price.group_id.is_(None)
    group = select(PriceGroupMember.group_id).where(PriceGroupMember.account_id == account_id).scalar_subquery()
    return or_(Price.group_id.is_(None), Price.group_id == group)


def valid(on: date) -> tuple[ColumnElement[bool], ...]:
    """Prices of a business day of the partner."""
    return Price.valid_from <= on, or_(Price.valid_to.is_(None), Price.valid_to >= on)


def prices_of(
    session: Session, product_ids: Sequence[int], currency: str, on: date, account_id: int | None
) -> dict[int, dict[str, Amounts]]:
    """product id -> operation -> years -> amount, on sale or not. One statement."""
    return _best_prices(session, product_ids, currency, on, account_id)


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
) -> dict[int, dict[str, Amounts]]:
    if not product_ids:
        return {}
    found = session.execute(
        select(Price.product_id, Price.operation, Price.years, Price.amount)
        .where(Price.currency == currency, Price.product_id.in_(product_ids), *only)
        .where(*valid(on), audience(account_id))
        .order_by(Price.group_id.is_not(None), Price.valid_from, Price.id)
    )
    best: dict[int, dict[str, Amounts]] = {}  # rows come worst first, so that the last one written wins
    for product_id, operation, years, amount in found:
        best.setdefault(product_id, {}).setdefault(operation, {})[years] = amount
    return {product: {op: dict(sorted(by.items())) for op, by in ops.items()} for product, ops in best.items()}
