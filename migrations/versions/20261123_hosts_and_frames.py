"""hosts and frames

The law of migrations: old code runs while this one runs, so add before you use and remove a release later; keep
locks short; a new tenant table gets its composite keys and `row_level_policies` here, in the same file.

Revision ID: 20261123_hosts_and_frames
Revises: 20261122_shop_content
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.foundation.schema import BigInt, UtcDateTime

revision = "20261123_hosts_and_frames"
down_revision = "20261122_shop_content"
branch_labels = None
depends_on = None

_OWNED = sa.text("state IN ('dns_ok', 'certificate_pending', 'live', 'degraded')")


def upgrade() -> None:
    _hosts()
    op.execute(
        "UPDATE hosts SET changed_at = created_at,"
        " proof = CASE WHEN kind = 'raw' THEN 'raw' ELSE 'operator' END,"
        " live_since = CASE WHEN state IN ('live', 'degraded') THEN created_at END"
    )
    _host_keys()
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frames", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("one_time_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bound", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("sign_in_id", BigInt, nullable=True))
        batch_op.create_foreign_key(
            "fk_one_time_tokens_partner_id_sign_in_id",
            "user_sign_ins",
            ["partner_id", "sign_in_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _hosts() -> None:
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("token", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("needs_txt", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("dns", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("https", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("failures", BigInt, nullable=False, server_default="0"))
        for name in ("elsewhere_at", "checked_at", "next_check_at", "live_since", "failing_since", "ended_at"):
            batch_op.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))


def _host_keys() -> None:
    """A name may be claimed by several partners now, and be had by one."""
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.alter_column("changed_at", nullable=False)
        batch_op.drop_constraint("uq_hosts_name", type_="unique")
        batch_op.create_unique_constraint("uq_hosts_partner_id_name", ["partner_id", "name"])
    op.create_index("uq_hosts_owned", "hosts", ["name"], unique=True, sqlite_where=_OWNED, postgresql_where=_OWNED)
    op.create_index("ix_hosts_name", "hosts", ["name"])
    op.create_index("ix_hosts_next_check", "hosts", ["next_check_at"])
    op.create_index("ix_hosts_changed", "hosts", ["changed_at"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup that was taken before")
