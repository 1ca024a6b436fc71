"""The one transition table of a domain. A state moves by `UPDATE ... WHERE state = :from`, or it did not move."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation.db import change

from .models import Domain

#: state -> states that may follow it
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "awaiting_payment": ("awaiting_funds", "provisioning", "lost", "cancelled"),
    "awaiting_funds": ("provisioning", "lost", "cancelled"),
    "provisioning": ("active", "lost", "cancelled", "needs_attention"),
    "needs_attention": ("active", "lost", "cancelled"),
    "active": ("expiring", "expired", "suspended", "transferred_out", "deleted"),
    "expiring": ("active", "expired", "transferred_out", "deleted"),
    "expired": ("active", "redemption", "transferred_out", "deleted"),
    "redemption": ("active", "deleted"),
    "suspended": ("active", "expired", "transferred_out", "deleted"),
    "lost": (),
    "cancelled": (),
    "deleted": (),
    "transferred_out": (),
}
#: States in which a name can be renewed.
RENEWABLE = ("active", "expiring", "expired")


def move(session: Session, domain: Domain, to: str, **values: Any) -> bool:
    """Move a domain to a state that may follow its present one; False when it may not (any more)."""
    sources = [before for before, after in TRANSITIONS.items() if to in after]
    moved = change(session, Domain, Domain.id == domain.id, Domain.state.in_(sources), state=to, **values) == 1
    session.refresh(domain)
    return moved
