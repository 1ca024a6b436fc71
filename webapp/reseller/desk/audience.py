"""What an advertisement's audience asks about a visitor: facts of several rooms."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.catalog.models import PriceGroup, PriceGroupMember
from webapp.reseller.cms.campaigns import Visitor
from webapp.reseller.services.models import Domain

#: A name that an account has, or had until its grace ended.
OWNED = ("active", "expiring", "expired", "redemption", "suspended")


def visitor(session: Session, account_id: int | None) -> Visitor:
    """A signed-in person who acts for an account (or, so far, for none)."""
    if account_id is None:
        return Visitor(signed_in=True)
    owns = select(Domain.id).where(Domain.account_id == account_id, Domain.state.in_(OWNED)).limit(1)
    groups = session.scalars(select(PriceGroupMember.group_id).where(PriceGroupMember.account_id == account_id))
    kinds = frozenset({"domains"} if session.scalar(owns) else ())
    return Visitor(signed_in=True, owns=kinds, groups=frozenset(groups))


def price_groups(session: Session) -> dict[int, str]:
    """The partner's price groups by id, by name."""
    rows = session.execute(select(PriceGroup.id, PriceGroup.name).order_by(PriceGroup.name)).all()
    return {row.id: row.name for row in rows}
