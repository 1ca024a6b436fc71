"""Writing the prices that rules make: what changed gets a new row from today on, what did not is left alone.

Prices set by hand are never touched. There is one open row per key (product, operation, period, group), so that the
history says what was on sale on which day. However many prices, a few statements: all is read and written in bulk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from webapp.foundation import clock, db
from webapp.reseller.partners import audit
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content
from webapp.reseller.partners.queries import tenant_of

from . import costs, rules
from .amounts import valid
from .costs import Cost, Period
from .models import Price, PriceRule, Product
from .rules import COMMON, WHOLESALE, RuleBook

#: For how many years products without an ending are sold.
PLAN_YEARS = range(1, 4)
#: Rows that one statement names.
CHUNK = 1000

#: (product id, operation, years, days, group id)
Key = tuple[int, str, int, int, int | None]


@dataclass(frozen=True)
class Wanted:
    """A price as a rule makes it today, and of what."""

    amount: int
    made_of: dict[str, Any]


@dataclass(frozen=True)
class _Product:
    """A product whose prices are made, with what every period of it costs."""

    id: int
    kind: str
    costs: Mapping[Period, Cost]


@dataclass
class _Changes:
    fresh: dict[Key, Wanted] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    changed: int = 0


def recompute(session: Session, actor: audit.Actor = audit.SYSTEM, product_ids: Sequence[int] | None = None) -> int:
    """Bring the prices that rules make up to date, of all products or some; returns how many changed.

    A partner without a rule keeps what it has.
    """
    partner = locked(session)
    today = clock.today(partner.timezone)
    made = wanted(session, partner, rules.in_force(session, today), today, product_ids)
    changes = _compared(made, _open_rows(session, partner, product_ids), today)
    _write(session, partner, changes, today)
    if changes.changed:
        label = (partner.id, partner.code)
        audit.record(session, actor, "prices.recomputed", "partner", *label, changed=changes.changed)
        bump_content(session)
    return changes.changed


def locked(session: Session) -> Partner:
    """The session's partner, locked for whoever writes many prices at once: two at a time would write them twice.
    Others may go on inserting rows of this partner."""
    mine = select(Partner).where(Partner.id == tenant_of(session))
    return session.scalars(mine.with_for_update(key_share=True)).one()


def follow(session: Session, product_ids: Sequence[int]) -> None:
    """After a common price was set by hand: prices of groups that are made from the common ones come along."""
    if session.scalar(select(PriceRule.id).where(PriceRule.base == COMMON).limit(1)) is not None:
        recompute(session, product_ids=product_ids)


# --- what the rules want -------------------------------------------------------------------------------------


def wanted(
    session: Session, partner: Partner, book: RuleBook, today: date, product_ids: Sequence[int] | None = None
) -> dict[Key, Wanted]:
    """The prices that these rules make of what things cost on a day."""
    if not book.rules:
        return {}
    products = _products(session, partner, book, today, product_ids)
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    made = dict(_from_costs(book, products, tax_bp))
    if any(rule.base == COMMON for rule in book.rules):
        common = _common(session, partner, today, made, product_ids)
        made |= dict(_from_common(book, {product.id: product.kind for product in products}, common))
    return made


def _products(
    session: Session, partner: Partner, book: RuleBook, today: date, product_ids: Sequence[int] | None
) -> list[_Product]:
    columns: tuple[Any, ...] = (Product.id, Product.kind, Product.tld_id, Product.cost)
    query = select(*columns).where(Product.kind.in_(book.kinds))
    rows = session.execute(query if product_ids is None else query.where(Product.id.in_(product_ids))).all()
    tlds = None if product_ids is None else [row.tld_id for row in rows if row.tld_id]
    known = costs.by_ending(session, partner, today, tlds) if any(row.tld_id for row in rows) else {}
    return [_Product(row.id, row.kind, _costs(row, partner.currency, known)) for row in rows]


def _costs(row: Row[Any], currency: str, known: Mapping[int, Mapping[Period, Cost]]) -> Mapping[Period, Cost]:
    if row.tld_id is not None:
        return known.get(row.tld_id, {})
    return {} if row.cost is None else costs.of_year(row.cost, currency, PLAN_YEARS)


def _from_costs(book: RuleBook, products: Sequence[_Product], tax_bp: int) -> Iterator[tuple[Key, Wanted]]:
    for product in products:
        for group in book.groups(product.kind, WHOLESALE):
            for (operation, years, days), cost in product.costs.items():
                rule = book.rule(product.kind, operation, group, WHOLESALE)
                made = rules.made(rule, cost.amount, tax_bp, years=years, days=days) if rule else None
                if rule and made:
                    traced = _trace(rule, made, tax_bp=tax_bp, **_cost(cost))
                    yield (product.id, operation, years, days, group), Wanted(made.amount, traced)


def _from_common(
    book: RuleBook, kinds: Mapping[int, str], common: Mapping[Key, int | None]
) -> Iterator[tuple[Key, Wanted]]:
    for (product, operation, years, days, _), amount in common.items():
        kind = kinds.get(product, "")
        for group in book.groups(kind, COMMON):
            rule = book.rule(kind, operation, group, COMMON)
            # The common price has its tax already.
            made = rules.made(rule, amount, 0, years=years, days=days) if rule and amount is not None else None
            if rule and made:
                traced = _trace(rule, made, tax_bp=0, common=amount)
                yield (product, operation, years, days, group), Wanted(made.amount, traced)


def _common(
    session: Session,
    partner: Partner,
    today: date,
    made: Mapping[Key, Wanted],
    product_ids: Sequence[int] | None,
) -> dict[Key, int | None]:
    """The common prices of today: those that rules make now, under those set by hand."""
    columns: tuple[Any, ...] = (Price.product_id, Price.operation, Price.years, Price.days, Price.amount)
    where = [Price.currency == partner.currency, Price.group_id.is_(None), Price.source == "own", *valid(today)]
    if product_ids is not None:
        where.append(Price.product_id.in_(product_ids))
    rows = session.execute(select(*columns).where(*where).order_by(Price.valid_from, Price.id))
    common: dict[Key, int | None] = {key: one.amount for key, one in made.items() if key[4] is None}
    return common | {(product, op, years, days, None): amount for product, op, years, days, amount in rows}


def _cost(cost: Cost) -> dict[str, Any]:
    """As JSON: what was charged in which currency, and how it became the partner's."""
    said: dict[str, Any] = {"cost": cost.original, "currency": cost.currency, "base_amount": cost.amount}
    if cost.rate is None:
        return said
    rate = {"rate": str(cost.rate.rate), "rate_source": cost.rate.source, "rate_day": cost.rate.day.isoformat()}
    return said | rate | {"table": cost.rate.number}


