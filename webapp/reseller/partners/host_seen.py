"""What was seen of a name is written down, and what follows from it happens: platform work, since a name is one
partner's among all. The rules are in host_states; the looking is in host_tasks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import db, outbox

from . import audit, host_names, host_states, hosts
from .audit import SYSTEM
from .host_states import SERVING, Look, Standing
from .models import OWNING, Host
from .operations import bump_content


@dataclass(frozen=True)
class Rivals:
    """Who else there is: `any` that claims, has or had the name or has another one of its zone; `owner`: the row of the
    partner whose it is now; `vouched`: by the operator's word; `kin`: this partner has proven the registrable name
    above, and it still leads here."""

    any: bool = False
    owner: int | None = None
    vouched: bool = False
    kin: bool = False


def standing(found: Host) -> Standing:
    """The row as the state machine knows it."""
    return Standing(
        state=found.state,
        claimed_at=found.created_at,
        proof=found.proof,
        needs_txt=found.needs_txt,
        elsewhere_at=found.elsewhere_at,
        failing_since=found.failing_since,
        failures=found.failures,
    )


def rivals(session: Session, found: Host) -> Rivals:
    """Platform work. A name that somebody gave up counts until its row is forgotten (host_states.QUARANTINE)."""
    columns = (Host.id, Host.partner_id, Host.name, Host.state, Host.proof)
    others = session.execute(select(*columns).where(Host.partner_id != found.partner_id, _near(found.name)))
    found_rows = others.all()
    owner = next((row for row in found_rows if row.name == found.name and row.state in OWNING), None)
    return Rivals(
        any=bool(found_rows),
        owner=owner.id if owner else None,
        vouched=owner is not None and owner.proof == "operator",
        kin=_has_proven_the_zone(session, found),
    )


def _has_proven_the_zone(session: Session, found: Host) -> bool:
    """Who could turn the registrable name to us sets every record below it: "www" that came along needs no more."""
    zone = next(filter(host_names.is_registrable, host_names.parents(found.name)), None)
    proven = (Host.state.in_(OWNING), Host.proof.in_(("change", "txt")), Host.failing_since.is_(None))
    mine = select(Host.id).where(Host.partner_id == found.partner_id, Host.name == zone, *proven)
    return zone is not None and session.scalar(mine) is not None


def _near(name: str) -> ColumnElement[bool]:
    """The name itself, and every name of its zone that is somebody's: who has "shop" in a zone may turn the rest of it
    here too, one day, and whoever waited for that with a claim must not get it."""
    zone = next(filter(host_names.is_registrable, (name, *host_names.parents(name))), name)
    beside = or_(Host.name == zone, Host.name.endswith(f".{zone}", autoescape=True))
    return or_(Host.name == name, and_(beside, Host.state.in_(OWNING)))


def seen(
    session: Session,
    host_id: int,
    look: Look,
    dns: Mapping[str, Any] | None = None,
    https: Mapping[str, Any] | None = None,
) -> Host | None:
    """Store a look with its two lights (as in models.Host) and do what follows; None for a row that is gone.

    What the row has become meanwhile counts, not what it was when the look began. Two partners who are about to have
    the same name meet at the unique index: the second one is in conflict and loses nothing.
    """
    found = session.scalar(select(Host).where(Host.id == host_id).with_for_update())
    if found is None or found.state not in host_states.WATCHED:
        return found
    others = rivals(session, found)
    look = replace(look, rivals=others.any, vouched=others.vouched, kin=others.kin)
    before = standing(found)
    after = host_states.follows(before, look)
    if host_states.is_given_up(after, look.at):
        after = replace(after, state="detached")
    if after.state in OWNING and before.state not in OWNING and others.any:
        _let_go(session, found, others)
    with db.narrowed(session, found.partner_id):
        _keep_lights(found, look, dns, https)
        if not _moved(session, found, after, look):
            after = host_states.follows(before, replace(look, rivals=True, txt=False))
            _moved(session, found, after, look)
        _tell(session, found, before, look)
    return found


def _keep_lights(found: Host, look: Look, dns: Mapping[str, Any] | None, https: Mapping[str, Any] | None) -> None:
    found.checked_at = look.at
    if dns is not None:
        found.dns = {**dns, "at": look.at.isoformat()}
    if https is not None:
        found.https = {**https, "at": look.at.isoformat()}


def _moved(session: Session, found: Host, after: Standing, look: Look) -> bool:
    """False when the name has become somebody else's in this very moment; the row is then as it was."""
    try:
        with session.begin_nested():
            _set(found, after, look)
            session.flush()
    except IntegrityError:
        session.refresh(found)
        return False
    return True


