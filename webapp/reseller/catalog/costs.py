"""What a partner pays the operator, in the partner's currency: as agreed, or by the day's exchange rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from webapp.reseller.partners.models import Partner

from . import exchange, facts
from .exchange import Rate
from .models import Tld, WholesalePrice

#: (operation, years, days): one of the two numbers is 0.
Period = tuple[str, int, int]


@dataclass(frozen=True)
class Cost:
    """A net amount in the partner's currency, and what it was made from. `rate` None: nothing was converted."""

    amount: int  # minor units
    original: int  # minor units of `currency`
    currency: str
    rate: Rate | None = None


def by_ending(
    session: Session, partner: Partner, on: date, tld_ids: Sequence[int] | None = None
) -> dict[int, dict[Period, Cost]]:
    """TLD id -> period -> cost, for all endings or some. What has no price in the partner's currency is converted
    from the currency of the partner's bank, else from any other. Two statements; more only where something is
    converted."""
    tlds = session.execute(_tlds(tld_ids)).all()
    found: dict[int, dict[Period, Cost]] = {}
    for currency in _currencies(partner):
        missing = [tld.id for tld in tlds if tld.id not in found]
        if not missing:
            break
        found |= _in_currency(session, partner, currency, on, missing if found or tld_ids is not None else None)
    return {tld.id: _whole(tld, found[tld.id]) for tld in tlds if tld.id in found}


def cost_of(
    session: Session, partner: Partner, tld_id: int, operation: str, on: date, *, years: int = 0, days: int = 0
) -> Cost | None:
    """What one operation for one period costs; None when nothing is agreed or no rate is known."""
    return by_ending(session, partner, on, [tld_id]).get(tld_id, {}).get((operation, years, days))


def announced(
    session: Session, partner: Partner, on: date, known: Mapping[int, Mapping[Period, Cost]]
) -> dict[int, dict[Period, tuple[date, int]]]:
    """TLD id -> period -> (from which day, what it will cost then, at today's rate): the next change of each price
    that `by_ending` knows. One statement."""
    columns: tuple[Any, ...] = (WholesalePrice.operation, WholesalePrice.years, WholesalePrice.days)
    query = select(WholesalePrice.tld_id, *columns, WholesalePrice.currency, WholesalePrice.amount,
                   WholesalePrice.valid_from)  # fmt: skip
    rows = session.execute(query.where(WholesalePrice.valid_from > on).order_by(WholesalePrice.valid_from))
    found: dict[int, dict[Period, tuple[date, int]]] = {}
    for tld_id, operation, years, days, currency, original, day in rows:
        cost = known.get(tld_id, {}).get((operation, years, days))
        if cost is not None and cost.currency == currency:
            rate = cost.rate.rate if cost.rate else None
            amount = exchange.convert(original, currency, partner.currency, rate) if rate else original
            found.setdefault(tld_id, {}).setdefault((operation, years, days), (day, amount))
    return found


def _tlds(tld_ids: Sequence[int] | None) -> Any:
    query = select(Tld.id, Tld.min_years, Tld.max_years, Tld.facts)
    return query if tld_ids is None else query.where(Tld.id.in_(tld_ids))


def _currencies(partner: Partner) -> Iterable[str]:
    return dict.fromkeys((partner.currency, exchange.BASES[exchange.source_of(partner)], *facts.CURRENCIES))


def _in_currency(
    session: Session, partner: Partner, currency: str, on: date, tld_ids: Sequence[int] | None
) -> dict[int, dict[Period, Cost]]:
    rate = None
    if currency != partner.currency:
        rate = exchange.rate_for(session, partner, currency, on)
        if rate is None:
            return {}
    columns: tuple[Any, ...] = (WholesalePrice.operation, WholesalePrice.years, WholesalePrice.days)
    query = select(WholesalePrice.tld_id, *columns, WholesalePrice.amount)
    query = query.where(WholesalePrice.currency == currency, WholesalePrice.valid_from <= on)
    if tld_ids is not None:
        query = query.where(WholesalePrice.tld_id.in_(tld_ids))
    found: dict[int, dict[Period, Cost]] = {}
    for tld_id, operation, years, days, original in session.execute(query.order_by(WholesalePrice.valid_from)):
        amount = exchange.convert(original, currency, partner.currency, rate.rate) if rate else original
        found.setdefault(tld_id, {})[operation, years, days] = Cost(amount, original, currency, rate)
    return found


def _whole(tld: Row[Any], known: dict[Period, Cost]) -> dict[Period, Cost]:
    """Every period that the ending allows: what is agreed, else years from the first one, days from the year."""
    made = {key: cost for key, cost in known.items() if _is_sold(tld, *key)}
    for key, cost in _followed(tld, known):
        made.setdefault(key, cost)
    return made


def _is_sold(tld: Row[Any], operation: str, years: int, _days: int) -> bool:
    """Transfers and recoveries are agreed for "one year", whatever the registry asks of registrations."""
    bound = years and operation in (facts.REGISTER, facts.RENEW)
    return not bound or tld.min_years <= years <= tld.max_years


def _followed(tld: Row[Any], known: dict[Period, Cost]) -> Iterator[tuple[Period, Cost]]:
    first, yearly = known.get((facts.REGISTER, 1, 0)), known.get((facts.RENEW, 1, 0))
    if yearly is None:
        return
    for years in range(max(tld.min_years, 2), tld.max_years + 1):
        yield (facts.RENEW, years, 0), _sum(yearly, 0, years)
        if first is not None:
            yield (facts.REGISTER, years, 0), _sum(yearly, first.amount, years - 1, first.original)
    for days in facts.day_periods(tld.facts):
        yield (facts.RENEW, 0, days), _of_days(yearly, days)


def _sum(yearly: Cost, first: int, years: int, original: int = 0) -> Cost:
    return Cost(first + years * yearly.amount, original + years * yearly.original, yearly.currency, yearly.rate)


def _of_days(yearly: Cost, days: int) -> Cost:
    """The year's cost by days, rounded up."""
    return Cost(-(-yearly.amount * days // 365), -(-yearly.original * days // 365), yearly.currency, yearly.rate)


def of_year(cost: int, currency: str, years: Iterable[int]) -> dict[Period, Cost]:
    """Costs of a product that costs the partner the same every year."""
    return {
        (operation, number, 0): Cost(cost * number, cost * number, currency)
        for operation in (facts.REGISTER, facts.RENEW)
        for number in years
    }
