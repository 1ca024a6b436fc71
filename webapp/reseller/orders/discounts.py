"""Which orders used a discount code, for the partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog.models import DiscountUse

from .models import Order


@dataclass(frozen=True)
class Used:
    """One use: minor units that were taken off; `returned`: the order was cancelled, so it does not count."""

    proforma_id: int
    number: str
    account_id: int
    subscriber: str
    amount: int
    used_at: datetime
    returned: bool


def orders_of_code(session: Session, code_id: int) -> list[Used]:
    """The latest uses first, at most 200. One statement."""
    columns = (Proforma.id, Proforma.number, Account.id, Account.name)
    rows = session.execute(
        select(*columns, DiscountUse.amount, DiscountUse.used_at, DiscountUse.returned_at.is_not(None))
        .join(Order, Order.id == DiscountUse.order_id)
        .join(Proforma, Proforma.id == Order.proforma_id)
        .join(Account, Account.id == DiscountUse.account_id)
        .where(DiscountUse.code_id == code_id)
        .order_by(DiscountUse.id.desc())
        .limit(200)
    )
    return [Used(*row) for row in rows]
