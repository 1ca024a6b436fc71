"""Twenty-two ways to reach another tenant's rows. Each returns True when it got there, and may raise when stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, delete, exists, func, literal, select, text, union_all, update
from sqlalchemy.orm import Session, aliased, joinedload, make_transient_to_detached

from tests.walls.houses import TwoShops
from webapp.foundation import tenancy
from webapp.foundation.walls import CRITERIA
from webapp.reseller.accounts.models import Contact
from webapp.reseller.orders.models import Cart

Path = Callable[[TwoShops], bool]
PATHS: dict[str, Path] = {}


def path(name: str) -> Callable[[Path], Path]:
    """Put a way on the list."""

    def listed(way: Path) -> Path:
        PATHS[name] = way
        return way

    return listed


# --- asking -------------------------------------------------------------------------------------------------


@path("select")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return len(session.scalars(select(Contact)).all()) > 1


@path("get by id")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return session.get(Contact, shops.their_contact.id) is not None


@path("lazy load")
def _(shops: TwoShops) -> bool:
    with shops.stray_item() as cart_id, shops.visit() as session:
        cart = session.scalars(select(Cart).where(Cart.id == cart_id)).one()
        session.expire(cart, ["items"])
        return len(cart.items) > 1


@path("joined load")
def _(shops: TwoShops) -> bool:
    with shops.stray_item() as cart_id, shops.visit() as session:
        query = select(Cart).where(Cart.id == cart_id).options(joinedload(Cart.items))
        return len(session.scalars(query).unique().one().items) > 1


@path("columns only")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return shops.their_contact.id in session.scalars(select(Contact.id)).all()


@path("count of rows")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return (session.scalar(select(func.count()).select_from(Contact)) or 0) > 1


@path("count of a column")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return (session.scalar(select(func.count(Contact.id))) or 0) > 1


@path("count of a query")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return session.query(Contact).count() > 1


@path("exists")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return session.scalar(select(literal(1)).where(exists().where(Contact.id == shops.their_contact.id))) == 1


@path("union")
def _(shops: TwoShops) -> bool:
    ids = select(Contact.id)
    with shops.visit() as session:
        return shops.their_contact.id in session.scalars(union_all(ids, ids)).all()


@path("alias")
def _(shops: TwoShops) -> bool:
    other = aliased(Contact)
    with shops.visit() as session:
        return session.scalar(select(other.name).where(other.id == shops.their_contact.id)) is not None


# --- changing -----------------------------------------------------------------------------------------------


@path("bulk update")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return _matched(session, update(Contact).where(Contact.id == shops.their_contact.id).values(city="X"))


@path("bulk delete")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return _matched(session, delete(Contact).where(Contact.id == shops.their_contact.id))


def _matched(session: Session, statement: Any) -> bool:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount > 0


# --- an object that came into the session in another way than by a query --------------------------------------


def _carried_in(shops: TwoShops, session: Session) -> Contact:
    """Their contact, loaded elsewhere and added to our session."""
    with shops.database.reading(tenancy.Platform("operator")) as other:
        contact = other.scalars(select(Contact).where(Contact.id == shops.their_contact.id)).one()
    session.add(contact)
    return contact


@path("get of an object in the session")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        contact = _carried_in(shops, session)
        return session.get(Contact, contact.id) is contact


@path("refresh")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        contact = _carried_in(shops, session)
        session.refresh(contact)
        return contact.city == shops.their_contact.city


@path("reload of an expired object")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        empty = Contact(id=shops.their_contact.id)
        make_transient_to_detached(empty)
        session.add(empty)  # an id that somebody sent us, made into a row that we "know"
        return empty.city == shops.their_contact.city


# --- around the ORM -----------------------------------------------------------------------------------------


@path("select on a table")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return len(session.execute(select(Contact.__table__)).all()) > 1


@path("text")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return len(session.execute(text("SELECT id FROM contacts")).all()) > 1


@path("raw connection")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        return len(_connection(shops, session).execute(text("SELECT id FROM contacts")).all()) > 1


def _connection(shops: TwoShops, session: Session) -> Connection:
    """The session's connection; the closed door belongs to the first wall, so without it we go around it."""
    return session.connection() if CRITERIA in shops.walls else Session.connection(session)


@path("update of a table")
def _(shops: TwoShops) -> bool:
    table = Contact.__table__
    with shops.visit() as session:
        return _matched(session, update(table).where(table.c.id == shops.their_contact.id).values(city="X"))  # type: ignore[arg-type]


@path("insert for another tenant")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        session.add(_contact(shops, shops.theirs.partner.id))
        session.flush()
        return True


@path("insert under another tenant's parent")
def _(shops: TwoShops) -> bool:
    with shops.visit() as session:
        session.add(_contact(shops, shops.ours.partner.id))
        session.flush()
        return True


def _contact(shops: TwoShops, partner_id: int) -> Contact:
    """A contact of the given tenant in their account."""
    texts = dict.fromkeys(("name", "street", "postcode", "city", "email", "phone"), "x")
    facts: dict[str, Any] = {**texts, "country": "PL", "kind": "person", "created_at": shops.our_contact.created_at}
    return Contact(partner_id=partner_id, account_id=shops.theirs.subscriber.account_id, **facts)
