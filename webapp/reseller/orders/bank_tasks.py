"""Jobs about statements."""

from __future__ import annotations

from typing import Protocol

from webapp.foundation import outbox
from webapp.foundation.db import Database
from webapp.reseller.partners.audit import SYSTEM

from . import matching

#: Movements in one transaction: other writers wait no longer than for these.
_BATCH = 50


class Context(Protocol):
    """What this job needs of the worker's context."""

    @property
    def database(self) -> Database: ...


def match(context: Context, lease: outbox.Lease) -> None:
    """Look at the movements of a statement that nobody has looked at, in small steps; again is harmless."""
    while True:
        with context.database.writing() as session:
            if not matching.match_new(session, SYSTEM, lease.payload["statement_id"], _BATCH):
                outbox.complete(session, lease)
                return
            outbox.lengthen(session, lease)