def _set(found: Host, after: Standing, look: Look) -> None:
    if after.state != found.state:
        found.changed_at = look.at
    found.state, found.proof, found.needs_txt = after.state, after.proof, after.needs_txt
    found.elsewhere_at, found.failing_since, found.failures = after.elsewhere_at, after.failing_since, after.failures


def _let_go(session: Session, found: Host, others: Rivals) -> None:
    """The TXT record says whose the name is now: whoever had it lets go of it, and nobody's older record counts.

    Such a record often stays in the zone. With it the last partner could take the name back from the one that its owner
    went to.
    """
    same = select(Host).where(Host.name == found.name, Host.partner_id != found.partner_id)
    for other in session.scalars(same.execution_options(populate_existing=True)).all():
        with db.narrowed(session, other.partner_id):
            other.token = secrets.token_urlsafe(18)
            other.dns = {key: value for key, value in other.dns.items() if key != "before"}  # hosts.take_back
            if other.id == others.owner:
                other.dns = {"code": "moved", "params": {}, "seen": [], "at": ""}
                _detach(session, other, "moved")


# --- what follows --------------------------------------------------------------------------------------------


def _tell(session: Session, found: Host, before: Standing, look: Look) -> None:
    """Events, mails, the primary mark and cached pages; and when to look again."""
    if found.state == "live" and before.state not in SERVING:
        _begin_to_answer(session, found, look)
    elif found.state != before.state and (said := _SAID.get(found.state)):
        said(session, found)
    wait = host_states.next_look(standing(found), found.live_since, look.at, silent=not look.points, cost=look.cost)
    found.next_check_at = look.at + wait if wait is not None else None
    session.flush()


def _begin_to_answer(session: Session, found: Host, look: Look) -> None:
    found.live_since = look.at
    session.flush()
    record(session, found, "host.live")
    bump_content(session, found.partner_id)
    primary = select(Host.kind).where(Host.partner_id == found.partner_id, Host.is_primary.is_(True))
    if session.scalar(primary) == "raw":
        hosts.become_primary(session, SYSTEM, found)
    mail(session, found, "live")


def _live_again(session: Session, found: Host) -> None:
    record(session, found, "host.live", again=True)


def _degraded(session: Session, found: Host) -> None:
    record(session, found, "host.degraded", seen=found.dns.get("seen", []))
    mail(session, found, "degraded")


def _needs_txt(session: Session, found: Host) -> None:
    record(session, found, "host.conflict")
    mail(session, found, "txt")


def _detached(session: Session, found: Host) -> None:
    _detach(session, found, "elsewhere" if found.live_since else "given_up")


_SAID = {"live": _live_again, "degraded": _degraded, "conflict": _needs_txt, "detached": _detached}


def _detach(session: Session, found: Host, why: str) -> None:
    hosts.ended(session, SYSTEM, found, "detached")
    record(session, found, "host.detached", why=why)
    if why != "given_up":
        mail(session, found, "detached", why=why)


def record(session: Session, found: Host, action: str, **data: Any) -> None:
    """An event in the partner's log that nobody did by hand."""
    audit.record(session, SYSTEM, action, "host", found.id, found.name, partner_id=found.partner_id, **data)


def mail(session: Session, found: Host, what: str, **data: Any) -> None:
    """Have the partner's owners told: the room that writes mails takes it from here (notifications.host_mails)."""
    key = f"{found.id}:{found.created_at:%Y%m%dT%H%M%S%f}:{what}:{found.changed_at:%Y%m%dT%H%M%S%f}"
    if what == "txt":  # once for each claim
        key = key.rpartition(":")[0]
    payload = {"host_id": found.id, "name": found.name, "what": what, **data}
    outbox.enqueue(session, "host.mail", key, payload)
