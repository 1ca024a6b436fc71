"""Renewals that are for nothing any more: the domain or service has left, so nobody shall pay for its next period."""

from __future__ import annotations

import logging

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.foundation import tenancy
from webapp.foundation.db import Database, narrowed
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services.models import Domain, Service

from . import restructure
from .models import OrderLine
from .operations import cancel
from .subjects import lines_of

log = logging.getLogger(__name__)

#: States out of which nothing comes back.
LEFT = ("transferred_out", "deleted", "lost", "cancelled")
#: Proformas of one transaction.
FEW = 20


def cancel_left(database: Database) -> int:
    """Cancel the open renewals of what has left, over all partners; returns how many."""
    cancelled, after = 0, 0
    while True:
        with database.writing(tenancy.Platform("tick")) as session:
            found = _some(session, after)
            cancelled += sum(_cancel(session, *row) for row in found)
        if len(found) < FEW:
            return cancelled
        after = found[-1][1]


def _some(session: Session, after: int) -> list[tuple[int, int]]:
    """(partner id, order line id) of the next few."""
    line = OrderLine
    gone = or_(Domain.state.in_(LEFT), Service.state.in_(LEFT))
    query = (
        select(line.partner_id, line.id)
        .join(ProformaLine, ProformaLine.id == line.proforma_line_id)
        .join(Proforma, Proforma.id == ProformaLine.proforma_id)
        .outerjoin(Domain, Domain.id == line.domain_id)
        .outerjoin(Service, Service.id == line.service_id)
        .where(line.state == "awaiting_payment", line.operation == "renew", line.id > after, gone)
        .where(Proforma.state == "issued")
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(line.id).limit(FEW))]


def _cancel(session: Session, partner_id: int, line_id: int) -> bool:
    try:
        with narrowed(session, partner_id), session.begin_nested():
            return _cancel_line(session, line_id)
    except Refusal as refusal:
        log.warning("a renewal of what has left stays open: %s", refusal, extra={"order_line": line_id})
        return False


def _cancel_line(session: Session, line_id: int) -> bool:
    """Cancel its proforma; one that asks for other things too is taken apart first."""
    proforma_id = _proforma_of(session, line_id)
    if len(lines_of(session, proforma_id)) > 1:
        restructure.split(session, SYSTEM, proforma_id)
        proforma_id = _proforma_of(session, line_id)
    return cancel(session, SYSTEM, proforma_id).state == "cancelled"


def _proforma_of(session: Session, line_id: int) -> int:
    joined = select(ProformaLine.proforma_id).join(OrderLine, OrderLine.proforma_line_id == ProformaLine.id)
    return session.scalars(joined.where(OrderLine.id == line_id).execution_options(populate_existing=True)).one()
