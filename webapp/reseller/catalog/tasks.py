"""Jobs of the catalog: rates of the banks, and prices made anew where something that they are made of has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from webapp.foundation import clock, db, outbox, tenancy
from webapp.foundation.db import Database
from webapp.foundation.outbox import Lease
from webapp.providers.errors import ProviderError
from webapp.providers.rates.port import RatesPort, Table

from . import exchange, recompute, rules


class Context(Protocol):
    """What these jobs need of their process."""

    @property
    def database(self) -> Database: ...

    @property
    def rates(self) -> Sequence[RatesPort]: ...


def fetch_rates(context: Context) -> str:
    """The daily job: new tables of the banks; then every partner's rules are gone through once, since rates, wholesale
    prices and rules can begin on a day. A bank that does not answer is said and asked again tomorrow."""
    said = [_fetched(context.database, bank) for bank in context.rates] or ["no bank is asked"]
    with context.database.writing(tenancy.Platform("tick")) as session:
        partners = ask_everybody(session, f"day:{clock.today('UTC').isoformat()}")
    return "; ".join([*said, f"{partners} price lists to go through"])


def _fetched(database: Database, bank: RatesPort) -> str:
    try:
        tables = bank.published()
    except ProviderError as problem:
        return f"{bank.source}: no new rates ({problem.message})"
    with database.writing(tenancy.Platform("tick")) as session:
        return f"{bank.source}: {_stored(session, tables)} new tables, the latest of {tables[0].day.isoformat()}"


def _stored(session: Session, tables: Sequence[Table]) -> int:
    known = exchange.days_known(session, tables[0].source)
    fresh = [one for one in tables if one.day not in known]
    for one in fresh:
        exchange.store(session, one.source, one.number, one.day, one.rates)
    return len(fresh)


def ask_everybody(session: Session, why: str) -> int:
    """Have the prices of every partner with rules made anew, once for this reason; platform work. Returns how many."""
    partners = rules.partners_with_rules(session)
    for partner_id in partners:
        with db.narrowed(session, partner_id):
            outbox.enqueue(session, "prices.recompute", why, {})
    return len(partners)


def recompute_prices(context: Context, lease: Lease) -> None:
    """Outbox "prices.recompute": it names nothing, what it works on are the rules of the lease's own tenant."""
    with context.database.writing() as session:
        recompute.recompute(session)
        outbox.complete(session, lease)
