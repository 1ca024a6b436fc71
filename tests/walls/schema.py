"""Which tables stand without walls, found in the models and in the database itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, ForeignKeyConstraint, Table, inspect, text

from webapp.foundation.schema import Base, TenantOwned, TenantRoot
from webapp.foundation.walls import tenant_tables

#: Tables that belong to no tenant, each for a reason that was thought about.
GLOBAL = {
    "alembic_version": "which migrations ran",
    "operators": "the people who run the install",
    "operator_sign_ins": "their sign-ins",
    "leases": "which process plays an exclusive role",
    "scheduled_runs": "which daily job ran on which date",
    "tlds": "facts about endings, the same for everybody",
    "exchange_rates": "tables of central banks",
    "operator_notices": "what the operator tells all partners",
    "wholesale_prices": "what the operator charges every partner",
}


def ownerless_models(models: Iterable[type]) -> set[str]:
    """Tables of models that neither belong to a tenant nor stand on the list."""
    found = {model.__tablename__ for model in models if not issubclass(model, TenantOwned | TenantRoot)}  # type: ignore[attr-defined]
    return found - set(GLOBAL)


def every_model() -> list[type]:
    """All mapped classes."""
    return [mapper.class_ for mapper in Base.registry.mappers]


def single_keys(tables: Iterable[Table]) -> set[str]:
    """Foreign keys from one tenant table to another that leave the tenant out: "child.column"."""
    walled = set(tenant_tables())
    return {
        f"{table.name}.{constraint.column_keys[0]}"
        for table in tables
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        and constraint.referred_table.name in walled - {"partners"}
        and "partner_id" not in constraint.column_keys
    }


def unknown_tables(engine: Engine) -> set[str]:
    """Tables in the database that no model describes: their rows have no walls in the code."""
    described = {mapper.local_table.name for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    return set(inspect(engine).get_table_names()) - described - set(GLOBAL)


def nullable_owners(engine: Engine) -> set[str]:
    """Tenant tables whose rows may have no tenant, in the database itself."""
    looker = inspect(engine)
    return {
        table
        for table, owner in tenant_tables().items()
        for column in looker.get_columns(table)
        if column["name"] == owner and column["nullable"]
    }


def tables_without_policy(engine: Engine) -> set[str]:
    """PostgreSQL tables, the global ones apart, whose rows are not behind a forced policy for reading and writing."""
    query = """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (
            c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
                AND p.cmd = 'ALL' AND p.qual LIKE '%witryna.tenant%' AND p.with_check LIKE '%witryna.tenant%'))
    """
    with engine.connect() as connection:
        return set(connection.execute(text(query)).scalars()) - set(GLOBAL)
