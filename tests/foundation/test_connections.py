"""Pooled connections: one that the server closed is replaced unseen, and none keeps a transaction or a tenant."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tests.harness.databases import TemplateDatabases
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.reseller.partners.models import Partner

pytestmark = pytest.mark.postgresql
OPERATOR = tenancy.Platform("operator")


@pytest.fixture
def database(databases: TemplateDatabases) -> Iterator[Database]:
    with databases.fresh("postgresql") as url:
        made = Database(url)
        yield made
        made.dispose()


def _outside(database: Database, statement: str) -> list[tuple[object, ...]]:
    url = make_url(database.engine.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def _break_in_a_write(database: Database) -> None:
    with database.writing(OPERATOR) as session:
        session.scalars(select(Partner.id)).all()
        raise ZeroDivisionError


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def test_a_server_that_hung_up_in_between_is_noticed_before_the_next_reader_speaks(database: Database) -> None:
    for _ in range(3):
        with database.reading(OPERATOR) as session:
            assert session.scalars(select(Partner.id)).all() == []
        assert _outside(database, f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}") == [(True,)]


def test_one_that_breaks_at_the_first_word_fails_like_any_statement_and_the_next_reader_works(
    database: Database,
) -> None:
    def hang_up(*_: object) -> None:
        _outside(database, f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")

    event.listen(database.engine, "checkout", hang_up)
    with database.reading(OPERATOR) as session, pytest.raises(OperationalError):
        session.scalars(select(Partner.id)).all()
    event.remove(database.engine, "checkout", hang_up)
    with database.reading(OPERATOR) as session:
        assert session.scalars(select(Partner.id)).all() == []


def test_a_pooled_connection_is_left_without_a_transaction_and_without_a_tenant(database: Database) -> None:
    with database.reading(OPERATOR) as session:
        session.scalars(select(Partner.id)).all()
    with pytest.raises(ZeroDivisionError):
        _break_in_a_write(database)
    assert _outside(database, f"SELECT state {OTHERS}") == [("idle",)]
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_setting('witryna.tenant', true)").scalar() in (None, "")


def test_the_server_itself_lets_a_reader_write_nothing(database: Database) -> None:
    asked = select(func.count(Partner.id), func.current_setting("transaction_read_only"))
    with database.reading(OPERATOR) as session:
        assert session.execute(asked).one() == (0, "on")
    with database.writing(OPERATOR) as session:
        assert session.execute(asked).one() == (0, "off")
