"""Handing a sign-in over between a frame on another site and a page of the shop: a code, good once and for a minute.

The code alone is worth nothing. It is bound to the shop, the purpose, the origin and state that it was asked for with,
and to the challenge of a verifier that never left who asked (RFC 7636, S256): what is overheard opens no door.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.headers import is_origin
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit, tokens
from webapp.reseller.partners.audit import Actor

from .models import OneTimeToken, User

TO_FRAME, TO_PANEL = "to_frame", "to_panel"
PURPOSES = (TO_FRAME, TO_PANEL)
LIFETIME = timedelta(seconds=60)

#: BASE64URL(SHA256(verifier)) without padding (RFC 7636 section 4.2); the verifier itself (section 4.1).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_STATE = re.compile(r"[A-Za-z0-9_-]{20,100}")


def give(session: Session, actor: Actor, user_id: int, purpose: str, challenge: str, origin: str, state: str) -> str:
    """The code for a question (challenge, origin, state) about who `user_id` is. Raises Refusal for an odd question.

    The caller has checked that the person is signed in, and that `origin` may show this shop's frames.
    """
    if not (_CHALLENGE.fullmatch(challenge) and _STATE.fullmatch(state) and is_origin(origin)):
        raise Refusal("odd_question", N_("This window was not opened by a page of ours. Close it and try again."))
    code, hashed = tokens.new(_known(purpose))
    now = clock.now()
    row = OneTimeToken(
        user_id=user_id,
        purpose=purpose,
        token_hash=hashed,
        bound=_bound(purpose, challenge, origin, state),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "user.handed_over", "user", user_id, purpose=purpose, origin=origin)
    return code


def take(session: Session, code: str, purpose: str, verifier: str, origin: str, state: str) -> User:
    """Whose code this is; it is spent with that. Raises Refusal("code_spent") for whatever does not fit together."""
    if not _VERIFIER.fullmatch(verifier):
        raise _spent()
    hashed = tokens.digest(_known(purpose), code)
    fits = (
        OneTimeToken.token_hash == hashed,
        OneTimeToken.bound == _bound(purpose, _challenge_of(verifier), origin, state),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    if not db.change(session, OneTimeToken, *fits, used_at=clock.now()):
        raise _spent()
    owner = select(User).join(OneTimeToken, OneTimeToken.user_id == User.id)
    user = session.scalar(owner.where(OneTimeToken.token_hash == hashed, User.status == "active"))
    if user is None:
        raise _spent()
    return user


def _known(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose!r}")
    return purpose


def _spent() -> Refusal:
    """One answer to whatever is wrong."""
    return Refusal("code_spent", N_("This took too long, or it was used already. Please try again."))


def _challenge_of(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def _bound(purpose: str, challenge: str, origin: str, state: str) -> str:
    return hashlib.sha256(f"{purpose}|{challenge}|{origin}|{state}".encode(errors="replace")).hexdigest()