def _trace(rule: PriceRule, made: rules.Made, **base: Any) -> dict[str, Any]:
    return {**_of_rule(rule), **base, "before": str(made.before)}


def _of_rule(rule: PriceRule) -> dict[str, Any]:
    return {"rule": rule.id, **{name: getattr(rule, name) for name in rules.NUMBERS}}


# --- what stands there, and the difference -------------------------------------------------------------------


def _open_rows(session: Session, partner: Partner, product_ids: Sequence[int] | None) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (
        *(Price.id, Price.product_id, Price.operation, Price.years, Price.days, Price.group_id),
        *(Price.amount, Price.made_of, Price.valid_from),
    )
    where: list[ColumnElement[bool]] = [Price.source == "rule", Price.valid_to.is_(None)]
    where.append(Price.currency == partner.currency)
    if product_ids is not None:
        where.append(Price.product_id.in_(product_ids))
    return session.execute(select(*columns).where(*where)).all()


def _compared(wanted: dict[Key, Wanted], rows: Sequence[Row[Any]], today: date) -> _Changes:
    changes = _Changes(dict(wanted))
    for row in rows:
        key: Key = (row.product_id, row.operation, row.years, row.days, row.group_id)
        now = wanted.get(key)
        if now is not None and _same(row, now):
            changes.fresh.pop(key, None)
            continue
        # Nobody has been shown yesterday what was made today, so that may go.
        (changes.deleted if row.valid_from >= today else changes.closed).append(row.id)
        if now is None:
            changes.changed += 1  # it ends, and none follows
        elif now.amount == row.amount:
            changes.changed -= 1  # among the fresh ones only for its trace
    changes.changed += len(changes.fresh)
    return changes


def _same(row: Row[Any], now: Wanted) -> bool:
    """The same amount by the same rule: another cost or rate that leads to the same price is no new price."""
    names = ("rule", *rules.NUMBERS, "tax_bp")
    return row.amount == now.amount and all(row.made_of.get(name) == now.made_of[name] for name in names)


def _write(session: Session, partner: Partner, changes: _Changes, today: date) -> None:
    for ids in _chunks(changes.deleted):
        session.execute(delete(Price).where(Price.id.in_(ids)), execution_options={"synchronize_session": False})
    for ids in _chunks(changes.closed):
        db.change(session, Price, Price.id.in_(ids), valid_to=today - timedelta(days=1))
    db.insert_rows(session, Price, [_row(partner.currency, key, one, today) for key, one in changes.fresh.items()])


def _row(currency: str, key: Key, one: Wanted, today: date) -> dict[str, Any]:
    product, operation, years, days, group = key
    return {
        "product_id": product, "operation": operation, "years": years, "days": days, "currency": currency,
        "group_id": group, "source": "rule", "amount": one.amount, "made_of": one.made_of,
        "valid_from": today, "valid_to": None,
    }  # fmt: skip


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
