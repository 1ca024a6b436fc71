"""Every table belongs to a tenant or stands on a reviewed list; models and migrations say the same (safety.md 2.2)."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table, create_engine, text
from sqlalchemy.engine import make_url

from webapp.foundation.walls import tenant_tables
from webapp.reseller.models import Base

#: Tables without a tenant, each with its reason. Think twice before you add one.
GLOBAL = {
    "tlds": "facts of endings are the same for everybody",
    "wholesale_prices": "the operator's prices for all partners",
    "operators": "people of the install, not of a partner",
    "operator_sign_ins": "their sign-ins",
    "leases": "roles of processes",
    "scheduled_runs": "daily jobs run once for the whole install",
    "exchange_rates": "tables of central banks",
    "operator_notices": "the operator tells all partners",
}
#: Kinds of difference that a database reports for reasons of its own.
_NOISE = ("modify_default",)


def _tables() -> dict[str, Table]:
    return dict(Base.metadata.tables)


def test_every_table_has_a_tenant_or_a_reason() -> None:
    owned = tenant_tables()
    for name, table in _tables().items():
        if name in GLOBAL:
            assert name not in owned, f"{name} has a tenant: take it off the list"
        else:
            assert name in owned, f"{name} has no tenant: derive it from TenantOwned"
            assert not table.c[owned[name]].nullable
    assert set(GLOBAL) <= set(_tables()), "a table on the list is gone"


@pytest.mark.parametrize("name", sorted(tenant_tables()))
def test_keys_between_tenants_tables_are_composite(name: str) -> None:
    owned = tenant_tables()
    for key in _tables()[name].foreign_key_constraints:
        target = key.referred_table.name
        if target in owned and target != "partners":
            columns = [column.name for column in key.columns]
            assert columns[0] == "partner_id", f"{name}.{columns}: use schema.tenant_key"
            assert [element.column.name for element in key.elements] == ["partner_id", "id"]


@pytest.mark.parametrize("name", sorted(tenant_tables()))
def test_what_looks_like_a_reference_is_one(name: str) -> None:
    """A column `x_id` of a tenant table is a foreign key; without one the third wall has a hole."""
    free = {
        ("audit_events", "actor_id"): "any kind of person",
        ("audit_events", "object_id"): "any kind of object",
        ("audit_events", "request_id"): "no row",
        ("messages", "about_id"): "any kind of object",
        ("pages", "draft_version_id"): "a pointer both ways; checked by cms.operations",
        ("pages", "published_version_id"): "a pointer both ways; checked by cms.operations",
        ("pages", "scheduled_version_id"): "a pointer both ways; checked by cms.operations",
        ("pages", "source_version_id"): "a version of another page; checked by cms.operations",
        ("domains", "tld_id"): "global facts",
        ("partners", "tax_id"): "a tax number",
        ("contacts", "tax_id"): "a tax number",
        ("products", "tld_id"): "global facts",
        ("gateway_payments", "external_id"): "the gateway's name",
        ("gateway_events", "event_id"): "the gateway's name",
        ("search_keys", "object_id"): "any kind of object; made anew from the rows",
    }
    table = _tables()[name]
    referring = {column.name for key in table.foreign_key_constraints for column in key.columns}
    for column in table.columns:
        if column.name.endswith("_id") and (name, column.name) not in free:
            assert column.name in referring, f"{name}.{column.name}: give it a schema.tenant_key"


def _include(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    url = make_url(database_url)
    driver = url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url
    engine = create_engine(driver)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _include, "compare_type": True})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    differences = [one for one in found if not (isinstance(one, tuple) and one[0] in _NOISE)]
    assert not differences, "write a migration (make one from the models):\n" + "\n".join(map(str, differences))


@pytest.mark.postgresql
def test_row_level_security_is_forced_on_every_tenant_table(database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() != "postgresql":
        return
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        secured = {
            row.relname: (row.relrowsecurity and row.relforcerowsecurity, row.policies)
            for row in connection.execute(
                text(
                    "SELECT relname, relrowsecurity, relforcerowsecurity,"
                    " (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid) AS policies"
                    " FROM pg_class WHERE relkind = 'r'"
                )
            )
        }
    engine.dispose()
    for name in tenant_tables():
        assert secured[name] == (True, 1), f"{name} is not behind wall 4"
