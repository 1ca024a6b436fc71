"""What an ending cost when, and who said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import AuditEvent

from .costs import Period
from .models import Price

#: Of each list; the log has the rest.
MOST_ROWS = 80
_MOST_EVENTS = 300


@dataclass(frozen=True)
class Past:
    """A price with the deed that set it; None where a rule or a file did."""

    price: Price
    event: AuditEvent | None


@dataclass(frozen=True)
class History:
    """Prices set by hand that hold, and everything that held, the latest first; and what will hold, the next first."""

    past: tuple[Past, ...]
    upcoming: tuple[Past, ...]


def history(session: Session, product_id: int, on: date, group_id: int | None = None) -> History:
    """The prices of an ending for everybody, or of a group. Three statements."""
    rows = _rows(session, product_id, group_id)
    events = _events(session, product_id, group_id)
    told = [Past(row, events.get((*_period(row), row.valid_from)) if row.source == "own" else None) for row in rows]
    begun = [one for one in told if one.price.valid_from <= on]
    past = [one for one in begun if one.price.source == "own" or (one.price.valid_to and one.price.valid_to < on)]
    upcoming = sorted((one for one in told if one.price.valid_from > on), key=lambda one: one.price.valid_from)
    return History(tuple(past[:MOST_ROWS]), tuple(upcoming))


def _rows(session: Session, product_id: int, group_id: int | None) -> Sequence[Price]:
    currency = partners.partner(session).currency
    mine = (Price.product_id == product_id, Price.currency == currency, Price.group_id == group_id)
    latest_first = (Price.valid_from.desc(), Price.operation, Price.days, Price.years, Price.id.desc())
    return session.scalars(select(Price).where(*mine).order_by(*latest_first).limit(MOST_ROWS * 2)).all()


def _period(row: Price) -> Period:
    return row.operation, row.years, row.days


def _events(session: Session, product_id: int, group_id: int | None) -> dict[tuple[str, int, int, date], AuditEvent]:
    """The last deed for each period and first day."""
    about = (AuditEvent.object_kind == "product", AuditEvent.object_id == product_id)
    deeds = ("price.set", "price.withheld")
    query = select(AuditEvent).where(*about, AuditEvent.action.in_(deeds)).order_by(AuditEvent.id.desc())
    found: dict[tuple[str, int, int, date], AuditEvent] = {}
    for event in session.scalars(query.limit(_MOST_EVENTS)):
        data = event.data
        if data.get("group_id") == group_id and "valid_from" in data:
            key = (data["operation"], data["years"], data["days"], date.fromisoformat(data["valid_from"]))
            found.setdefault(key, event)
    return found
