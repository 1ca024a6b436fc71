"""A member of staff opens a subscriber's panel and looks through the subscriber's eyes (H-21).

The panel and the shop are different hosts: a code, good once and for a minute, carries the way in. What it opens is a
sign-in of its own that names both, ends after an hour, with a word of either side, and with the rights and the own
sign-ins of the staff.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit, sign_ins, tokens
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Staff, StaffSignIn
from webapp.reseller.partners.roles import ROLES

from . import queries
from .models import OneTimeToken, User, UserSignIn

PURPOSE = "enter"
CODE_LIFETIME, LIFETIME = timedelta(seconds=60), timedelta(hours=1)
#: Roles that may look: asked again with every page, so that a right that is taken away ends every look.
_ROLES = tuple(name for name, role in ROLES.items() if "subscribers" in role.rights)


def staff_still_may() -> ColumnElement[bool]:
    """Condition on UserSignIn: it is the user's own, or its member of staff may still look and is still signed in."""
    staff = exists().where(Staff.id == UserSignIn.staff_id, Staff.status == "active", Staff.role.in_(_ROLES))
    theirs = (StaffSignIn.revoked_at.is_(None), StaffSignIn.expires_at > clock.now())
    signed_in = exists().where(StaffSignIn.staff_id == UserSignIn.staff_id, *theirs)
    return or_(UserSignIn.staff_id.is_(None), and_(staff, signed_in))


def give(session: Session, actor: Actor, account_id: int, user_id: int) -> str:
    """The code that opens the panel of an account as one of its users. Raises NotFound and Refusal("closed").

    `actor` is the member of staff; the sign-in is made here, with a token that nobody has until the code is taken.
    """
    account = queries.account(session, account_id)
    access = queries.access(session, user_id, account_id)
    user = queries.user(session, user_id)
    if user.status != "active" or access.account.status != "active":
        raise Refusal("closed", N_("This sign-in is closed: there is no panel to open."))
    sign_ins.opened(
        session, UserSignIn, actor.ip, "", LIFETIME, user_id=user.id, staff_id=actor.id, staff_label=actor.label
    )
    row = session.scalars(
        select(UserSignIn).where(UserSignIn.user_id == user.id).order_by(UserSignIn.id.desc())
    ).first()
    code, hashed = tokens.new(PURPOSE)
    now = clock.now()
    facts = {"created_at": now, "expires_at": now + CODE_LIFETIME}
    session.add(
        OneTimeToken(user_id=user.id, purpose=PURPOSE, token_hash=hashed, sign_in_id=row.id if row else None, **facts)
    )
    session.flush()
    audit.record(session, actor, "account.panel_opened", "account", account.id, account.name, user_id=user.id)
    return code


def take(session: Session, code: str, ip: str, user_agent: str) -> str:
    """The token of the sign-in that the code opens; the code is spent with that. Raises Refusal("code_spent")."""
    hashed, now = tokens.digest(PURPOSE, code), clock.now()
    fits = (
        OneTimeToken.token_hash == hashed,
        OneTimeToken.purpose == PURPOSE,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now,
    )
    known = session.scalar(select(OneTimeToken.id).where(*fits)) is not None
    if not known or not db.change(session, OneTimeToken, *fits, used_at=now):
        raise _spent()
    sign_in_id = session.scalar(select(OneTimeToken.sign_in_id).where(OneTimeToken.token_hash == hashed))
    token, kept = tokens.new(UserSignIn.__name__)
    still = (
        UserSignIn.id == sign_in_id,
        UserSignIn.revoked_at.is_(None),
        UserSignIn.expires_at > now,
        staff_still_may(),
    )
    if not db.change(session, UserSignIn, *still, token_hash=kept, ip=ip[:64], user_agent=user_agent[:300]):
        raise _spent()
    return token


def _spent() -> Refusal:
    return Refusal("code_spent", N_("This way in was used already or took too long. Open the panel once more."))


def leave(session: Session, actor: Actor, token: str) -> None:
    """The look is over: the token is worth nothing from now on."""
    sign_ins.revoke_token(session, UserSignIn, token)
    audit.record(session, actor, "user.panel_left", "user", actor.id, actor.label)


def end_looks(session: Session, staff_id: int) -> int:
    """A member of staff signs out of the panel: so do the looks, also where it is signed in a second time."""
    return sign_ins.revoke(session, UserSignIn, UserSignIn.staff_id == staff_id)


def user_with_staff(session: Session, token: str) -> tuple[User, str] | None:
    """(who a shop's cookie belongs to, who of the staff looks through it or ""), while everything is in order."""
    row = session.execute(
        select(User, UserSignIn.staff_label)
        .join(UserSignIn, UserSignIn.user_id == User.id)
        .where(*sign_ins.live(UserSignIn, token), User.status == "active", staff_still_may())
    ).one_or_none()
    return (row[0], row[1]) if row else None
