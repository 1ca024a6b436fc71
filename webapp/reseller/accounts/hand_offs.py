"""Handing a sign-in over between a frame on another site and a page of the shop: a code, good once and for a minute.

The code alone is worth nothing. It is bound to the shop, the purpose, the origin and state that it was asked for with,
and to the challenge of a verifier that never left who asked (RFC 7636, S256): what is overheard opens no door. It ends
with the sign-in that it comes from, and so does what is opened with it: nobody hands himself over from one to the next
for ever.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.headers import is_origin
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit, sign_ins, tokens
from webapp.reseller.partners.audit import Actor

from .models import OneTimeToken, User, UserSignIn

TO_FRAME, TO_PANEL = "to_frame", "to_panel"
PURPOSES = (TO_FRAME, TO_PANEL)
LIFETIME = timedelta(seconds=60)

#: BASE64URL(SHA256(verifier)) without padding (RFC 7636 section 4.2); the verifier itself (section 4.1).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_STATE = re.compile(r"[A-Za-z0-9_-]{20,100}")


@dataclass(frozen=True)
class Handed:
    """Whose sign-in was handed over, and when it ends by itself."""

    user: User
    until: datetime


def give(session: Session, actor: Actor, token: str, purpose: str, challenge: str, origin: str, state: str) -> str:
    """The code for a question (challenge, origin, state) about who is signed in by `token`.

    Raises Refusal for an odd question and for a sign-in that has ended. The caller has checked that `origin` may show
    this shop's frames.
    """
    if not (_CHALLENGE.fullmatch(challenge) and _STATE.fullmatch(state) and is_origin(origin)):
        raise Refusal("odd_question", N_("This window was not opened by a page of ours. Close it and try again."))
    here = session.scalar(select(UserSignIn).where(*sign_ins.live(UserSignIn, token)))
    if here is None or here.staff_id is not None:
        raise _spent()  # who looks through somebody's eyes does not hand them on
    code, hashed = tokens.new(_known(purpose))
    now = clock.now()
    row = OneTimeToken(
        user_id=here.user_id,
        sign_in_id=here.id,
        purpose=purpose,
        token_hash=hashed,
        bound=_bound(purpose, challenge, origin, state),
        created_at=now,
        expires_at=min(now + LIFETIME, here.expires_at),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "user.handed_over", "user", here.user_id, purpose=purpose, origin=origin)
    return code


def take(session: Session, code: str, purpose: str, verifier: str, origin: str, state: str) -> Handed:
    """Whose code this is; it is spent with that. Raises Refusal("code_spent") for whatever does not fit together."""
    if not _VERIFIER.fullmatch(verifier):
        raise _spent()
    hashed = tokens.digest(_known(purpose), code)
    fits = (
        OneTimeToken.token_hash == hashed,
        OneTimeToken.bound == _bound(purpose, _challenge_of(verifier), origin, state),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
        exists().where(UserSignIn.id == OneTimeToken.sign_in_id, UserSignIn.revoked_at.is_(None)),
    )
    if not db.change(session, OneTimeToken, *fits, used_at=clock.now()):
        raise _spent()
    source = select(User, UserSignIn.expires_at).join(UserSignIn, UserSignIn.user_id == User.id)
    given = source.join(OneTimeToken, OneTimeToken.sign_in_id == UserSignIn.id)
    found = session.execute(given.where(OneTimeToken.token_hash == hashed, User.status == "active")).one_or_none()
    if found is None:
        raise _spent()
    return Handed(*found)


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
