"""Daily: search keys for whatever has none, such as rows from before there were keys."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.reseller.accounts import search_words
from webapp.reseller.accounts.models import Account
from webapp.reseller.partners import search_keys
from webapp.reseller.partners.models import Partner, SearchKey
from webapp.reseller.services.models import Domain, Service

_Write = Callable[[Session, Collection[int]], None]
#: Objects whose keys are written in one transaction.
CHUNK = 200


class Context(Protocol):
    """What this job needs of the tick's context."""

    @property
    def database(self) -> Database: ...


def make_missing(context: Context) -> str:
    """Go through every partner's subscribers, domains and services."""
    with context.database.reading(tenancy.Platform("tick")) as session:
        partners = session.scalars(select(Partner.id).order_by(Partner.id)).all()
    made = sum(_of_partner(context.database, partner_id) for partner_id in partners)
    return f"{made} things can be found now"


def _of_partner(database: Database, partner_id: int) -> int:
    made = 0
    with tenancy.tenant(partner_id):
        for kind in _KINDS:
            after: int | None = 0
            while after is not None:
                after, done = _chunk(database, kind, after)
                made += done
    return made


def _chunk(database: Database, kind: str, after: int) -> tuple[int | None, int]:
    """One transaction: (the id to go on behind, or None at the end; how many got keys)."""
    model, there, write = _KINDS[kind]
    missing = ~select(SearchKey.id).where(SearchKey.kind == kind, SearchKey.object_id == model.id).exists()
    with database.writing() as session:
        ids = session.scalars(
            select(model.id).where(model.id > after, there, missing).order_by(model.id).limit(CHUNK)
        ).all()
        if ids:
            write(session, ids)
    return (ids[-1] if len(ids) == CHUNK else None), len(ids)


def _subscribers(session: Session, ids: Collection[int]) -> None:
    search_words.index(session, ids)


def _domains(session: Session, ids: Collection[int]) -> None:
    _write(session, "domain", select(Domain.id, Domain.name, Domain.name_unicode).where(Domain.id.in_(ids)))


def _services(session: Session, ids: Collection[int]) -> None:
    _write(session, "service", select(Service.id, Service.label).where(Service.id.in_(ids)))


def _write(session: Session, kind: str, named: Any) -> None:
    search_keys.write(session, kind, {row[0]: row[1:] for row in session.execute(named)})


#: Kind -> its table, who of it can be found at all, and who writes the keys.
_KINDS: dict[str, tuple[Any, Any, _Write]] = {
    search_words.KIND: (Account, Account.status.not_in(("merged", "erased")), _subscribers),
    "domain": (Domain, true(), _domains),
    "service": (Service, true(), _services),
}
