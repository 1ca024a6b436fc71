"""Groups of endings (H-54): making, naming and deleting them, and small steps inside one: an ending up or down, in or
out, into or out of the spotlight. What is done already is no mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.operations import bump_content

from .models import Product, Tld, TldGroup, TldGroupMember
from .operations import set_tld_group

#: More under the search field is a list, not a spotlight.
MOST_IN_SPOTLIGHT = 6
#: Groups of one partner: each is a choice in a list.
MOST_GROUPS = 30
LONGEST_NAME = 60


def create(session: Session, actor: Actor, name: str) -> TldGroup:
    """A new group that holds what the default one holds: taking out is quicker than putting in. Raises Refusal."""
    if (session.scalar(select(func.count(TldGroup.id))) or 0) >= MOST_GROUPS:
        raise Refusal("too_many", N_("You have %(most)s groups: delete one that you do not need."), most=MOST_GROUPS)
    label = _free_name(session, name)
    ids, spotlight = _members(session, _default(session))
    group = TldGroup(name=label, is_default=False)
    session.add(group)
    session.flush()
    set_tld_group(session, actor, ids, sorted(spotlight), group.id)
    return group


def rename(session: Session, actor: Actor, group_id: int, name: str) -> None:
    """Another name. Raises Refusal for an empty or a used one, NotFound."""
    group = _own(session, group_id)
    group.name = _free_name(session, name, group_id)
    session.flush()
    record(session, actor, "tld_group.renamed", "tld_group", group.id, group.name)


def make_default(session: Session, actor: Actor, group_id: int) -> None:
    """From now on this one is shown wherever no group is chosen."""
    group = _own(session, group_id)
    for each in session.scalars(select(TldGroup).where(TldGroup.is_default, TldGroup.id != group_id)):
        each.is_default = False
    group.is_default = True
    session.flush()
    record(session, actor, "tld_group.default", "tld_group", group.id, group.name)
    bump_content(session)


def delete(session: Session, actor: Actor, group_id: int) -> str:
    """Delete a group that is not the default one; returns its name. Pages that name it show the default one.

    The caller has looked whether pages use it: those belong to a room above.
    """
    group = _own(session, group_id)
    if group.is_default:
        raise Refusal(
            "default", N_("This group is shown wherever no other is chosen: make another one the default first.")
        )
    here = TldGroupMember.group_id == group_id
    session.execute(delete_rows(TldGroupMember).where(here), execution_options={"synchronize_session": False})
    session.delete(group)
    session.flush()
    record(session, actor, "tld_group.deleted", "tld_group", group_id, group.name)
    bump_content(session)
    return group.name


def step(session: Session, actor: Actor, group_id: int, product_id: int, action: str) -> int:
    """Do one thing to one ending: "up", "down", "spotlight", "no_spotlight", "add" or "remove".

    Returns its place from 1 afterwards, 0 when it is out of the group.
    """
    ids, spotlight = _members(session, _own(session, group_id))
    if action not in _STEPS or (product_id not in ids) != (action == "add"):
        raise NotFound
    _STEPS[action](ids, spotlight, product_id)
    if len(spotlight) > MOST_IN_SPOTLIGHT:
        raise Refusal("spotlight", N_("At most %(most)s endings fit under the search."), most=MOST_IN_SPOTLIGHT)
    set_tld_group(session, actor, ids, sorted(spotlight), group_id)
    return ids.index(product_id) + 1 if product_id in ids else 0


def arrange(session: Session, actor: Actor, group_id: int, product_ids: Sequence[int]) -> None:
    """Put the endings into this order, as they were dragged. Endings that are not named keep theirs, at the end."""
    ids, spotlight = _members(session, _own(session, group_id))
    first = [product_id for product_id in dict.fromkeys(product_ids) if product_id in ids]
    wanted = [*first, *(product_id for product_id in ids if product_id not in first)]
    if wanted != ids:
        set_tld_group(session, actor, wanted, sorted(spotlight), group_id)


def rows(session: Session, group_id: int) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """(endings of a group in its order, all others by name), on sale or not, each with `product_id`, `tld`, `on_sale`,
    `position` and `spotlight`. One statement."""
    mine = (TldGroupMember.product_id == Product.id) & (TldGroupMember.group_id == group_id)
    place, star = TldGroupMember.position, TldGroupMember.spotlight
    columns: tuple[Any, ...] = (Product.id.label("product_id"), Tld.name.label("tld"), Product.on_sale, place, star)
    products = select(*columns).select_from(Product).join(Tld, Tld.id == Product.tld_id).outerjoin(TldGroupMember, mine)
    found = session.execute(products.order_by(place.is_(None), place, Tld.name)).all()
    return [row for row in found if row.position is not None], [row for row in found if row.position is None]


def _own(session: Session, group_id: int) -> TldGroup:
    # Locked: two steps at once come one after the other, so that none is lost.
    group = session.scalar(select(TldGroup).where(TldGroup.id == group_id).with_for_update())
    if group is None:
        raise NotFound
    return group


def _default(session: Session) -> TldGroup | None:
    return session.scalar(select(TldGroup).where(TldGroup.is_default))


def _free_name(session: Session, name: str, own_id: int | None = None) -> str:
    label = " ".join(name.split())[:LONGEST_NAME]
    if not label:
        raise Refusal("name", N_("Please give the group a name."), "name")
    twin = session.scalar(select(TldGroup.id).where(func.lower(TldGroup.name) == label.lower()))
    if twin is not None and twin != own_id:
        raise Refusal("name", N_("There is a group with this name already."), "name")
    return label


def _members(session: Session, group: TldGroup | None) -> tuple[list[int], set[int]]:
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
