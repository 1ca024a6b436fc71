"""Names at which a partner's shop answers besides its raw host: what a partner and an operator can do with them.

Who else claims a name cannot be seen from a tenant's work. A claim is therefore always taken down, and what the check
finds (host_seen) decides whether it needs a TXT record.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, outbox
from webapp.foundation.i18n import N_
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import NotFound, Refusal

from . import audit, host_names, host_states, queries
from .audit import Actor
from .host_states import CLAIMED, SERVING, WATCHED
from .models import OWNING, Host
from .operations import bump_content

#: Claims of one partner that have not come to anything yet; each is looked at every few seconds at first.
MOST_CLAIMS = 20


# --- reads ---------------------------------------------------------------------------------------------------


def rows(session: Session) -> list[Host]:
    """The partner's names, the primary one first; not those that were taken away."""
    shown = select(Host).where(Host.partner_id == queries.tenant_of(session), Host.state != "quarantined")
    return list(session.scalars(shown.order_by(Host.is_primary.desc(), Host.name)))


def host(session: Session, host_id: int) -> Host:
    """One of the partner's names, whatever its state. Raises NotFound."""
    found = session.scalar(select(Host).where(Host.id == host_id, Host.partner_id == queries.tenant_of(session)))
    if found is None:
        raise NotFound
    return found


def txt_name(host: Host) -> str:
    """Where the TXT record stands."""
    return f"_shop-verify.{host.name}"


def txt_value(host: Host, partner_code: str) -> str:
    """What stands there; the same however often the partner tries, until another one has proven the name."""
    return f"shop-{partner_code}-{host.token}"


def can_take_back(host: Host, now: datetime) -> bool:
    """Whether a name that was taken away can come back with one click."""
    return host.state == "quarantined" and host.ended_at is not None and now - host.ended_at < host_states.UNDO


def open_claims(session: Session, partner_id: int) -> int:
    """How many names a partner waits for; platform work, or the partner's own."""
    waiting = select(func.count(Host.id)).where(Host.partner_id == partner_id, Host.state.in_(CLAIMED))
    return session.scalar(waiting) or 0


# --- claims --------------------------------------------------------------------------------------------------


def claim(session: Session, actor: Actor, typed: str, *, platform_host: str) -> Host:
    """Take down that the partner wants its shop at a name; the first look at it starts at once.

    A name of the partner's that is there already stays as it is. Raises Refusal (field "name") for what cannot be
    anybody's name (host_names.understood) and for too many names at once.
    """
    name = host_names.understood(typed, platform_host)
    known = session.scalar(select(Host).where(Host.name == name, Host.partner_id == queries.tenant_of(session)))
    if known is not None and known.state in WATCHED:
        return known
    _refuse_too_many(session)
    made = known or Host(name=name, kind="custom", token=secrets.token_urlsafe(18), state="draft")
    _begin(made)
    if known is None and not _added(session, made):
        return claim(session, actor, typed, platform_host=platform_host)
    session.flush()
    audit.record(session, actor, "host.claimed", "host", made.id, name)
    wake(session, made)
    return made


def claim_pair(session: Session, actor: Actor, typed: str, *, platform_host: str) -> tuple[Host, ...]:
    """The name together with its twin, "www." in front or without; just the name where it has none."""
    first = claim(session, actor, typed, platform_host=platform_host)
    other = host_names.twin(first.name)
    return (first, claim(session, actor, other, platform_host=platform_host)) if other else (first,)


def _begin(made: Host) -> None:
    """A claim from its start: nothing that was seen before it counts."""
    made.created_at = made.changed_at = made.next_check_at = clock.now()
    made.state, made.proof, made.needs_txt, made.is_primary = "draft", "", False, False
    made.dns, made.https, made.failures = {}, {}, 0
    made.elsewhere_at = made.checked_at = made.live_since = made.failing_since = made.ended_at = None


def _added(session: Session, made: Host) -> bool:
    """False when another window of the same partner was faster."""
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        return False
    return True


def _refuse_too_many(session: Session) -> None:
    if open_claims(session, queries.tenant_of(session)) >= MOST_CLAIMS:
        message = N_("%(count)s names wait for their DNS already. Finish or remove some of them first.")
        raise Refusal("too_many", message, field="name", count=MOST_CLAIMS)


# --- what one can do with a name -----------------------------------------------------------------------------


def look_now(session: Session, actor: Actor, host_id: int) -> Host:
    """Look at a name at once. One that was detached is claimed anew: what was proven then proves nothing now."""
    found = host(session, host_id)
    if found.kind == "raw" or found.state == "quarantined":
        raise _moved_on()
    if found.state == "detached":
        _refuse_too_many(session)
        _begin(found)
        session.flush()
        audit.record(session, actor, "host.claimed", "host", found.id, found.name)
    wake(session, found)
    return found


def make_primary(session: Session, actor: Actor, host_id: int) -> Host:
    """Every link of the shop and of its mails points there from now on. Raises Refusal for a name that is not live."""
    found = host(session, host_id)
    if found.state not in SERVING:
        raise Refusal(
            "host_not_live",
            N_(
                "%(host)s does not answer yet.",
            ),
            host=found.name,
        )
    if not found.is_primary:
        become_primary(session, actor, found)
    return found


def become_primary(session: Session, actor: Actor, chosen: Host) -> None:
    """Move the mark to a name that answers; platform work, or the partner's own."""
    partner_id = chosen.partner_id
    now = clock.now()
    # First, for it locks the partner's row: of two names that become primary at once one waits for the other.
    bump_content(session, partner_id)
    marked = (Host.partner_id == partner_id, Host.is_primary.is_(True))
    db.change(session, Host, *marked, is_primary=False, changed_at=now)
    db.change(session, Host, Host.id == chosen.id, is_primary=True, changed_at=now)
    session.refresh(chosen)
    audit.record(session, actor, "host.primary", "host", chosen.id, chosen.name, partner_id=partner_id)


