"""The rows of many renewals at once: what `ordered.issue` and `ordered.write_order` write for one, in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import insert_for_many, next_ids, raise_counters
from webapp.foundation.outbox import OutboxRow
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import NumberSeries, Proforma, ProformaLine
from webapp.reseller.partners.audit import SYSTEM, values_of
from webapp.reseller.partners.models import AuditEvent, Partner

from .models import Order, OrderLine
from .ordered import NewOrder, Ordered, order_line_values, order_values
from .renewing import MAIL
from .subjects import kind_of, name_of


@dataclass(frozen=True)
class New:
    """One renewal that shall be written. `key`: the order's."""

    partner: Partner
    thing: Ordered
    draft: billing.ProformaDraft
    key: str


#: Table -> its rows, in the order in which they must be written.
Rows = dict[Any, list[dict[str, Any]]]
_TABLES = (Proforma, ProformaLine, Order, OrderLine, AuditEvent, OutboxRow)


def write(session: Session, new: Sequence[New]) -> None:
    """Numbers, proformas, orders, deeds and mails to be; of any number of partners. Platform work."""
    if not new:
        return
    numbers = _numbers(session, new)
    papers, lines = next_ids(session, Proforma, len(new)), next_ids(session, ProformaLine, len(new))
    orders = next_ids(session, Order, len(new))
    rows: Rows = {model: [] for model in _TABLES}
    for each, sequence, ids in zip(new, numbers, zip(papers, lines, orders, strict=True), strict=True):
        _add(rows, each, sequence, *ids)
    owners = frozenset(each.partner.id for each in new)
    for model in _TABLES:
        insert_for_many(session, model, rows[model], owners)


def _today(partner: Partner) -> date:
    return clock.today(partner.timezone)


def _numbers(session: Session, new: Sequence[New]) -> list[int]:
    """The next number of each one's partner, by one statement: each counter goes up by as many as it needs."""
    partners = {each.partner.id: each.partner for each in new}
    wanted = Counter(each.partner.id for each in new)
    series = [
        {"partner_id": key, "issuer": partner.code, "series": "proforma", "year": _today(partner).year,
         "last": wanted[key]}
        for key, partner in partners.items()
    ]  # fmt: skip
    last = raise_counters(session, NumberSeries, series, by=("issuer", "series", "year"), counter="last")
    given = {key: last[key] - wanted[key] for key in partners}
    numbers = []
    for each in new:
        given[each.partner.id] += 1
        numbers.append(given[each.partner.id])
    return numbers


def _add(rows: Rows, new: New, sequence: int, proforma_id: int, line_id: int, order_id: int) -> None:
    """The rows of one renewal."""
    draft, thing, owner = new.draft, new.thing, {"partner_id": new.partner.id}
    paper = billing.proforma_values(new.partner, draft, sequence, _today(new.partner))
    rows[Proforma].append({"id": proforma_id, **owner, **paper})
    (line,) = billing.line_values(draft)
    rows[ProformaLine].append({"id": line_id, **owner, "proforma_id": proforma_id, **line})
    order = order_values(NewOrder(new.key, draft.account_id, None), proforma_id, paper["currency"])
    rows[Order].append({"id": order_id, **owner, **order})
    rows[OrderLine].append({**owner, **order_line_values(order_id, line_id, thing)})
    number, kind, name = paper["number"], kind_of(thing.subject), name_of(thing.subject)
    issued = values_of(SYSTEM, "proforma.issued", "proforma", proforma_id, number, {"gross": paper["gross"]})
    renewed = values_of(SYSTEM, "order.renewal", kind, thing.subject.id, name, {"proforma": number})
    rows[AuditEvent] += [{**owner, **issued}, {**owner, **renewed}]
    rows[OutboxRow].append({**owner, **_mail(proforma_id)})


def _mail(proforma_id: int) -> dict[str, Any]:
    """As `outbox.enqueue` writes it; the sweep wakes the workers."""
    now = clock.now()
    key, payload = f"{MAIL}:{proforma_id}", {"proforma_id": proforma_id}
    return {"kind": MAIL, "key": key, "payload": payload, "created_at": now, "available_at": now}
