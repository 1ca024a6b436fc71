"""The daily run: what ends soon gets the proforma of its renewal, once for each thing and period (H-26).

In chunks over all partners, each a transaction of its own that writes what a single renewal (renewing.py) writes, made
by the same functions. A run that was killed goes on where it was: what has its renewal is not found again, and the
unique key of the order decides between two runs at once. Mails are rendered later, by workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, narrowed
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import renewal_prices
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.states import RENEWABLE

from . import renewal_due, renewal_ends, renewing
from .ordered import draft_of
from .renewal_due import DOMAINS, SERVICES, Due, Found, Source
from .renewal_rows import New, write

TICK = tenancy.Platform("tick")
#: Of partners whose promotions reduce renewals: each is priced alone, so few fit into one short transaction.
FEW = 5
#: So often a chunk is taken up again when somebody else was quicker with one of its renewals.
TRIES = 3


class Context(Protocol):
    """What this job needs of the tick's context."""

    @property
    def database(self) -> Database: ...


@dataclass
class Tally:
    """What became of what was due. `alone`: ids that need a price of their own."""

    made: int = 0
    without: Counter[str] = field(default_factory=Counter)  # reason -> how many got none
    alone: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another piece of work."""
        self.made += other.made
        self.without += other.without

    def said(self) -> str:
        """A line for the log."""
        reasons = "".join(f", {count} without: {reason}" for reason, count in sorted(self.without.items()))
        return f"{self.made} renewal proformas{reasons}"


def daily(context: Context) -> str:
    """The daily job."""
    return run(context)


def run(context: Context, size: int = renewal_due.CHUNK) -> str:
    """Cancel what is for nothing, then make what is due, `size` at a time; returns a line for the log."""
    cancelled = renewal_ends.cancel_left(context.database)
    tally = Tally()
    for source in (DOMAINS, SERVICES):
        for state in RENEWABLE:
            _run(context.database, source, state, tally, size)
    return f"{tally.said()}, {cancelled} cancelled"


def _run(database: Database, source: Source, state: str, tally: Tally, size: int) -> None:
    after: renewal_due.Place | None = None
    while True:
        with database.reading(TICK) as session:
            found = renewal_due.page(session, source, state, after, size)
        if found.ids:
            tally.add(make(database, source, found))
        after = found.place
        if after is None:
            return


def make(database: Database, source: Source, found: Found) -> Tally:
    """The proformas of those that are due: one transaction, and some more for what is priced alone."""
    tally = _chunk(database, source, found)
    for start in range(0, len(tally.alone), FEW):
        tally.add(_alone(database, source, tally.alone[start : start + FEW], found.partners))
    return tally


def _chunk(database: Database, source: Source, found: Found) -> Tally:
    for left in range(TRIES, 0, -1):
        try:
            with database.writing(TICK) as session:
                return _made(session, source, found)
        except IntegrityError:
            if left == 1:
                raise
    raise AssertionError("a loop that always returns")


def _made(session: Session, source: Source, found: Found) -> Tally:
    due = renewal_due.due_of(session, source, found.ids, found.partners)
    new, tally = _priced(session, source, due, found.partners)
    write(session, new)
    tally.made = len(new)
    return tally


def _priced(
    session: Session, source: Source, due: Sequence[Due], partners: Mapping[int, Partner]
) -> tuple[list[New], Tally]:
    tally, new = Tally(), []
    if not due:
        return [], tally
    accounts, today = {each.account_id for each in due}, clock.now().date()
    products = {each.product_id for each in due if each.product_id is not None}
    prices = renewal_prices.year_prices(session, products, accounts, today)
    reducing = renewal_prices.with_promotions(session, partners, today)
    holders, locales = renewal_due.holders(session, accounts), renewal_due.locales(session, accounts)
    keys = renewal_due.keys(session, source, due)
    for each in due:
        partner, who = partners[each.partner_id], holders.get(each.account_id)
        amount = prices.of(each.product_id or 0, each.account_id, clock.today(partner.timezone))
        if who is None:
            tally.without["no address"] += 1
        elif each.partner_id in reducing:
            tally.alone.append(each.subject.id)
        elif amount is None:
            tally.without["no price"] += 1
        else:
            locale = locales.get(each.account_id, partner.default_locale)
            thing = each.ordered(amount, locale, partner.default_locale)
            draft = draft_of(partner, each.account_id, who, "renewal", locale, [thing])
            new.append(New(partner, thing, draft, keys[each.subject.id]))
    return new, tally


def _alone(database: Database, source: Source, ids: Sequence[int], partners: Mapping[int, Partner]) -> Tally:
    """A few by the way of a single renewal, which finds the promotion that makes each cheapest."""
    tally = Tally()
    with database.writing(TICK) as session:
        due = renewal_due.due_of(session, source, ids, partners)
        locales = renewal_due.locales(session, {each.account_id for each in due})
        for each in due:
            locale = locales.get(each.account_id, partners[each.partner_id].default_locale)
            _one(session, each, locale, tally)
    return tally


def _one(session: Session, due: Due, locale: str, tally: Tally) -> None:
    renew: Any = renewing.order_renewal if due.subject.kind == "domain" else renewing.order_service_renewal
    try:
        with narrowed(session, due.partner_id), session.begin_nested():
            renew(session, SYSTEM, due.subject.id, due.years, locale)
        tally.made += 1
    except (Refusal, NotFound) as refusal:
        tally.without[str(getattr(refusal, "code", "not found"))] += 1
