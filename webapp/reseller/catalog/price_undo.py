"""Taking back the last import of a price list (H-41), until one of the prices that it changed is changed again.

What was asked on a day that is over stays in the history: then the prices of before hold again from today on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content

from . import recompute
from .models import Price, PriceImport
from .recompute import Key

_ONE_DAY = timedelta(days=1)


@dataclass
class Writes:
    """Changes of prices set by hand, to be written in a few statements."""

    deleted: list[int] = field(default_factory=list)
    ends: dict[date | None, list[int]] = field(default_factory=dict)  # last day -> rows
    fresh: list[dict[str, Any]] = field(default_factory=list)

    def end(self, row_id: int, last_day: date | None) -> None:
        """The row holds until that day; None: it is open."""
        self.ends.setdefault(last_day, []).append(row_id)

    def write(self, session: Session) -> None:
        """All of it. Rows that the session holds are read anew afterwards."""
        session.expire_all()
        for ids in _chunks(self.deleted):
            session.execute(delete(Price).where(Price.id.in_(ids)), execution_options={"synchronize_session": False})
        for last_day, rows in self.ends.items():
            for ids in _chunks(rows):
                db.change(session, Price, Price.id.in_(ids), valid_to=last_day)
        db.insert_rows(session, Price, self.fresh)


def fresh_price(
    partner: Partner, key: Key, amount: int | None, first: date, last: date | None = None
) -> dict[str, Any]:
    """The row of a price set by hand."""
    what = dict(zip(("product_id", "operation", "years", "days", "group_id"), key, strict=True))
    values: dict[str, Any] = {"currency": partner.currency, "source": "own", "amount": amount, "made_of": {}}
    return {**what, **values, "valid_from": first, "valid_to": last}


# --- keeping -------------------------------------------------------------------------------------------------


def noted(key: Key, start: date, deleted: Sequence[Price], ended: Sequence[Price], *, added: bool) -> dict[str, Any]:
    """What is about to happen to one price, as JSON: rows that go, rows that end before `start`, and whether there is
    a new one from then on."""
    what = {"key": list(key), "start": start.isoformat(), "added": added}
    return {**what, "deleted": [_told(row) for row in deleted], "ended": [[row.id, *_told(row)] for row in ended]}


def keep(session: Session, partner: Partner, entries: Sequence[dict[str, Any]]) -> None:
    """Remember an import that is written, instead of the one before."""
    session.execute(delete(PriceImport))
    mark = _mark(entries, _own(session, partner, entries))
    session.add(PriceImport(imported_at=clock.now(), mark=mark, entries=list(entries)))
    session.flush()


def _told(row: Price) -> list[Any]:
    return [row.amount, row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else None]


def _own(session: Session, partner: Partner, entries: Sequence[Mapping[str, Any]]) -> dict[Key, list[Price]]:
    """Every price by hand that these entries are about, over or not, in the order in which they were written."""
    products = sorted({entry["key"][0] for entry in entries})
    wanted = {_key(entry) for entry in entries}
    mine = (Price.product_id.in_(products), Price.currency == partner.currency, Price.source == "own")
    found: dict[Key, list[Price]] = {}
    for row in session.scalars(select(Price).where(*mine).order_by(Price.id)):
        key = (row.product_id, row.operation, row.years, row.days, row.group_id)
        if key in wanted:
            found.setdefault(key, []).append(row)
    return found


def _key(entry: Mapping[str, Any]) -> Key:
    product_id, operation, years, days, group_id = entry["key"]
    return product_id, operation, years, days, group_id


def _mark(entries: Sequence[Mapping[str, Any]], own: Mapping[Key, Sequence[Price]]) -> str:
    stand = [[row.id, *_told(row)] for entry in entries for row in own.get(_key(entry), ())]
    return hashlib.sha256(json.dumps(stand).encode()).hexdigest()


# --- taking back ---------------------------------------------------------------------------------------------


def last(session: Session, since: datetime | None = None) -> PriceImport | None:
    """The last import, if it was made since then, while it can be taken back. At most three statements."""
    lately = () if since is None else (PriceImport.imported_at >= since,)
    found = session.scalar(select(PriceImport).where(*lately))
    if found is None:
        return None
    own = _own(session, partners.partner(session), found.entries)
    return found if _mark(found.entries, own) == found.mark else None


def undo(session: Session, actor: audit.Actor, mark: str) -> int:
    """Make the prices what they were before the import with this mark; returns how many it were.

    Raises Refusal (moved) when one of them was changed since, or another import followed.
    """
    partner = recompute.locked(session)
    found = session.scalar(select(PriceImport))
    own = _own(session, partner, found.entries) if found else {}
    if found is None or found.mark != mark or _mark(found.entries, own) != mark:
        raise Refusal("moved", N_("These prices have been changed since, so the import cannot be taken back."))
    today, writes, count = clock.today(partner.timezone), Writes(), len(found.entries)
    for entry in found.entries:
        _take_back(writes, partner, entry, own.get(_key(entry), []), today)
    products = sorted({entry["key"][0] for entry in found.entries})
    session.delete(found)
    session.flush()
    writes.write(session)
    audit.record(session, actor, "prices.import_undone", "partner", partner.id, partner.code, changed=count)
    recompute.follow(session, products)
    bump_content(session)
    return count


def _take_back(writes: Writes, partner: Partner, entry: Mapping[str, Any], own: Sequence[Price], today: date) -> None:
    key, start = _key(entry), date.fromisoformat(entry["start"])
    added = [row.id for row in own if row.valid_from == start] if entry["added"] else []
    for row_id in added:
        if start >= today:
            writes.deleted.append(row_id)
        else:
            writes.end(row_id, today - _ONE_DAY)
    again = list(entry["deleted"])
    for row_id, *told in entry["ended"]:
        if start >= today:
            writes.end(row_id, _day(told[2]))
        else:
            again.append(told)
    for amount, first, until in again:
        if until is None or date.fromisoformat(until) >= today:
            since = max(date.fromisoformat(first), today)
            writes.fresh.append(fresh_price(partner, key, amount, since, _day(until)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), recompute.CHUNK):
        yield ids[start : start + recompute.CHUNK]
