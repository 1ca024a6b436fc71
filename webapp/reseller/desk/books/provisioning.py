"""I1 and I7: what was paid is asked for once, by somebody who ends it, and nothing is asked for that was not paid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from webapp.foundation.outbox import OutboxRow
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.services.models import ProvisioningOperation, ServiceTask

from .rules import Check, named

#: State of a line -> what its one operation or task may be; "": it needs none.
_OPERATIONS = {
    "awaiting_funds": ("",),
    # A confirmed operation is settled by a row of its own, a moment later.
    "provisioning": ("intended", "sent", "unknown", "confirmed", "refused"),
    "done": ("confirmed",),
    "lost": ("", "refused"),
    "refused": ("", "refused"),
}
_TASKS = _OPERATIONS | {"provisioning": ("open", "done", "refused"), "done": ("done",)}
_MAKERS: tuple[tuple[Any, Any, dict[str, tuple[str, ...]]], ...] = (
    (ProvisioningOperation, OrderLine.domain_id, _OPERATIONS),
    (ServiceTask, OrderLine.service_id, _TASKS),
)


def paid_lines(session: Session) -> Iterable[str]:
    """An activated line waits for funds, or has one operation that agrees with it, or has ended without one.

    What a person of the partner makes has a task instead of an operation of a registry.
    """
    for model, about, agreeing in _MAKERS:
        for line_id, state, count, outcome in session.execute(_disagreeing(model, about, agreeing)):
            yield f"line {line_id} is {state} with {count} operations ({outcome or 'none'})"


def _disagreeing(model: Any, about: Any, agreeing: dict[str, tuple[str, ...]]) -> Select[Any]:
    outcome = func.coalesce(func.min(model.state), "")
    fits = or_(*(and_(OrderLine.state == state, outcome.in_(allowed)) for state, allowed in agreeing.items()))
    return (
        select(OrderLine.id, OrderLine.state, func.count(model.id), func.min(model.state))
        .join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
        .join(Proforma, Proforma.id == ProformaLine.proforma_id)
        .outerjoin(model, _made_for(model))
        .where(Proforma.state == "activated", about.is_not(None))
        .group_by(OrderLine.id, OrderLine.state)
        .having(or_(func.count(model.id) > 1, not_(fits)))
        .order_by(OrderLine.id)
    )


def _made_for(model: Any) -> ColumnElement[bool]:
    return and_(model.partner_id == OrderLine.partner_id, model.line_key == named("order-line:", OrderLine.id))


def nothing_unpaid(session: Session) -> Iterable[str]:
    """No line of a proforma that nobody has activated has an operation or a task."""
    for model, about, _agreeing in _MAKERS:
        early = (
            select(OrderLine.id, Proforma.number, Proforma.state)
            .join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
            .join(Proforma, Proforma.id == ProformaLine.proforma_id)
            .join(model, _made_for(model))
            .where(Proforma.state != "activated", about.is_not(None))
            .order_by(OrderLine.id)
        )
        for line_id, number, state in session.execute(early):
            yield f"line {line_id} was asked for while {number} is {state}"


def open_operations_have_a_worker(session: Session) -> Iterable[str]:
    """An operation that is not ended has its outbox row, so that it is tried again."""
    operation, row = ProvisioningOperation, OutboxRow
    key = named("domain.provision:", operation.id)
    waiting = exists().where(row.partner_id == operation.partner_id, row.key == key, row.done_at.is_(None))
    orphans = select(operation.id, operation.state).where(
        operation.state.in_(("intended", "sent", "unknown")), ~waiting
    )
    return (f"operation {number} is {state} and nobody works on it" for number, state in session.execute(orphans))


def one_renewal_per_period(session: Session) -> Iterable[str]:
    """No domain is renewed twice from the same date; a proven refusal may be asked again."""
    operation = ProvisioningOperation
    rows = session.execute(
        select(operation.domain_id, operation.current_expiry, func.count(operation.id))
        .where(operation.kind == "renew", operation.state != "refused")
        .group_by(operation.domain_id, operation.current_expiry)
        .having(func.count(operation.id) > 1)
    )
    return (f"domain {domain} is renewed {count} times from {expiry}" for domain, expiry, count in rows)


CHECKS: dict[str, Check] = {
    "I1 each activated line has one operation that agrees with it": paid_lines,
    "I1 nothing is asked for before it was paid": nothing_unpaid,
    "I1 each open operation has a worker": open_operations_have_a_worker,
    "I7 one renewal for each domain and expiry": one_renewal_per_period,
}
