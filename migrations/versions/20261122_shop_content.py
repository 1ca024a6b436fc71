"""shop content

The law of migrations: old code runs while this one runs, so add before you use and remove a release later; keep
locks short; a new tenant table gets its composite keys and `row_level_policies` here, in the same file.

Revision ID: 20261122_shop_content
Revises: 20261121_foundation
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.foundation.schema import BigInt, UtcDateTime
from webapp.foundation.walls import row_level_policies

revision = "20261122_shop_content"
down_revision = "20261121_foundation"
branch_labels = None
depends_on = None


#: Every tenant table of this migration and the column that names its tenant: wall 4 stands around each.
TENANT_TABLES = {
    "campaign_days": "partner_id",
    "campaigns": "partner_id",
    "media_files": "partner_id",
    "name_watches": "partner_id",
    "order_acceptances": "partner_id",
    "redirects": "partner_id",
    "search_days": "partner_id",
    "searched_names": "partner_id",
    "visit_days": "partner_id",
}


def upgrade() -> None:
    _media_files()
    _search_days()
    _searched_names()
    _visit_days()
    _campaigns()
    _name_watches()
    _redirects()
    _campaign_days()
    _order_acceptances()
    _brands()
    _cart_items()
    _legal_documents()
    _menu_items()
    _messages()
    _page_versions()
    _pages()
    _fill()
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_unique_constraint("uq_pages_partner_id_key_locale", ["partner_id", "key", "locale"])
    if op.get_context().dialect.name == "postgresql":
        for table, column in TENANT_TABLES.items():
            for statement in row_level_policies(table, column):
                op.execute(statement)


def _media_files() -> None:
    op.create_table(
        "media_files",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("width", BigInt, nullable=False),
        sa.Column("height", BigInt, nullable=False),
        sa.Column("bytes", BigInt, nullable=False),
        sa.Column("focal_x", BigInt, nullable=False),
        sa.Column("focal_y", BigInt, nullable=False),
        sa.Column("crop", sa.JSON(), nullable=False),
        sa.Column("alt", sa.JSON(), nullable=False),
        sa.Column("decorative", sa.Boolean(), nullable=False),
        sa.Column("renditions", sa.JSON(), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint(
            "focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100", name=op.f("ck_media_files_focal")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_media_files_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("partner_id", "hash", name=op.f("uq_media_files_partner_id_hash")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_media_files_partner_id_id")),
    )
    with op.batch_alter_table("media_files", schema=None) as batch_op:
        batch_op.create_index("ix_media_files_created", ["partner_id", "created_at"], unique=False)


def _search_days() -> None:
    op.create_table(
        "search_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("searches", BigInt, nullable=False),
        sa.Column("orders", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_search_days_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_days")),
        sa.UniqueConstraint("partner_id", "day", "host", name=op.f("uq_search_days_partner_id_day_host")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_search_days_partner_id_id")),
    )


def _searched_names() -> None:
    op.create_table(
        "searched_names",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("searches", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_searched_names_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searched_names")),
        sa.UniqueConstraint("partner_id", "day", "name", name=op.f("uq_searched_names_partner_id_day_name")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_searched_names_partner_id_id")),
    )


def _visit_days() -> None:
    op.create_table(
        "visit_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("views", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_visit_days_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_days")),
        sa.UniqueConstraint("partner_id", "day", "host", "path", name=op.f("uq_visit_days_partner_id_day_host_path")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_visit_days_partner_id_id")),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_file_id", BigInt, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("weight", BigInt, nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("cap", BigInt, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_campaigns_weight")),
        sa.ForeignKeyConstraint(
            ["partner_id", "media_file_id"],
            ["media_files.partner_id", "media_files.id"],
            name=op.f("fk_campaigns_partner_id_media_file_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_campaigns_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_campaigns_partner_id_id")),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index("ix_campaigns_media_file", ["media_file_id"], unique=False)
        batch_op.create_index("ix_campaigns_position", ["partner_id", "position"], unique=False)


def _name_watches() -> None:
    op.create_table(
        "name_watches",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_name_watches_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_name_watches_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_name_watches_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_watches")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_name_watches_partner_id_id")),
        sa.UniqueConstraint("partner_id", "user_id", "name", name=op.f("uq_name_watches_partner_id_user_id_name")),
    )
    with op.batch_alter_table("name_watches", schema=None) as batch_op:
        batch_op.create_index("ix_name_watches_account", ["account_id"], unique=False)


def _redirects() -> None:
    op.create_table(
        "redirects",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("page_id", BigInt, nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "page_id"],
            ["pages.partner_id", "pages.id"],
            name=op.f("fk_redirects_partner_id_page_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_redirects_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_redirects_partner_id_id")),
        sa.UniqueConstraint("partner_id", "path", name=op.f("uq_redirects_partner_id_path")),
    )
    with op.batch_alter_table("redirects", schema=None) as batch_op:
        batch_op.create_index("ix_redirects_page", ["page_id"], unique=False)


def _campaign_days() -> None:
    op.create_table(
        "campaign_days",
        sa.Column("campaign_id", BigInt, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", BigInt, nullable=False),
        sa.Column("clicks", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "campaign_id"],
            ["campaigns.partner_id", "campaigns.id"],
            name=op.f("fk_campaign_days_partner_id_campaign_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_campaign_days_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_days")),
        sa.UniqueConstraint(
            "partner_id", "campaign_id", "day", name=op.f("uq_campaign_days_partner_id_campaign_id_day")
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_campaign_days_partner_id_id")),
    )


def _order_acceptances() -> None:
    op.create_table(
        "order_acceptances",
        sa.Column("order_id", BigInt, nullable=False),
        sa.Column("document_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "document_id"],
            ["legal_documents.partner_id", "legal_documents.id"],
            name=op.f("fk_order_acceptances_partner_id_document_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "order_id"],
            ["orders.partner_id", "orders.id"],
            name=op.f("fk_order_acceptances_partner_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_order_acceptances_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_order_acceptances_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_acceptances")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_order_acceptances_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "order_id", "document_id", name=op.f("uq_order_acceptances_partner_id_order_id_document_id")
        ),
    )


def _brands() -> None:
    with op.batch_alter_table("brands", schema=None) as batch_op:
        batch_op.add_column(sa.Column("header", sa.String(), nullable=False, server_default="theme"))
        batch_op.add_column(sa.Column("favicon", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("assets", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("assets_of", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("banner", sa.JSON(), nullable=False, server_default="{}"))


def _cart_items() -> None:
    with op.batch_alter_table("cart_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("searched", sa.Boolean(), nullable=False, server_default=sa.false()))


def _legal_documents() -> None:
    with op.batch_alter_table("legal_documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("section", sa.String(), nullable=False, server_default="own"))
        batch_op.add_column(sa.Column("must_accept", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("ask_again", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("position", BigInt, nullable=False, server_default="0"))


def _menu_items() -> None:
    with op.batch_alter_table("menu_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("page_id", BigInt, nullable=True))
        batch_op.create_index("ix_menu_items_page", ["page_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_menu_items_partner_id_page_id"),
            "pages",
            ["partner_id", "page_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_menu_items_partner_id_parent_id"),
            "menu_items",
            ["partner_id", "parent_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _messages() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reply_to", sa.String(), nullable=False, server_default=""))


def _page_versions() -> None:
    with op.batch_alter_table("page_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="saved"))
        batch_op.add_column(sa.Column("author", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("settings", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.create_index("ix_page_versions_parent", ["parent_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_page_versions_partner_id_parent_id"),
            "page_versions",
            ["partner_id", "parent_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _pages() -> None:
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("draft_version_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("scheduled_version_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("scheduled_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("source_version_id", BigInt, nullable=True))
        batch_op.create_index("ix_pages_scheduled", ["scheduled_at"], unique=False)


def _fill() -> None:
    """Pages and documents of before: one page per address, its newest version is the draft; orders ask for the terms."""
    op.execute(
        "UPDATE pages SET key = CASE WHEN slug = '' THEN 'home' ELSE slug END,"
        " draft_version_id = (SELECT max(v.id) FROM page_versions v WHERE v.page_id = pages.id)"
    )
    op.execute("UPDATE legal_documents SET section = 'service' WHERE kind IN ('terms', 'privacy')")
    op.execute(sa.text("UPDATE legal_documents SET must_accept = :yes WHERE kind = 'terms'").bindparams(yes=True))


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup that was taken before")
