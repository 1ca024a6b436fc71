"""Jobs of the orders room. Thin: each ends its outbox row in the transaction that does the work."""

from __future__ import annotations

from typing import Protocol

from webapp.foundation import outbox
from webapp.foundation.db import Database
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services import queries as service_queries

from . import activation, mails, settlement


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...


def settle_line(context: Context, lease: outbox.Lease) -> None:
    """The registry has answered for good: deliver the line or give the money back."""
    with context.database.writing() as session:
        operation = service_queries.operation(session, lease.payload["operation_id"])
        line = settlement.line_of_key(session, operation.line_key)
        if lease.payload["outcome"] == "done":
            settlement.delivered(session, line)
        else:
            settlement.undelivered(session, line, lease.payload["outcome"])
        outbox.complete(session, lease)


def retry_funds(context: Context, lease: outbox.Lease) -> None:
    """Money arrived on the wholesale balance: start what waited for it."""
    with context.database.writing() as session:
        activation.retry_funds(session, SYSTEM)
        outbox.complete(session, lease)


def tell_attention(context: Context, lease: outbox.Lease) -> None:
    """Tell the partner that the outcome of an operation is unknown and being watched."""
    with context.database.writing() as session:
        operation = service_queries.operation(session, lease.payload["operation_id"])
        mails.needs_attention(session, service_queries.domain(session, operation.domain_id), operation)
        outbox.complete(session, lease)
