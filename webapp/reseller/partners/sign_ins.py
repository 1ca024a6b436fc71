"""What sign-ins of subscribers, staff and operators have in common. The rows are each room's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

from . import tokens
from .models import SignInRecord

LIFETIME = timedelta(days=14)
_Record = TypeVar("_Record", bound=SignInRecord)


def bad_credentials() -> Refusal:
    """The one answer to a wrong e-mail and to a wrong password."""
    return Refusal("bad_credentials", N_("This e-mail address and password do not belong together."))


def opened(
    session: Session, model: type[_Record], ip: str, user_agent: str, lifetime: timedelta = LIFETIME, **owner: Any
) -> str:
    """Store a fresh sign-in and return its token, which is shown to nobody else and never again."""
    token, hashed = tokens.new(model.__name__)
    now = clock.now()
    mapped: Any = model  # the mapper makes the constructor, where mypy does not see it
    row = mapped(
        token_hash=hashed, created_at=now, expires_at=now + lifetime, ip=ip[:64], user_agent=user_agent[:300], **owner
    )
    session.add(row)
    session.flush()
    return token


def live(model: type[_Record], token: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions of the sign-in that this token opens: known, not revoked, not expired."""
    mapped: Any = model
    return (
        mapped.token_hash == tokens.digest(model.__name__, token),
        mapped.revoked_at.is_(None),
        mapped.expires_at > clock.now(),
    )


def revoke(session: Session, model: type[_Record], *where: ColumnElement[bool]) -> int:
    """End the sign-ins at once; returns how many were still open."""
    mapped: Any = model
    return db.change(session, mapped, mapped.revoked_at.is_(None), *where, revoked_at=clock.now())


def revoke_token(session: Session, model: type[_Record], token: str) -> int:
    """End one sign-in by its token. An unknown token is not an error: the sign-in is over either way."""
    mapped: Any = model
    return revoke(session, model, mapped.token_hash == tokens.digest(model.__name__, token))
