"""Frames of a partner (H-48): which sites may show them, and which views are switched off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.headers import is_origin
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal

from . import audit, queries
from .audit import Actor
from .frame_origins import origin_of, twin_of
from .models import Host, Partner
from .operations import bump_content

#: Lists of sites -> how many may stand in each: all of them stand in a header of every frame.
MOST = {"origins": 10, "previews": 5}


@dataclass(frozen=True)
class FrameRules:
    """Sites that may show frames, editors in which the partner sees them while he builds, views switched off."""

    origins: tuple[str, ...] = ()
    previews: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def rules(session: Session) -> FrameRules:
    """The session's own partner's. What is stored in another shape than ours counts for nothing."""
    return _read(queries.partner(session).frames)


def hosts(session: Session) -> list[str]:
    """Where the partner's frames answer: the primary host first, the raw host always among them."""
    answering = select(Host).where(Host.state.in_(("live", "degraded"))).order_by(Host.is_primary.desc(), Host.id)
    return [host.name for host in session.scalars(answering)]


def _read(stored: Any) -> FrameRules:
    named = stored if isinstance(stored, dict) else {}
    lists = {key: _texts(named.get(key)) for key in ("origins", "previews", "off")}
    sites = {key: tuple(each for each in lists[key] if is_origin(each)) for key in MOST}
    return FrameRules(**sites, off=lists["off"])


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def add_origin(
    session: Session, actor: Actor, typed: str, *, kind: str = "origins", both: bool = False, local: bool = False
) -> list[str]:
    """Let a site show the partner's frames; `both`: with its `www.` twin. Returns what is new; it holds at once.

    `kind` is a key of MOST; `local` as in `origin_of`. Raises Refusal for what is not one site, is there already,
    or is one too many.
    """
    if kind not in MOST:
        raise NotFound
    origin = origin_of(typed, local=local)
    twin = twin_of(origin) if both else ""
    partner, now = _locked(session)
    known = {*now.origins, *now.previews}
    new = [each for each in (origin, twin) if each and each not in known]
    if not new:
        raise Refusal("known", N_("%(origin)s is in the list already."), field="address", origin=origin)
    if len(getattr(now, kind)) + len(new) > MOST[kind]:
        raise Refusal("most", N_("At most %(most)s sites. Remove one that you do not use."), "address", most=MOST[kind])
    _write(session, partner, {kind: [*getattr(now, kind), *new]})
    for each in new:
        audit.record(session, actor, "frames.origin_added", "partner", partner.id, each, list=kind)
    return new


def remove_origin(session: Session, actor: Actor, origin: str) -> None:
    """Let a site show frames no longer. Raises NotFound when it is not in a list."""
    partner, now = _locked(session)
    left = {key: [each for each in getattr(now, key) if each != origin] for key in MOST}
    if sum(map(len, left.values())) == len(now.origins) + len(now.previews):
        raise NotFound
    _write(session, partner, left)
    audit.record(session, actor, "frames.origin_removed", "partner", partner.id, origin)


def switch_view(session: Session, actor: Actor, view: str, on: bool, *, known: Collection[str]) -> None:
    """Switch one of the `known` views on or off for all sites. Raises NotFound for another one."""
    if view not in known:
        raise NotFound
    partner, now = _locked(session)
    if (view not in now.off) == on:
        return
    off = [each for each in now.off if each != view]
    _write(session, partner, {"off": off if on else [*off, view]})
    audit.record(session, actor, "frames.view_on" if on else "frames.view_off", "partner", partner.id, view)


def _locked(session: Session) -> tuple[Partner, FrameRules]:
    """The partner's row for us alone: two people may be at the same list."""
    mine = select(Partner).where(Partner.id == queries.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    return partner, _read(partner.frames)


def _write(session: Session, partner: Partner, changed: dict[str, list[str]]) -> None:
    stored: Any = partner.frames
    partner.frames = {**(stored if isinstance(stored, dict) else {}), **changed}
    session.flush()
    bump_content(session)
