"""The one transition table of domains and services. A state moves by `UPDATE ... WHERE state = :from`, or it stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.foundation.db import change

from .models import Domain, Service

#: state -> states that may follow it
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "awaiting_payment": ("awaiting_funds", "provisioning", "lost", "cancelled"),
    "awaiting_funds": ("provisioning", "lost", "cancelled"),
    "provisioning": ("active", "lost", "cancelled", "needs_attention"),
    "needs_attention": ("active", "lost", "cancelled"),
    "active": ("expiring", "expired", "suspended", "transferred_out", "deleted"),
    "expiring": ("active", "expired", "suspended", "transferred_out", "deleted"),
    "expired": ("active", "redemption", "transferred_out", "deleted"),
    "redemption": ("active", "deleted"),
    "suspended": ("active", "expired", "transferred_out", "deleted"),
    "lost": (),
    "cancelled": (),
    "deleted": (),
    "transferred_out": (),
}
#: States in which a name or service can be renewed.
RENEWABLE = ("active", "expiring", "expired")


def move(session: Session, thing: Domain | Service, to: str, **values: Any) -> bool:
    """Move a domain or service to a state that may follow its present one; False when it may not (any more)."""
    sources = [before for before, after in TRANSITIONS.items() if to in after]
    model: type[Domain] | type[Service] = type(thing)
    moved = change(session, model, model.id == thing.id, model.state.in_(sources), state=to, **values) == 1
    session.refresh(thing)
    return moved


def in_states(model: type[Domain] | type[Service]) -> dict[str, Select[Any]]:
    """State -> the ids in it, to be counted."""
    return {state: select(model.id).where(model.state == state) for state in TRANSITIONS}
