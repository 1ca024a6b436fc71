"""What the operator charges partners: the table that the operator reads, and how a price changes.

A price is never overwritten but followed by one that holds from a later day, so that what was charged stays provable.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners.audit import Actor

from . import exchange, facts, queries, tasks
from .models import Tld, WholesalePrice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WholesaleRow:
    """One ending: what a year of each operation costs today in one currency, net."""

    tld: Tld
    amounts: dict[str, int]


def currencies(session: Session) -> list[str]:
    """Currencies in which a partner can sell: those with wholesale prices, and those that these are converted into."""
    agreed = set(session.scalars(select(WholesalePrice.currency).distinct()))
    known = exchange.known_currencies(session)
    return sorted(agreed | {code for code in facts.CONVERTED if code in known} if agreed & known else agreed)


def table(session: Session, currency: str, on: date) -> list[WholesaleRow]:
    """Every ending by name. Two statements."""
    amounts = queries.wholesale_amounts(session, currency, on)
    return [
        WholesaleRow(tld, {op: amounts[tld.id, op, 1] for op in facts.OPERATIONS if (tld.id, op, 1) in amounts})
        for tld in sorted(queries.tlds(session), key=lambda tld: tld.name)
    ]


def history(session: Session, tld_id: int, currency: str) -> Sequence[WholesalePrice]:
    """Every price of a year that holds, held or will hold, the latest first."""
    mine = (WholesalePrice.tld_id == tld_id, WholesalePrice.currency == currency, WholesalePrice.years == 1)
    latest_first = (WholesalePrice.valid_from.desc(), WholesalePrice.operation)
    return session.scalars(select(WholesalePrice).where(*mine).order_by(*latest_first).limit(100)).all()


def set_wholesale(
    session: Session, actor: Actor, tld_id: int, currency: str, amounts: Mapping[str, int], valid_from: date
) -> int:
    """Prices of one ending from a day on; longer periods follow from the yearly amounts. Returns how many changed.

    `amounts` names every operation. Platform work: there is no tenant whose audit log could hold it, so it is logged.
    """
    tld = queries.tld(session, tld_id)
    if tld is None:
        raise NotFound
    _check(amounts, currency, valid_from)
    before = _on(session, tld_id, currency, valid_from)
    wanted = {(op, years): amount for op, years, amount in facts.periods(tld.max_years, dict(amounts))}
    changed = {key: amount for key, amount in wanted.items() if before.get(key) != amount}
    for (operation, years), amount in changed.items():
        _put(session, (tld_id, operation, years, currency), amount, valid_from)
    session.flush()
    if changed and valid_from <= clock.today("UTC"):  # else the daily job comes by on that day
        tasks.ask_everybody(session, f"wholesale:{tld.name}:{currency}:{clock.now().isoformat()}")
    facts_of_log = {"tld": tld.name, "currency": currency, "valid_from": valid_from.isoformat(), "actor": actor.label}
    log.info("wholesale prices set", extra={**facts_of_log, "amounts": dict(amounts), "changed": len(changed)})
    return len(changed)


def _check(amounts: Mapping[str, int], currency: str, valid_from: date) -> None:
    if currency not in facts.CURRENCIES:
        raise Refusal("currency", N_("Choose a currency from the list."), field="currency")
    for operation in facts.OPERATIONS:
        if not 0 <= amounts[operation] <= facts.LARGEST_AMOUNT:
            raise Refusal("amount", N_("The price must be between 0 and 10,000,000."), field=operation)
    if valid_from < clock.today("UTC"):
        raise Refusal("in_past", N_("A price can start today at the earliest."), field="valid_from")


def _on(session: Session, tld_id: int, currency: str, on: date) -> dict[tuple[str, int], int]:
    found = queries.wholesale_amounts(session, currency, on)
    return {(operation, years): amount for (tld, operation, years), amount in found.items() if tld == tld_id}


def _put(session: Session, key: tuple[int, str, int, str], amount: int, valid_from: date) -> None:
    """The row of that day is corrected; otherwise a new one follows."""
    tld_id, operation, years, currency = key
    row = session.scalar(
        select(WholesalePrice).where(
            WholesalePrice.tld_id == tld_id,
            WholesalePrice.operation == operation,
            WholesalePrice.years == years,
            WholesalePrice.currency == currency,
            WholesalePrice.valid_from == valid_from,
        )
    )
    if row is None:
        row = WholesalePrice(
            tld_id=tld_id, operation=operation, years=years, currency=currency, amount=amount, valid_from=valid_from
        )
        session.add(row)
    row.amount = amount
