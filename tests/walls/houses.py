"""Two shops in one database whose walls can be taken down one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Engine, event, inspect, select, text
from sqlalchemy.orm import Session

from tests.selling import Shop, enter_shop, open_shop
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.walls import CRITERIA, FLUSH, tenant_tables
from webapp.reseller.accounts.models import Contact
from webapp.reseller.catalog.models import Product
from webapp.reseller.orders.models import Cart, CartItem

T = TypeVar("T")

#: The walls of webapp/foundation/walls.py. "rows" exists on PostgreSQL only.
KEYS, ROWS = "keys", "rows"
EVERY_WALL = frozenset({CRITERIA, FLUSH, KEYS, ROWS})


class Undone(Exception):
    """Ends a visit, so that whatever it did is rolled back."""


@dataclass
class TwoShops:
    """Ours (the tenant that visits) and theirs (the tenant that must stay unseen)."""

    database: Database
    ours: Shop
    theirs: Shop
    walls: frozenset[str]

    @cached_property
    def our_contact(self) -> Contact:
        """The only contact of our tenant."""
        return self._first(self.ours, Contact)

    @cached_property
    def their_contact(self) -> Contact:
        """The only contact of the other tenant."""
        return self._first(self.theirs, Contact)

    def _first(self, shop: Shop, model: type[T]) -> T:
        """The tenant's first row, found without leaning on a wall."""
        with shop.scope(), shop.database.reading() as session:
            mine = select(model).filter_by(partner_id=shop.partner.id)
            return session.scalars(mine.order_by("id").limit(1)).one()

    @contextmanager
    def visit(self) -> Iterator[Session]:
        """A writing session of our tenant, rolled back at the end."""
        with suppress(Undone), self.ours.scope(), self.database.writing() as session:
            yield session
            raise Undone

    @contextmanager
    def stray_item(self) -> Iterator[int]:
        """Our cart with an item of theirs in it, as a bug might have left it; gives the cart's id."""
        cart_id = self._first(self.ours, Cart).id
        item = CartItem(
            partner_id=self.theirs.partner.id,
            cart_id=cart_id,
            product_id=self._first(self.theirs, Product).id,
            operation="register",
            name="stray.com",
            name_unicode="stray.com",
            years=1,
            amount=1,
            added_at=self.our_contact.created_at,
        )
        with self.database.writing(tenancy.Platform("operator")) as session:
            session.add(item)
        try:
            yield cart_id
        finally:
            with self.database.writing(tenancy.Platform("operator")) as session:
                session.delete(session.merge(item))


def furnish(url: str) -> None:
    """Two shops, each with a subscriber and a cart."""
    database = Database(url)
    for name in ("Ours", "Theirs"):
        shop = open_shop(database, name=name)
        shop.fill_cart("acme.com")
    database.dispose()


def enter(url: str, walls: frozenset[str]) -> TwoShops:
    """The furnished database with only these walls standing."""
    database = Database(url, walls=walls & {CRITERIA, FLUSH})
    if KEYS not in walls:
        _without_keys(database.engine)
    if ROWS not in walls and database.is_postgresql:
        _without_rows(database.engine)
    return TwoShops(database, enter_shop(database, 1), enter_shop(database, 2), walls)


def _without_keys(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _entry: raw.execute("PRAGMA foreign_keys=OFF"))
        return
    keys = [
        (table, key["name"])
        for table in tenant_tables()
        for key in inspect(engine).get_foreign_keys(table)
        if len(key["constrained_columns"]) == 2
    ]
    with engine.begin() as connection:
        for table, name in keys:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def _without_rows(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in tenant_tables():
            connection.execute(text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
