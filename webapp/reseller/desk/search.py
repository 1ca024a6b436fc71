"""The one search of the panel: subscribers, domains, services, proformas and invoices by any part of them.

Names are found by search keys (partners.search_keys), numbers by their digits (billing.number_search): each kind is one
statement by an index, at most SHOWN rows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, lazyload

from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import number_search
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import search_keys
from webapp.reseller.services.models import Domain, Service

#: Rows of each kind; the lists themselves show the rest.
SHOWN = 8


@dataclass(frozen=True)
class Some:
    """The first rows of a kind, and whether there are more."""

    items: Sequence[Any] = ()
    more: bool = False


@dataclass(frozen=True)
class Found:
    """What contains the text, by kind."""

    subscribers: Some = Some()
    domains: Some = Some()
    services: Some = Some()
    proformas: Some = Some()
    invoices: Some = Some()

    @property
    def anything(self) -> bool:
        """Was something found?"""
        return any(getattr(self, each.name).items for each in fields(self))


def everything(session: Session, text: str, kinds: Sequence[str]) -> Found:
    """What is found of these kinds (names of Found's fields), the best first: five statements at most."""
    return Found(**{kind: _first(session, KINDS[kind](text)) for kind in kinds} if text.strip() else {})


def _first(session: Session, statement: Select[Any]) -> Some:
    rows = session.scalars(statement.limit(SHOWN + 1)).all()
    return Some(rows[:SHOWN], len(rows) > SHOWN)


def _named(model: Any, kind: str, text: str) -> Select[Any]:
    return select(model).where(*search_keys.matching(text, kind, model.id)).order_by(model.id.desc())


def _numbered(model: Any, text: str) -> Select[Any]:
    condition = number_search.matching(text, model.sequence, model.number)
    # Found before they are ordered: who orders first reads a million documents for a number that nobody has.
    found = select(model.id).where(condition).limit(search_keys.MOST_FOUND)
    newest = number_search.among_newest(text, model.id, model.number)
    mine = or_(model.id.in_(found), model.id.in_(newest))
    return select(model).where(mine).order_by(model.id.desc()).options(lazyload(model.lines))


#: Kind (a field of Found) -> its statement.
KINDS: dict[str, Any] = {
    "subscribers": lambda text: _named(Account, "subscriber", text),
    "domains": lambda text: _named(Domain, "domain", text),
    "services": lambda text: _named(Service, "service", text),
    "proformas": lambda text: _numbered(Proforma, text),
    "invoices": lambda text: _numbered(Invoice, text),
}
