"""Jobs of the accounts room."""

from __future__ import annotations

from typing import Protocol

from webapp.foundation import outbox
from webapp.foundation.db import Database
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners.audit import Actor

from . import operations, queries


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...


def send_password_reset(context: Context, lease: outbox.Lease) -> None:
    """Mail a link to set a new password, if the address that somebody typed is a user's who may sign in."""
    with context.database.writing() as session:
        outbox.complete(session, lease)
        user = queries.user_by_email(session, lease.payload["email"])
        if user is None or user.status != "active":
            return
        asked = Actor("visitor", None, user.email, lease.payload["ip"], lease.payload["request_id"])
        token = operations.make_reset_token(session, asked, user)
        minutes = int(operations.RESET_LIFETIME.total_seconds() // 60)
        data = {"name": user.name, "email": user.email, "minutes": minutes, "path": f"/account/reset/{token}"}
        queue_mail(session, "password_reset", user.email, user.locale, data, f"reset:{lease.row_id}", ("user", user.id))
