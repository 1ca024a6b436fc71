"""What a year more costs (or the shortest period that the registry renews for), for many products of many partners at
once: for the renewal run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation.db import among
from webapp.reseller.partners.models import Partner

from . import conditions as rules
from .amounts import WORST_FIRST
from .conditions import Conditions
from .models import Price, PriceGroupMember, Product, Promotion, Tld

#: Somewhere it is tomorrow already, elsewhere still yesterday: each partner's own day decides in the end.
_AROUND = timedelta(days=1)


@dataclass(frozen=True)
class YearPrices:
    """Prices of the shortest renewals as they stand around a day, and who is in which group."""

    by_product: Mapping[int, Sequence[Row[Any]]]  # the one that counts most comes last
    groups: Mapping[int, int]

    def of(self, product_id: int, account_id: int, on: date) -> int | None:
        """Minor units of the partner's currency on a business day; None where it is not for sale for so short."""
        mine = (None, self.groups.get(account_id))
        found = None
        for row in self.by_product.get(product_id, ()):
            begun = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
            if begun and row.group_id in mine:
                found = row
        return found.amount if found is not None else None


def year_prices(
    session: Session, product_ids: Collection[int], account_ids: Collection[int], today: date
) -> YearPrices:
    """Of products that are on sale. The order of prices is that of `amounts.prices_of`. Two statements."""
    mine = and_(Price.partner_id == Product.partner_id, Price.product_id == Product.id)
    what = (
        Price.currency == Partner.currency,
        Price.operation == "renew",
        Price.years == func.coalesce(Tld.min_years, 1),
    )
    days = (Price.valid_from <= today + _AROUND, or_(Price.valid_to.is_(None), Price.valid_to >= today - _AROUND))
    columns: tuple[Any, ...] = (Price.product_id, Price.group_id, Price.amount, Price.valid_from, Price.valid_to)
    found = session.execute(
        select(*columns)
        .select_from(Product)
        .join(Partner, Partner.id == Product.partner_id)
        .outerjoin(Tld, Tld.id == Product.tld_id)
        .join(Price, and_(mine, *what, *days))
        .where(among(session, Product.id, product_ids), Product.on_sale)
        .order_by(*WORST_FIRST)
    )
    by_product: dict[int, list[Row[Any]]] = {}
    for row in found:
        by_product.setdefault(row.product_id, []).append(row)
    members = select(PriceGroupMember.account_id, PriceGroupMember.group_id)
    groups = session.execute(members.where(among(session, PriceGroupMember.account_id, account_ids)))
    return YearPrices(by_product, {row.account_id: row.group_id for row in groups})


def with_promotions(session: Session, partner_ids: Collection[int], today: date) -> frozenset[int]:
    """Those of the partners that may be reducing renewals around a day. One statement."""
    days = (Promotion.valid_from <= today + _AROUND, Promotion.valid_to >= today - _AROUND)
    where = (among(session, Promotion.partner_id, partner_ids), Promotion.state == "active", *days)
    found = session.execute(select(Promotion.partner_id, Promotion.conditions).where(*where))
    return frozenset(row.partner_id for row in found if _for_renewals(rules.read(row.conditions)))


def _for_renewals(conditions: Conditions) -> bool:
    return not conditions.first_year and (not conditions.operations or "renew" in conditions.operations)
