"""The people of a partner: their rights, language and passwords. Adding one is in operations.py."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal

from . import audit, validate
from .audit import Actor
from .models import Staff
from .operations import revoke_staff
from .roles import ROLES


def member(session: Session, staff_id: int) -> Staff:
    """One of the session's partner's people. Raises NotFound."""
    found = session.scalar(select(Staff).where(Staff.id == staff_id))
    if found is None:
        raise NotFound
    return found


def change_member(session: Session, actor: Actor, staff_id: int, name: str, role: str, status: str) -> Staff:
    """Name, role and whether the sign-in is open. Whoever loses something is signed out everywhere.

    Raises Refusal for the last active owner, without whom nobody could change anything any more.
    """
    if role not in ROLES or status not in ("active", "suspended"):
        raise Refusal("role", N_("Choose a role from the list."), field="role")
    staff = member(session, staff_id)
    if (role, status) != ("owner", "active"):
        _keep_an_owner(session, staff)
    before = {"name": staff.name, "role": staff.role, "status": staff.status}
    after = {"name": validate.line(name, "name"), "role": role, "status": status}
    changes = {field: [before[field], value] for field, value in after.items() if value != before[field]}
    for field in changes:
        setattr(staff, field, after[field])
    if {"role", "status"} & set(changes):
        revoke_staff(session, staff.id)
    if changes:
        audit.record(session, actor, "staff.changed", "staff", staff.id, staff.email, changes=changes)
        session.flush()
    return staff


def _keep_an_owner(session: Session, staff: Staff) -> None:
    # Two owners who take each other's rights at once: the rows are locked, so that one of them comes second.
    owners = session.scalars(select(Staff.id).where(Staff.role == "owner", Staff.status == "active").with_for_update())
    if set(owners) == {staff.id}:
        raise Refusal("last_owner", N_("There must be an owner whose sign-in is open. Make somebody else one first."))


def set_language(session: Session, actor: Actor, staff_id: int, locale: str) -> Staff:
    """The language in which a person sees the panel."""
    if locale not in i18n.PANEL:
        raise Refusal("locale", N_("Choose one of the languages that we speak."), field="locale")
    staff = member(session, staff_id)
    if staff.locale != locale:
        staff.locale = locale
        audit.record(session, actor, "staff.changed", "staff", staff.id, staff.email, locale=locale)
        session.flush()
    return staff


def set_password(session: Session, actor: Actor, staff_id: int, password_hash: str) -> Staff:
    """A new password, hashed before; every open sign-in of the person ends."""
    staff = member(session, staff_id)
    staff.password_hash = password_hash
    revoke_staff(session, staff.id)
    audit.record(session, actor, "staff.password", "staff", staff.id, staff.email)
    session.flush()
    return staff


def owners(session: Session) -> int:
    """How many owners can sign in."""
    return session.scalar(select(func.count(Staff.id)).where(Staff.role == "owner", Staff.status == "active")) or 0
