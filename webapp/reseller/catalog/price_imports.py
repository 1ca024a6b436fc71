"""A price list that was read: what it would change, and changing it as it was shown (H-41)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content

from . import costs, recompute
from .margins import Margin, margin
from .models import Price, Product
from .price_files import Key, Row, held, prices_by_key

#: Changes that the log names one by one.
MOST_IN_LOG = 500


@dataclass(frozen=True)
class Change:
    """One price that a file changes. `before` and `after` are what is charged from the day on; None: not for sale.

    `by_rule`: from then on the rules make it. `margin`: of `after`, None where a cost or a price is missing.
    """

    row: Row
    before: int | None
    after: int | None
    by_rule: bool
    margin: Margin | None


@dataclass(frozen=True)
class Preview:
    """What a file would change, and the mark of the prices that it was compared with."""

    changes: tuple[Change, ...]
    unchanged: int
    fingerprint: str


def preview(session: Session, rows: Sequence[Row]) -> Preview:
    """Compare a file with the prices that hold. A few statements."""
    partner = partners.partner(session)
    prices = _prices(session, partner, rows)
    known = _costs(session, partner, rows)
    tax_bp = partner.tax_rate_bp if partner.tax_mode == "gross" else 0
    changes = []
    for row in rows:
        found = prices.get(row.key, [])
        if _state(held(found, "own", row.valid_from)) != (None if row.by_rule else (row.amount,)):
            before = _charged(prices, row.key, row.valid_from)
            after = _charged(prices, row.key, row.valid_from, by_hand=False) if row.by_rule else row.amount
            cost = known.get(row.key)
            changes.append(Change(row, before, after, row.by_rule, margin(after, cost, tax_bp)))
    return Preview(tuple(changes), len(rows) - len(changes), _fingerprint(rows, prices))


def apply(session: Session, actor: audit.Actor, rows: Sequence[Row], fingerprint: str) -> int:
    """Change the prices as the preview with this fingerprint showed; returns how many changed.

    Raises Refusal (changed) when a price was changed meanwhile, or the file is another one: nothing is written then.
    """
    partner = recompute.locked(session)
    shown = preview(session, rows)
    if shown.fingerprint != fingerprint:
        raise Refusal("changed", N_("Prices have changed since you looked. Please look at what would change again."))
    if shown.changes:
        _write(session, partner, [change.row for change in shown.changes])
        _record(session, actor, partner, shown.changes)
        recompute.follow(session, sorted({change.row.product_id for change in shown.changes}))
        bump_content(session)
    return len(shown.changes)


def _prices(session: Session, partner: Partner, rows: Sequence[Row]) -> dict[Key, list[Price]]:
    return prices_by_key(session, partner, sorted({row.product_id for row in rows}))


def _costs(session: Session, partner: Partner, rows: Sequence[Row]) -> dict[Key, int]:
    """What each line costs on its day; files have few days."""
    tlds = dict(session.execute(select(Product.id, Product.tld_id).where(Product.tld_id.is_not(None))).all())
    found: dict[Key, int] = {}
    for day in sorted({row.valid_from for row in rows}):
        known = costs.by_ending(session, partner, day)
        for row in rows:
            cost = known.get(tlds.get(row.product_id) or 0, {}).get((row.operation, row.years, row.days))
            if cost is not None and row.valid_from == day:
                found[row.key] = cost.amount
    return found


def _state(row: Price | None) -> tuple[int | None] | None:
    return None if row is None else (row.amount,)


def _charged(prices: Mapping[Key, Sequence[Price]], key: Key, on: date, *, by_hand: bool = True) -> int | None:
    """What is charged on a day; `by_hand` False: what it would be without this key's own price. A group that has no
    price pays the common one."""
    rows = prices.get(key, ())
    row = (held(rows, "own", on) if by_hand else None) or held(rows, "rule", on)
    if row is None and key[4] is not None:
        return _charged(prices, (*key[:4], None), on)
    return row.amount if row else None


def _fingerprint(rows: Sequence[Row], prices: Mapping[Key, Sequence[Price]]) -> str:
    """Of what the file says and of every price that it was compared with."""
    said = [[*map(str, row.key), row.amount, row.by_rule, row.valid_from.isoformat()] for row in rows]
    there = [_facts(price) for row in rows for price in prices.get(row.key, ())]
    return hashlib.sha256(json.dumps([said, there]).encode()).hexdigest()


def _facts(price: Price) -> list[Any]:
    ends = price.valid_to.isoformat() if price.valid_to else ""
    return [price.id, price.source, price.amount, price.valid_from.isoformat(), ends]


# --- writing -------------------------------------------------------------------------------------------------


@dataclass
class _Writes:
    deleted: list[int] = field(default_factory=list)
    closed: dict[date, list[int]] = field(default_factory=dict)  # last day -> rows
    fresh: list[dict[str, Any]] = field(default_factory=list)


def _write(session: Session, partner: Partner, rows: Sequence[Row]) -> None:
    prices, writes = _prices(session, partner, rows), _Writes()
    for row in rows:
        own = [price for price in prices.get(row.key, ()) if price.source == "own"]
        if row.by_rule:
            _left_to_the_rule(writes, own, row.valid_from)
        else:
            writes.deleted += [price.id for price in own if price.valid_from == row.valid_from]
            writes.fresh.append(_fresh(partner, row))
    session.expire_all()
    for ids in _chunks(writes.deleted):
        session.execute(delete(Price).where(Price.id.in_(ids)), execution_options={"synchronize_session": False})
    for last_day, closed in writes.closed.items():
        for ids in _chunks(closed):
            db.change(session, Price, Price.id.in_(ids), valid_to=last_day)
    db.insert_rows(session, Price, writes.fresh)


def _left_to_the_rule(writes: _Writes, own: Sequence[Price], start: date) -> None:
    for price in own:
        if price.valid_from >= start:
            writes.deleted.append(price.id)
        elif price.valid_to is None or price.valid_to >= start:
            writes.closed.setdefault(start - timedelta(days=1), []).append(price.id)


def _fresh(partner: Partner, row: Row) -> dict[str, Any]:
    return {
        "product_id": row.product_id, "operation": row.operation, "years": row.years, "days": row.days,
        "currency": partner.currency, "group_id": row.group_id, "source": "own", "amount": row.amount, "made_of": {},
        "valid_from": row.valid_from, "valid_to": None,
    }  # fmt: skip


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), recompute.CHUNK):
        yield ids[start : start + recompute.CHUNK]


def _record(session: Session, actor: audit.Actor, partner: Partner, changes: Sequence[Change]) -> None:
    named = [
        [one.row.ending, one.row.operation, one.row.years, one.row.days, one.row.group_id, one.before, one.after]
        for one in changes[:MOST_IN_LOG]
    ]
    label = (partner.id, partner.code)
    audit.record(session, actor, "prices.imported", "partner", *label, changed=len(changes), prices=named)
