"""row policies

The law of migrations: old code runs while this one runs, so add before you use and remove a release later; keep
locks short; a new tenant table gets its composite keys and `row_level_policies` here, in the same file.

Revision ID: 20261125_row_policies
Revises: 20261124_business
"""

from __future__ import annotations

from alembic import op

from webapp.foundation.walls import policy_rules

revision = "20261125_row_policies"
down_revision = "20261124_business"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The walls of tables that were made before `policy_rules` was written as it is now."""
    if op.get_context().dialect.name != "postgresql":
        return
    walled = op.get_bind().exec_driver_sql(
        "SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'tenant'"
    )
    for (table,) in walled.all():
        op.execute(f"ALTER POLICY tenant ON {table} {policy_rules('id' if table == 'partners' else 'partner_id')}")


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup that was taken before")
