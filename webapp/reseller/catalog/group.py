"""Small steps in the default TLD group: one ending up or down, in or out, into or out of the spotlight."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners.audit import Actor

from .models import TldGroup, TldGroupMember
from .operations import set_tld_group

#: More under the search field is a list, not a spotlight.
MOST_IN_SPOTLIGHT = 6


def step(session: Session, actor: Actor, product_id: int, action: str) -> int:
    """Do one thing to one ending: "up", "down", "spotlight", "no_spotlight", "add" or "remove".

    Returns its place from 1 afterwards, 0 when it is out of the group. What is done already is no mistake.
    """
    ids, spotlight = _members(session)
    if action not in _STEPS or (product_id not in ids) != (action == "add"):
        raise NotFound
    _STEPS[action](ids, spotlight, product_id)
    if len(spotlight) > MOST_IN_SPOTLIGHT:
        raise Refusal("spotlight", N_("At most %(most)s endings fit under the search."), most=MOST_IN_SPOTLIGHT)
    set_tld_group(session, actor, ids, sorted(spotlight))
    return ids.index(product_id) + 1 if product_id in ids else 0


def _members(session: Session) -> tuple[list[int], set[int]]:
    # Locked: two steps at once come one after the other, so that none is lost.
    group = session.scalar(select(TldGroup).where(TldGroup.is_default).with_for_update())
    if group is None:
        return [], set()
    query = select(TldGroupMember).where(TldGroupMember.group_id == group.id).order_by(TldGroupMember.position)
    rows = session.scalars(query).all()
    return [row.product_id for row in rows], {row.product_id for row in rows if row.spotlight}


def _move(ids: list[int], product_id: int, by: int) -> None:
    place = ids.index(product_id)
    ids.insert(min(max(place + by, 0), len(ids) - 1), ids.pop(place))


def _remove(ids: list[int], spotlight: set[int], product_id: int) -> None:
    ids.remove(product_id)
    spotlight.discard(product_id)


_STEPS = {
    "up": lambda ids, _spotlight, product_id: _move(ids, product_id, -1),
    "down": lambda ids, _spotlight, product_id: _move(ids, product_id, 1),
    "spotlight": lambda _ids, spotlight, product_id: spotlight.add(product_id),
    "no_spotlight": lambda _ids, spotlight, product_id: spotlight.discard(product_id),
    "add": lambda ids, _spotlight, product_id: ids.append(product_id),
    "remove": _remove,
}
