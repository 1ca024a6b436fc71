"""Jobs of the orders room. Thin: each ends its outbox row in the transaction that does the work."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.db import Database
from webapp.reseller.billing import queries as billing
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services import queries as service_queries

from . import activation, mails, settlement


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...


def settle_line(context: Context, lease: outbox.Lease) -> None:
    """The registry, or the person who makes a service, has answered for good: deliver or give the money back."""
    with context.database.writing() as session:
        line = settlement.line_of_key(session, _line_key(session, lease.payload))
        if lease.payload["outcome"] == "done":
            settlement.delivered(session, line)
        else:
            settlement.undelivered(session, line, lease.payload["outcome"])
        outbox.complete(session, lease)


def _line_key(session: Session, payload: dict[str, Any]) -> str:
    if "task_id" in payload:
        return service_queries.task(session, payload["task_id"]).line_key
    return service_queries.operation(session, payload["operation_id"]).line_key


def retry_funds(context: Context, lease: outbox.Lease) -> None:
    """Money arrived on the wholesale balance: start what waited for it, in small steps; again is harmless."""
    after: int | None = 0
    while after is not None:
        with context.database.writing() as session:
            after = activation.retry_funds(session, SYSTEM, after)
            if after is None:
                outbox.complete(session, lease)
            else:
                outbox.lengthen(session, lease)


def tell_attention(context: Context, lease: outbox.Lease) -> None:
    """Tell the partner that the outcome of an operation is unknown and being watched."""
    with context.database.writing() as session:
        operation = service_queries.operation(session, lease.payload["operation_id"])
        mails.needs_attention(session, service_queries.domain(session, operation.domain_id), operation)
        outbox.complete(session, lease)


def send_proforma(context: Context, lease: outbox.Lease) -> None:
    """Write the mail of a proforma; one that came to nothing or was paid meanwhile asks nobody for money any more."""
    with context.database.writing() as session:
        proforma = billing.proforma(session, lease.payload["proforma_id"])
        if proforma.state == "issued":
            mails.proforma_issued(session, proforma)
        outbox.complete(session, lease)
