"""What a partner's software signs in with at the wholesale side: login (the partner's code), password, key.

Password and key are shown once, when they are set. The password is stored as a hash, the key sealed: it signs, so the
install must know it.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.sealed import CannotOpen, seal, unseal
from webapp.providers.wholesale import signing
from webapp.reseller.partners.audit import Actor, record

from . import passwords, queries
from .models import Partner, WholesaleAccess

PURPOSE = "wholesale-key"


def access(session: Session) -> WholesaleAccess | None:
    """The partner's own; None before it was set for the first time."""
    return session.scalar(select(WholesaleAccess))


def new_key() -> str:
    """64 hex digits."""
    return secrets.token_hex(32)


def update(session: Session, actor: Actor, secret: str, *, password_hash: str = "", key: str = "") -> WholesaleAccess:
    """Set a new password, a new key or both; what is "" stays. The first time needs both."""
    partner = queries.partner(session)
    row = access(session)
    if row is None:
        if not (password_hash and key):
            raise ValueError("the first access needs a password and a key")
        row = WholesaleAccess(login=partner.code)
        session.add(row)
    row.password_hash = password_hash or row.password_hash
    row.key = seal(secret, PURPOSE, partner.id, key) if key else row.key
    row.changed_at = clock.now()
    session.flush()
    changed = [name for name, value in (("password", password_hash), ("key", key)) if value]
    record(session, actor, "wholesale.access_changed", "partner", partner.id, partner.name, changed=changed)
    return row


@dataclass(frozen=True)
class Asked:
    """A request at the API door, as it came."""

    login: str
    password: str
    method: str
    path: str
    date: str
    signature: str
    body: bytes = b""


@dataclass(frozen=True)
class Known:
    """What is stored about a login; read before anything slow is done."""

    partner_id: int
    password_hash: str
    key: str
    open: bool


def known(session: Session, login: str) -> Known | None:
    """By login; platform work, since a login tells whose request it is."""
    found = session.execute(
        select(WholesaleAccess, Partner.status)
        .join(Partner, Partner.id == WholesaleAccess.partner_id)
        .where(WholesaleAccess.login == login)
    ).one_or_none()
    if found is None:
        return None
    return Known(found[0].partner_id, found[0].password_hash, found[0].key, found[1] == "active")


def refused(who: Known | None, asked: Asked, secret: str, now: datetime) -> str:
    """Why a request is not let in: login | password | clock | key; "" when it is. Same cost for unknown logins."""
    fits = passwords.verify(who.password_hash if who else None, asked.password)
    if who is None or not who.open:
        return "login"
    if not fits:
        return "password"
    if not signing.is_recent(asked.date, now):
        return "clock"
    return "" if _signed(who, asked, secret) else "key"


def _signed(who: Known, asked: Asked, secret: str) -> bool:
    try:
        key = unseal(secret, PURPOSE, who.partner_id, who.key)
    except CannotOpen:
        return False
    wanted = signing.signature(key, asked.method, asked.path, asked.date, asked.body)
    return hmac.compare_digest(wanted.encode(), asked.signature.encode())
