"""A price list that was read: what it would change, and changing it as it was shown (H-41)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content

from . import costs, price_undo, recompute
from .margins import Margin, margin
from .models import Price, Product
from .price_files import Key, Row, held, prices_by_key
from .price_undo import Writes

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


def _write(session: Session, partner: Partner, rows: Sequence[Row]) -> None:
    prices, writes, entries = _prices(session, partner, rows), Writes(), []
    for row in rows:
        deleted, ended = _replaced(row, [price for price in prices.get(row.key, ()) if price.source == "own"])
        writes.deleted += [price.id for price in deleted]
        for price in ended:
            writes.end(price.id, row.valid_from - timedelta(days=1))
        if not row.by_rule:
            writes.fresh.append(price_undo.fresh_price(partner, row.key, row.amount, row.valid_from))
        entries.append(price_undo.noted(row.key, row.valid_from, deleted, ended, added=not row.by_rule))
    writes.write(session)
    price_undo.keep(session, partner, entries)


def _replaced(row: Row, own: Sequence[Price]) -> tuple[list[Price], list[Price]]:
    """Of the prices by hand those that go, and those that end on the day before."""
    if not row.by_rule:
        return [price for price in own if price.valid_from == row.valid_from], []
    open_rows = [price for price in own if price.valid_to is None or price.valid_to >= row.valid_from]
    gone = [price for price in own if price.valid_from >= row.valid_from]
    return gone, [price for price in open_rows if price.valid_from < row.valid_from]


def _record(session: Session, actor: audit.Actor, partner: Partner, changes: Sequence[Change]) -> None:
    named = [
        [one.row.ending, one.row.operation, one.row.years, one.row.days, one.row.group_id, one.before, one.after]
        for one in changes[:MOST_IN_LOG]
    ]
    label = (partner.id, partner.code)
    audit.record(session, actor, "prices.imported", "partner", *label, changed=len(changes), prices=named)
