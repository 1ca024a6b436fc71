"""Who does things, and the record of what was done: append-only, written in the transaction of the deed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock

from .models import AuditEvent


@dataclass(frozen=True)
class Actor:
    """Who acts. `kind`: visitor, user, staff, operator or system; `label` is what the log shows (a name or e-mail).

    `through` is a member of staff who acts in the actor's name, in the subscriber's own panel.
    """

    kind: str
    id: int | None
    label: str
    ip: str = ""
    request_id: str = ""
    through: str = ""


SYSTEM = Actor("system", None, "system")


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: int | None,
    object_label: str = "",
    *,
    partner_id: int | None = None,
    **data: Any,
) -> None:
    """Write down a deed: `record(session, actor, "proforma.activated", "proforma", 12, "PF/2026/12")`.

    `data` is plain JSON and never holds a password, token or auth code. Platform work, which has no tenant
    of its own, says with `partner_id` in whose log the event belongs.
    """
    values = values_of(actor, action, object_kind, object_id, object_label, data)
    session.add(AuditEvent(partner_id=partner_id, **values))


def values_of(
    actor: Actor, action: str, object_kind: str, object_id: int | None, object_label: str, data: dict[str, Any]
) -> dict[str, Any]:
    """Every column of a deed that is done now, but its id and its partner's: for work in bulk."""
    return {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "action": action,
        "object_kind": object_kind,
        "object_id": object_id,
        "object_label": object_label,
        "through": actor.through,
        "data": data,
        "ip": actor.ip,
        "request_id": actor.request_id,
    }
