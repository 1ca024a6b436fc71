"""Groups of subscribers who see other prices everywhere (H-42): making them, and who is in which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.paging import Page
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts.models import Account
from webapp.reseller.accounts.queries import living, search_accounts
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import AuditEvent

from .models import Price, PriceGroup, PriceGroupMember, PriceRule
from .recompute import locked

#: Groups of one partner: each is a choice in a list.
MOST_GROUPS = 50
LONGEST_NAME = 60
#: What the log calls it when an account gets other prices.
MEMBER = "price_group.member"


@dataclass(frozen=True)
class GroupRow:
    """A price group as a list shows it."""

    id: int
    name: str
    members: int


def groups(session: Session) -> list[GroupRow]:
    """The partner's price groups by name, with how many subscribers are in each. One statement."""
    inside = func.count(PriceGroupMember.id)
    query = (
        select(PriceGroup.id, PriceGroup.name, inside)
        .outerjoin(PriceGroupMember, PriceGroupMember.group_id == PriceGroup.id)
        .group_by(PriceGroup.id, PriceGroup.name)
        .order_by(func.lower(PriceGroup.name), PriceGroup.id)
    )
    return [GroupRow(*row) for row in session.execute(query)]


def members(session: Session, group_id: int) -> list[int]:
    """Ids of the accounts in a group, oldest member first."""
    mine = PriceGroupMember.group_id == group_id
    return list(session.scalars(select(PriceGroupMember.account_id).where(mine).order_by(PriceGroupMember.id)))


def group(session: Session, group_id: int) -> GroupRow:
    """One group. Raises NotFound."""
    found = next((one for one in groups(session) if one.id == group_id), None)
    if found is None:
        raise NotFound
    return found


def member_page(session: Session, group_id: int, text: str = "", page: int = 1) -> Page[Account]:
    """Subscribers in a group, the newest first; with `text` as `accounts.search_accounts` finds them."""
    inside = select(PriceGroupMember.account_id).where(PriceGroupMember.group_id == group_id)
    return search_accounts(session, text, page, [Account.id.in_(inside)])


def outside(session: Session, group_id: int, text: str) -> list[tuple[Account, str]]:
    """A few subscribers who are not in this group, each with the name of the group where they are now ("": none)."""
    inside = select(PriceGroupMember.account_id).where(PriceGroupMember.group_id == group_id)
    found = search_accounts(session, text, 1, [Account.id.not_in(inside), Account.merged_into_id.is_(None)], size=10)
    inside_now = PriceGroupMember.account_id.in_([account.id for account in found.items])
    query = select(PriceGroupMember.account_id, PriceGroup.name).where(inside_now)
    rows = session.execute(query.join(PriceGroup, PriceGroup.id == PriceGroupMember.group_id))
    names = {row.account_id: row.name for row in rows}
    return [(account, names.get(account.id, "")) for account in found.items]


def group_of(session: Session, account_id: int) -> PriceGroup | None:
    """The group whose prices an account sees."""
    return session.scalar(
        select(PriceGroup)
        .join(PriceGroupMember, PriceGroupMember.group_id == PriceGroup.id)
        .where(PriceGroupMember.account_id == account_id)
    )


def group_on(session: Session, account_id: int, on: date) -> PriceGroup | None:
    """The group whose prices an account saw at the end of a business day, as the log tells it. Of today: now."""
    zone = partners.partner(session).timezone
    mine = (AuditEvent.object_kind == "account", AuditEvent.object_id == account_id, AuditEvent.action == MEMBER)
    moves = select(AuditEvent.at, AuditEvent.data).where(*mine).order_by(AuditEvent.id)
    moved = session.execute(moves).all() if on < clock.today(zone) else []
    if not moved:
        return group_of(session, account_id)
    over = clock.midnight(on + timedelta(days=1), zone)
    then = [data.get("group_id") for at, data in moved if at < over]
    return session.scalar(select(PriceGroup).where(PriceGroup.id == then[-1])) if then and then[-1] else None


def create(session: Session, actor: Actor, name: str) -> PriceGroup:
    """A new group without members, prices and rules. Raises Refusal (name, too_many)."""
    locked(session)
    if (session.scalar(select(func.count(PriceGroup.id))) or 0) >= MOST_GROUPS:
        raise Refusal("too_many", N_("You have %(most)s groups: delete one that you do not need."), most=MOST_GROUPS)
    group = PriceGroup(name=_free_name(session, name))
    session.add(group)
    session.flush()
    record(session, actor, "price_group.created", "price_group", group.id, group.name)
    return group


def rename(session: Session, actor: Actor, group_id: int, name: str) -> None:
    """Another name. Raises Refusal for an empty or a used one, NotFound."""
    locked(session)
    group = _own(session, group_id)
    group.name = _free_name(session, name, group_id)
    session.flush()
    record(session, actor, "price_group.renamed", "price_group", group.id, group.name)


def delete(session: Session, actor: Actor, group_id: int) -> str:
    """Delete a group with its prices and rules; returns its name.

    Raises Refusal (in_use) while subscribers are in it: their prices would change without a word.
    """
    group = _own(session, group_id)
    if inside := len(members(session, group_id)):
        message = N_("There are subscribers in this group (%(count)s): take them out first.")
        raise Refusal("in_use", message, count=inside)
    for model in (Price, PriceRule):
        here = delete_rows(model).where(model.group_id == group_id)
        session.execute(here, execution_options={"synchronize_session": False})
    session.delete(group)
    session.flush()
    record(session, actor, "price_group.deleted", "price_group", group_id, group.name)
    return group.name


def put_in(session: Session, actor: Actor, account_id: int, group_id: int | None) -> None:
    """From now on the account sees the prices of this group, and of no other; None: the common ones.

    Raises NotFound for an unknown account or group, Refusal for an account that was merged or erased.
    """
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    living(session, account_id)
    name = "" if group_id is None else _own(session, group_id).name
    row = session.scalar(select(PriceGroupMember).where(PriceGroupMember.account_id == account_id))
    if (row.group_id if row else None) == group_id:
        return
    if row is not None:
        session.delete(row)
        session.flush()
    if group_id is not None:
        session.add(PriceGroupMember(group_id=group_id, account_id=account_id))
        session.flush()
    record(session, actor, MEMBER, "account", account_id, name, group_id=group_id)


def take_out(session: Session, actor: Actor, account_id: int, group_id: int) -> None:
    """The account pays the common prices again; nothing when it is in another group meanwhile. Raises NotFound."""
    _own(session, group_id)
    now = group_of(session, account_id)
    if now is None or now.id == group_id:
        put_in(session, actor, account_id, None)


def own_prices(session: Session, group_id: int) -> int:
    """Of how many products something was priced by hand for a group."""
    mine = (Price.group_id == group_id, Price.source == "own", Price.valid_to.is_(None))
    return session.scalar(select(func.count(func.distinct(Price.product_id))).where(*mine)) or 0


def _own(session: Session, group_id: int) -> PriceGroup:
    # Locked: nobody comes in while it is being deleted.
    group = session.scalar(select(PriceGroup).where(PriceGroup.id == group_id).with_for_update())
    if group is None:
        raise NotFound
    return group


def _free_name(session: Session, name: str, own_id: int | None = None) -> str:
    label = " ".join(name.split())[:LONGEST_NAME]
    if not label:
        raise Refusal("name", N_("Please give the group a name."), "name")
    twin = session.scalar(select(PriceGroup.id).where(func.lower(PriceGroup.name) == label.lower()))
    if twin is not None and twin != own_id:
        raise Refusal("name", N_("There is a group with this name already."), "name")
    return label