def remove(session: Session, actor: Actor, host_id: int) -> Host:
    """The shop stops answering at a name. For QUARANTINE others need its TXT record; `take_back` within UNDO."""
    found = host(session, host_id)
    if found.kind == "raw":
        raise Refusal("raw_host", N_("This address comes with your shop and stays."))
    if found.state == "quarantined":
        raise _moved_on()
    before = {"state": found.state, "proof": found.proof, "primary": found.is_primary}
    ended(session, actor, found, "quarantined")
    found.dns = {**found.dns, "before": before}
    session.flush()
    audit.record(session, actor, "host.removed", "host", found.id, found.name)
    return found


def ended(session: Session, actor: Actor, found: Host, state: str) -> None:
    """Let go of a name: "detached" or "quarantined". The raw host becomes primary where this one was."""
    was_primary = found.is_primary
    now = clock.now()
    found.state, found.is_primary, found.next_check_at = state, False, None
    found.ended_at = found.changed_at = now
    session.flush()
    if was_primary:
        raw = select(Host).where(Host.partner_id == found.partner_id, Host.kind == "raw")
        become_primary(session, actor, session.scalars(raw).one())
    bump_content(session, found.partner_id)


def detach(session: Session, actor: Actor, host_id: int) -> Host:
    """The operator's word that a name ends here: as if it had led elsewhere for too long. Raises Refusal."""
    found = host(session, host_id)
    if found.kind == "raw":
        raise Refusal("raw_host", N_("This address comes with the shop and stays."))
    if found.state not in WATCHED:
        raise _moved_on()
    ended(session, actor, found, "detached")
    audit.record(session, actor, "host.detached", "host", found.id, found.name, why="operator")
    return found


def take_back(session: Session, actor: Actor, host_id: int) -> Host:
    """Undo `remove`, while it is fresh and nobody else has the name. Raises Refusal."""
    found = host(session, host_id)
    before = found.dns.get("before")
    if not can_take_back(found, clock.now()) or not before:
        raise Refusal("too_late", N_("This name was taken away too long ago. Add it anew."))
    found.dns = {key: value for key, value in found.dns.items() if key != "before"}
    _restore(session, found, before)
    found.ended_at = found.ended_at if found.state == "detached" else None
    found.changed_at = clock.now()
    session.flush()
    audit.record(session, actor, "host.taken_back", "host", found.id, found.name)
    if before["primary"]:
        become_primary(session, actor, found)
    bump_content(session, found.partner_id)
    if found.state in WATCHED:
        wake(session, found)
    return found


def _restore(session: Session, found: Host, before: dict[str, object]) -> None:
    try:
        with session.begin_nested():
            moved = db.change(session, Host, Host.id == found.id, Host.state == "quarantined", state=before["state"])
    except IntegrityError:
        raise _taken(found.name) from None
    if not moved:
        raise _moved_on()
    session.refresh(found, ["state"])


def _moved_on() -> Refusal:
    return Refusal("host_state", N_("This name has changed in the meantime: please look again."))


def _taken(name: str) -> Refusal:
    return Refusal("host_taken", N_("%(host)s is in use already."), field="name", host=name)


# --- the check -----------------------------------------------------------------------------------------------


def wake(session: Session, found: Host) -> None:
    """Have a name looked at now: one outbox row for each claim, which puts itself back as long as it is watched."""
    key = f"{found.id}:{found.created_at:%Y%m%dT%H%M%S%f}"
    mine = (OutboxRow.kind == "host.check", OutboxRow.key == f"host.check:{key}")
    fresh = {"available_at": clock.now(), "attempts": 0, "dead_at": None, "done_at": None}
    row_id = session.scalar(select(OutboxRow.id).where(*mine))
    if row_id is None:
        outbox.enqueue(session, "host.check", key, {"host_id": found.id})
    elif db.change(session, OutboxRow, OutboxRow.id == row_id, **fresh):
        session.info["wake"].append(row_id)
    found.next_check_at = clock.now()


# --- the operator's word -------------------------------------------------------------------------------------


def add_host(
    session: Session, actor: Actor, partner_id: int, name: str, *, platform_host: str, primary: bool = False
) -> Host:
    """Let the shop answer at a normalised name at once: the operator vouches for its DNS. Platform work.

    Raises Refusal for a name of the platform itself and for one that is somebody's already. A claim of the partner's
    own becomes this.
    """
    bare, platform = name.split(":", maxsplit=1)[0], platform_host.split(":", maxsplit=1)[0]
    if bare == platform or bare.endswith(f".{platform}"):
        raise Refusal("platform_host", N_("%(host)s belongs to the platform itself."), field="host", host=name)
    made = session.scalar(select(Host).where(Host.partner_id == partner_id, Host.name == name))
    if made is not None and made.state in OWNING:
        raise _taken(name)
    made = made or Host(partner_id=partner_id, name=name, kind="custom", token=secrets.token_urlsafe(18))
    _vouch(session, made)
    if primary:
        become_primary(session, actor, made)
    bump_content(session, partner_id)
    audit.record(session, actor, "host.added", "host", made.id, name, partner_id=partner_id, primary=primary)
    return made


def _vouch(session: Session, made: Host) -> None:
    try:
        with session.begin_nested():
            _begin(made)
            made.state, made.proof, made.live_since, made.next_check_at = "live", "operator", made.created_at, None
            session.add(made)
            session.flush()
    except IntegrityError:
        raise _taken(made.name) from None
