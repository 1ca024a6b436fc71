"""The fourth wall: PostgreSQL itself knows whose transaction it is, also when nobody tells it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.harness.databases import TemplateDatabases
from tests.walls.houses import EVERY_WALL, ROWS, TwoShops, enter, furnish
from webapp.foundation import tenancy
from webapp.foundation.walls import tenant_tables

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def furnished(databases: TemplateDatabases) -> Iterator[str]:
    with databases.fresh("postgresql") as url:
        furnish(url)
        yield url


@pytest.fixture(scope="module")
def shops(databases: TemplateDatabases, furnished: str) -> Iterator[TwoShops]:
    """Only the fourth wall stands; whoever gets past the code meets it. No visit leaves anything behind."""
    entered = enter(databases.copy(furnished, "rows"), frozenset({ROWS}))
    yield entered
    entered.database.dispose()


def _raw(shops: TwoShops, statement: str, *settings: str) -> list[object]:
    """What a statement gives on a pooled connection of the application's own role."""
    with shops.database.engine.connect() as connection:
        for setting in settings:
            connection.execute(text(setting))
        return list(connection.execute(text(statement)).scalars())


def test_we_connect_as_the_owner_who_is_bound_all_the_same(shops: TwoShops) -> None:
    """A superuser or a role with BYPASSRLS would make every other test of this file meaningless."""
    owner = "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'contacts'"
    assert _raw(shops, owner) == [True]
    above = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert _raw(shops, above) == [False]


def test_without_a_tenant_every_table_is_empty(shops: TwoShops) -> None:
    counts = {table: _raw(shops, f"SELECT count(*) FROM {table}") for table in tenant_tables()}
    assert {table for table, count in counts.items() if count != [0]} == set()


def test_a_tenant_sees_its_own_rows_in_every_table_and_no_others(shops: TwoShops) -> None:
    seen = {}
    with shops.visit() as session:
        for table, owner in tenant_tables().items():
            found = Session.connection(session).execute(text(f"SELECT DISTINCT {owner} FROM {table}")).scalars()
            seen[table] = set(found)
    assert {table for table, owners in seen.items() if not owners <= {shops.ours.partner.id}} == set()
    assert seen["contacts"] == {shops.ours.partner.id}


def test_both_tenants_have_rows_that_could_be_seen(shops: TwoShops) -> None:
    with shops.database.reading(tenancy.Platform("books")) as session:
        for table in ("contacts", "carts", "prices", "audit_events", "outbox"):
            found = Session.connection(session).execute(text(f"SELECT DISTINCT partner_id FROM {table}")).scalars()
            assert set(found) == {1, 2}, table


def test_the_setting_ends_with_its_transaction_and_the_pool_remembers_nothing(shops: TwoShops) -> None:
    setting = "SELECT coalesce(current_setting('witryna.tenant', true), '')"
    database = shops.database
    database.dispose()  # whatever other tests left in the pool: it must hold one connection, so that it is the same one
    with shops.visit() as session:
        first = Session.connection(session).execute(text("SELECT pg_backend_pid()")).scalar()
        assert Session.connection(session).execute(text(setting)).scalar() == str(shops.ours.partner.id)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() == first, "not the same connection"
        assert connection.execute(text(setting)).scalar() == ""
        assert connection.execute(text("SELECT count(*) FROM contacts")).scalar() == 0
    with database.reading(tenancy.Platform("books")) as session:
        assert Session.connection(session).execute(text(setting)).scalar() == "platform"
    assert _raw(shops, setting) == [""]


def test_every_transaction_of_a_session_says_again_whose_it_is(shops: TwoShops) -> None:
    with shops.ours.scope(), shops.database.reading() as session:
        for _ in range(2):
            found = Session.connection(session).execute(text("SELECT partner_id FROM contacts")).scalars()
            assert set(found) == {shops.ours.partner.id}
            session.rollback()


@pytest.mark.parametrize("value", ["", "0", "1 OR true", "1'--", "Platform", "*", "NULL", " 1", "1.0", "%"])
def test_a_strange_setting_shows_nothing(shops: TwoShops, value: str) -> None:
    literal = value.replace("'", "''")
    assert _raw(shops, "SELECT id FROM contacts", f"SELECT set_config('witryna.tenant', '{literal}', true)") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contacts SET partner_id = 2 WHERE partner_id = 1",
        "INSERT INTO contacts SELECT * FROM contacts",
    ],
)
def test_a_row_is_never_written_for_another_tenant(shops: TwoShops, statement: str) -> None:
    with pytest.raises(DBAPIError), shops.visit() as session:
        Session.connection(session).execute(text(statement))


def test_a_foreign_row_cannot_be_told_from_a_missing_one(shops: TwoShops) -> None:
    with shops.visit() as session:
        connection = Session.connection(session)
        query = text("UPDATE contacts SET city = 'X' WHERE id = :id")
        assert [connection.execute(query, {"id": number}).rowcount for number in (shops.their_contact.id, 10**9)] == [
            0,
            0,
        ]


def test_the_real_walls_leave_the_fourth_standing(databases: TemplateDatabases, furnished: str) -> None:
    shops = enter(databases.copy(furnished, "rows_all"), EVERY_WALL)
    assert _raw(shops, "SELECT count(*) FROM contacts") == [0]
    shops.database.dispose()
