"""Reads of the orders room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, ProvisioningOperation

from .models import Order, OrderLine

#: States of an order line that go on by themselves once the proforma is activated.
MOVING = ("awaiting_funds", "provisioning")


@dataclass(frozen=True)
class LineProgress:
    """An item of a proforma and what became of it; the last three are None for an item without a service."""

    item: ProformaLine
    line: OrderLine | None
    domain: Domain | None
    operation: ProvisioningOperation | None

    @property
    def state(self) -> str:
        """One word for it: the line's state, or "needs_attention" while nobody knows what the registry did."""
        if self.line is None:
            return ""
        unclear = self.line.state == "provisioning" and self.domain and self.domain.state == "needs_attention"
        return "needs_attention" if unclear else self.line.state


def progress(session: Session, proforma: Proforma) -> list[LineProgress]:
    """Every item of a proforma in its order, with domain and registry operation. Three statements."""
    lines = {line.proforma_line_id: line for line in _lines(session, proforma.id)}
    domains = services.domains_by_id(session, [line.domain_id for line in lines.values()])
    operations = _operations(session, [f"order-line:{line.id}" for line in lines.values()])
    return [_progress(item, lines.get(item.id), domains, operations) for item in proforma.lines]


def _progress(
    item: ProformaLine,
    line: OrderLine | None,
    domains: dict[int, Domain],
    operations: dict[str, ProvisioningOperation],
) -> LineProgress:
    if line is None:
        return LineProgress(item, None, None, None)
    return LineProgress(item, line, domains.get(line.domain_id), operations.get(f"order-line:{line.id}"))


def _lines(session: Session, proforma_id: int) -> Sequence[OrderLine]:
    query = select(OrderLine).join(Order, Order.id == OrderLine.order_id).where(Order.proforma_id == proforma_id)
    return session.scalars(query).all()


def _operations(session: Session, keys: Sequence[str]) -> dict[str, ProvisioningOperation]:
    query = select(ProvisioningOperation).where(ProvisioningOperation.line_key.in_(keys))
    return {row.line_key: row for row in session.scalars(query)} if keys else {}


def proformas_of_domain(session: Session, domain_id: int) -> Sequence[Proforma]:
    """The proformas on which a domain was ordered or renewed, the newest first."""
    query = (
        select(Proforma)
        .join(Order, Order.proforma_id == Proforma.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.domain_id == domain_id)
        .order_by(Proforma.id.desc())
    )
    return session.scalars(query).unique().all()
