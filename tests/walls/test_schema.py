"""No table is forgotten: each belongs to a tenant or stands on a reviewed list, in the models and in the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, text

from tests.harness.databases import TemplateDatabases
from tests.walls import schema
from webapp.foundation.db import Database
from webapp.foundation.schema import Base
from webapp.foundation.walls import row_level_policies, tenant_tables


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.dispose()


@pytest.fixture
def postgresql(databases: TemplateDatabases) -> Iterator[Database]:
    with databases.fresh("postgresql") as url:
        made = Database(url)
        yield made
        made.dispose()


def _execute(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_every_model_has_an_owner_or_a_reason() -> None:
    assert schema.ownerless_models(schema.every_model()) == set()
    assert len(tenant_tables()) > 25


def test_a_new_model_without_an_owner_is_red() -> None:
    class Forgotten:
        __tablename__ = "forgotten"

    assert schema.ownerless_models([*schema.every_model(), Forgotten]) == {"forgotten"}


def test_every_key_between_tenant_tables_names_the_tenant() -> None:
    assert schema.single_keys(Base.metadata.tables.values()) == set()


def test_a_new_key_that_leaves_the_tenant_out_is_red() -> None:
    metadata = MetaData()
    Table("accounts", metadata, Column("id", Integer, primary_key=True))
    child = Table("notes", metadata, Column("account_id", ForeignKey("accounts.id")))
    assert schema.single_keys([child]) == {"notes.account_id"}


def test_the_migrated_database_has_no_table_that_no_model_describes(database: Database) -> None:
    assert schema.unknown_tables(database.engine) == set()
    assert schema.nullable_owners(database.engine) == set()


def test_a_new_table_of_a_migration_alone_is_red(database: Database) -> None:
    _execute(database, "CREATE TABLE notes (id integer PRIMARY KEY)")
    assert schema.unknown_tables(database.engine) == {"notes"}


@pytest.mark.postgresql
def test_no_policy_is_missing(postgresql: Database) -> None:
    assert schema.tables_without_policy(postgresql.engine) == set()


@pytest.mark.postgresql
@pytest.mark.parametrize("broken", ["DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY", "policy"])
def test_a_table_without_its_policy_is_red(postgresql: Database, broken: str) -> None:
    statement = "DROP POLICY tenant ON contacts" if broken == "policy" else f"ALTER TABLE contacts {broken}"
    _execute(postgresql, statement)
    assert schema.tables_without_policy(postgresql.engine) == {"contacts"}


@pytest.mark.postgresql
def test_a_new_table_is_red_until_it_gets_its_policy(postgresql: Database) -> None:
    _execute(postgresql, "CREATE TABLE notes (id bigint PRIMARY KEY, partner_id bigint NOT NULL)")
    assert schema.tables_without_policy(postgresql.engine) == {"notes"}
    _execute(postgresql, *row_level_policies("notes", "partner_id"))
    assert schema.tables_without_policy(postgresql.engine) == set()
