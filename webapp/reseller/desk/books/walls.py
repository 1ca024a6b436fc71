"""I8: no row leads to another tenant's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Select, select
from sqlalchemy.orm import Session, aliased

from webapp.foundation.schema import Base, TenantOwned
from webapp.reseller.accounts import models as accounts
from webapp.reseller.billing import bank_models, gateway_models, invoice_models
from webapp.reseller.catalog import models as catalog
from webapp.reseller.cms.models import Page, PageVersion
from webapp.reseller.notifications import models as notifications

from .rules import NAMED, Check

#: Rooms that no check names, but whose tables have parents too: a table is known once its module is loaded.
ALSO_CHECKED = (accounts, bank_models, catalog, gateway_models, invoice_models, notifications)


def parents_are_the_tenants_own(session: Session) -> Iterable[str]:
    """Follows every composite key by id alone and compares the tenants."""
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for child in models.values():
        if issubclass(child, TenantOwned):
            for column, parent in _parents(child, models):
                yield from _strangers(session, child, column, parent)
    yield from _strangers(session, Page, "published_version_id", PageVersion)


def _parents(child: Any, models: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for constraint in child.__table__.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and len(constraint.column_keys) == 2:
            (column,) = (key for key in constraint.column_keys if key != "partner_id")
            yield column, models[constraint.elements[0].column.table.name]


def _strangers(session: Session, child: Any, column: str, parent: Any) -> Iterable[str]:
    found = session.scalars(_crossing(child, column, parent))
    return (f"{child.__tablename__} {number} points to another tenant by {column}" for number in found)


@cache
def _crossing(child: Any, column: str, parent: Any) -> Select[Any]:
    """Kept: putting fifty joins together takes longer than the database needs for them."""
    other = aliased(parent)
    link = getattr(child, column)
    return select(child.id).join(other, other.id == link).where(other.partner_id != child.partner_id).limit(NAMED)


CHECKS: dict[str, Check] = {"I8 no row points to another tenant": parents_are_the_tenants_own}
