"""Reads of the orders room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.services.models import Domain, ProvisioningOperation, Service, ServiceTask

from .models import OrderLine
from .subjects import domains_of, lines_of, services_of

#: States of an order line that go on by themselves once the proforma is activated.
MOVING = ("awaiting_funds", "provisioning")


@dataclass(frozen=True)
class LineProgress:
    """An item of a proforma and what became of it; all else is None for an item without a service.

    A domain goes with the operation at its registry, a service with the task of the person who makes it.
    """

    item: ProformaLine
    line: OrderLine | None = None
    domain: Domain | None = None
    operation: ProvisioningOperation | None = None
    service: Service | None = None
    task: ServiceTask | None = None

    @property
    def state(self) -> str:
        """One word for it: the line's state, or "needs_attention" while nobody knows what the registry did."""
        if self.line is None:
            return ""
        unclear = self.line.state == "provisioning" and self.domain and self.domain.state == "needs_attention"
        return "needs_attention" if unclear else self.line.state


def progress(session: Session, proforma: Proforma) -> list[LineProgress]:
    """Every item of a proforma in its order, with what it is about and how far that is. At most five statements."""
    lines = {line.proforma_line_id: line for line in lines_of(session, proforma.id)}
    domains, services = domains_of(session, lines.values()), services_of(session, lines.values())
    operations = _operations(session, [f"order-line:{line.id}" for line in lines.values() if line.domain_id])
    tasks = _tasks(session, [f"order-line:{line.id}" for line in lines.values() if line.service_id])
    return [_progress(item, lines.get(item.id), domains, operations, services, tasks) for item in proforma.lines]


def _progress(
    item: ProformaLine,
    line: OrderLine | None,
    domains: dict[int, Domain],
    operations: dict[str, ProvisioningOperation],
    services: dict[int, Service],
    tasks: dict[str, ServiceTask],
) -> LineProgress:
    if line is None:
        return LineProgress(item)
    key = f"order-line:{line.id}"
    if line.service_id is not None:
        return LineProgress(item, line, service=services.get(line.service_id), task=tasks.get(key))
    return LineProgress(item, line, domains.get(line.domain_id or 0), operations.get(key))


def _operations(session: Session, keys: Sequence[str]) -> dict[str, ProvisioningOperation]:
    query = select(ProvisioningOperation).where(ProvisioningOperation.line_key.in_(keys))
    return {row.line_key: row for row in session.scalars(query)} if keys else {}


def _tasks(session: Session, keys: Sequence[str]) -> dict[str, ServiceTask]:
    query = select(ServiceTask).where(ServiceTask.line_key.in_(keys))
    return {row.line_key: row for row in session.scalars(query)} if keys else {}


def proformas_of_service(session: Session, service_id: int) -> Sequence[Proforma]:
    """The proformas on which a service was ordered or renewed, the newest first."""
    return _proformas_of(session, OrderLine.service_id == service_id)


def proformas_of_domain(session: Session, domain_id: int) -> Sequence[Proforma]:
    """The proformas on which a domain was ordered or renewed, the newest first."""
    return _proformas_of(session, OrderLine.domain_id == domain_id)


def _proformas_of(session: Session, about: ColumnElement[bool]) -> Sequence[Proforma]:
    query = (
        select(Proforma)
        .join(ProformaLine, ProformaLine.proforma_id == Proforma.id)
        .join(OrderLine, OrderLine.proforma_line_id == ProformaLine.id)
        .where(about)
        .order_by(Proforma.id.desc())
    )
    return session.scalars(query).unique().all()
