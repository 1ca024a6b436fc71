"""foundation

The law of migrations: old code runs while this one runs, so add before you use and remove a release later; keep
locks short; a new tenant table gets its composite keys and `row_level_policies` here, in the same file.

Revision ID: 20261121_foundation
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.foundation.schema import BigInt, UtcDateTime
from webapp.foundation.walls import row_level_policies

revision = "20261121_foundation"
down_revision = None
branch_labels = None
depends_on = None


#: Every tenant table of this migration and the column that names its tenant: wall 4 stands around each.
TENANT_TABLES = {
    "accounts": "partner_id",
    "audit_events": "partner_id",
    "brands": "partner_id",
    "cart_items": "partner_id",
    "carts": "partner_id",
    "consents": "partner_id",
    "contacts": "partner_id",
    "credit_balances": "partner_id",
    "domains": "partner_id",
    "hosts": "partner_id",
    "ledger_postings": "partner_id",
    "legal_documents": "partner_id",
    "memberships": "partner_id",
    "menu_items": "partner_id",
    "messages": "partner_id",
    "number_series": "partner_id",
    "one_time_tokens": "partner_id",
    "order_lines": "partner_id",
    "orders": "partner_id",
    "outbox": "partner_id",
    "page_versions": "partner_id",
    "pages": "partner_id",
    "partners": "id",
    "payments": "partner_id",
    "price_group_members": "partner_id",
    "price_groups": "partner_id",
    "prices": "partner_id",
    "products": "partner_id",
    "proforma_lines": "partner_id",
    "proformas": "partner_id",
    "provisioning_operations": "partner_id",
    "registrant_handles": "partner_id",
    "staff": "partner_id",
    "staff_sign_ins": "partner_id",
    "tld_group_members": "partner_id",
    "tld_groups": "partner_id",
    "user_sign_ins": "partner_id",
    "users": "partner_id",
    "wholesale_balances": "partner_id",
}


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("fence", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("name", name=op.f("uq_leases_name")),
    )
    op.create_table(
        "operator_sign_ins",
        sa.Column("operator_id", BigInt, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_sign_ins_token_hash")),
    )
    op.create_table(
        "operators",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("email", name=op.f("uq_operators_email")),
    )
    op.create_table(
        "partners",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("default_locale", sa.String(), nullable=False),
        sa.Column("locales", sa.JSON(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("modules", sa.JSON(), nullable=False),
        sa.Column("content_version", BigInt, nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("tax_mode", sa.String(), nullable=False),
        sa.Column("tax_rate_bp", BigInt, nullable=False),
        sa.Column("payment_days", BigInt, nullable=False),
        sa.Column("nameservers", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_partners_status")),
        sa.CheckConstraint("tax_mode IN ('gross', 'net')", name=op.f("ck_partners_tax_mode")),
        sa.CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name=op.f("ck_partners_tax_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("code", name=op.f("uq_partners_code")),
    )
    op.create_table(
        "scheduled_runs",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_runs")),
        sa.UniqueConstraint("job", "day", name=op.f("uq_scheduled_runs_job_day")),
    )
    op.create_table(
        "tlds",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("registry_key", sa.String(), nullable=False),
        sa.Column("min_years", BigInt, nullable=False),
        sa.Column("max_years", BigInt, nullable=False),
        sa.Column("grace_days", BigInt, nullable=False),
        sa.Column("redemption_days", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tlds")),
        sa.UniqueConstraint("name", name=op.f("uq_tlds_name")),
    )
    op.create_table(
        "accounts",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_accounts_kind")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_accounts_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_accounts_partner_id_id")),
    )
    op.create_table(
        "audit_events",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", BigInt, nullable=True),
        sa.Column("actor_label", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", BigInt, nullable=True),
        sa.Column("object_label", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_audit_events_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_audit_events_partner_id_id")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_at", ["partner_id", "at"], unique=False)
        batch_op.create_index("ix_audit_events_object", ["partner_id", "object_kind", "object_id"], unique=False)

    op.create_table(
        "brands",
        sa.Column("brand_colour", sa.String(), nullable=False),
        sa.Column("accent_colour", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("fonts", sa.String(), nullable=False),
        sa.Column("corners", sa.String(), nullable=False),
        sa.Column("density", sa.String(), nullable=False),
        sa.Column("logo", sa.String(), nullable=False),
        sa.Column("logo_width", BigInt, nullable=False),
        sa.Column("logo_height", BigInt, nullable=False),
        sa.Column("logo_dark", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_brands_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_brands_partner_id_id")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_brands_partner_id")),
    )
    op.create_table(
        "hosts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_hosts_partner_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("name", name=op.f("uq_hosts_name")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_hosts_partner_id_id")),
    )
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.create_index(
            "uq_hosts_primary",
            ["partner_id"],
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        )

    op.create_table(
        "legal_documents",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_legal_documents_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_documents")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_legal_documents_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "kind", "locale", "version", name=op.f("uq_legal_documents_partner_id_kind_locale_version")
        ),
    )
    op.create_table(
        "menu_items",
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_menu_items_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_items")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_menu_items_partner_id_id")),
    )
    with op.batch_alter_table("menu_items", schema=None) as batch_op:
        batch_op.create_index("ix_menu_items_place", ["partner_id", "locale", "place", "position"], unique=False)

    op.create_table(
        "messages",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("about_kind", sa.String(), nullable=False),
        sa.Column("about_id", BigInt, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_messages_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_messages_partner_id_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_messages_partner_id_key")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_created", ["partner_id", "created_at"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", BigInt, nullable=False),
        sa.Column("last", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_number_series_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_number_series_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "issuer", "series", "year", name=op.f("uq_number_series_partner_id_issuer_series_year")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("available_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("fence", BigInt, nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("dead_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_outbox_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_outbox_partner_id_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_outbox_partner_id_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["done_at", "dead_at", "available_at"], unique=False)

    op.create_table(
        "pages",
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("published_version_id", BigInt, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_pages_partner_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_pages_partner_id_id")),
        sa.UniqueConstraint("partner_id", "locale", "slug", name=op.f("uq_pages_partner_id_locale_slug")),
    )
    op.create_table(
        "price_groups",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_price_groups_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_groups")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_price_groups_partner_id_id")),
        sa.UniqueConstraint("partner_id", "name", name=op.f("uq_price_groups_partner_id_name")),
    )
    op.create_table(
        "products",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("tld_id", BigInt, nullable=True),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_products_partner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["tld_id"], ["tlds.id"], name=op.f("fk_products_tld_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_products_partner_id_id")),
        sa.UniqueConstraint("partner_id", "kind", "code", name=op.f("uq_products_partner_id_kind_code")),
    )
    op.create_table(
        "staff",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_staff_partner_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_staff_partner_id_id")),
    )
    op.create_table(
        "tld_groups",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_tld_groups_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tld_groups")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_tld_groups_partner_id_id")),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_users_partner_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("partner_id", "email", name=op.f("uq_users_partner_id_email")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_users_partner_id_id")),
    )
    op.create_table(
        "wholesale_balances",
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("credit_limit", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount >= -credit_limit", name=op.f("ck_wholesale_balances_within_limit")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_wholesale_balances_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wholesale_balances")),
        sa.UniqueConstraint("partner_id", "currency", name=op.f("uq_wholesale_balances_partner_id_currency")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_wholesale_balances_partner_id_id")),
    )
    op.create_table(
        "wholesale_prices",
        sa.Column("tld_id", BigInt, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["tld_id"], ["tlds.id"], name=op.f("fk_wholesale_prices_tld_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wholesale_prices")),
        sa.UniqueConstraint(
            "tld_id",
            "operation",
            "years",
            "currency",
            "valid_from",
            name=op.f("uq_wholesale_prices_tld_id_operation_years_currency_valid_from"),
        ),
    )
    op.create_table(
        "carts",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("revision", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_carts_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_carts_partner_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_carts_partner_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_carts_token_hash")),
    )
    with op.batch_alter_table("carts", schema=None) as batch_op:
        batch_op.create_index("ix_carts_updated", ["updated_at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_consents_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_consents_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_consents_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_consents_partner_id_id")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index("ix_consents_account", ["account_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_contacts_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_contacts_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_contacts_partner_id_id")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_account", ["account_id"], unique=False)

    op.create_table(
        "credit_balances",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_credit_balances_not_negative")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_credit_balances_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_credit_balances_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_balances")),
        sa.UniqueConstraint(
            "partner_id", "account_id", "currency", name=op.f("uq_credit_balances_partner_id_account_id_currency")
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_credit_balances_partner_id_id")),
    )
    op.create_table(
        "ledger_postings",
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("ledger_account", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=True),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_ledger_postings_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_ledger_postings_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
        sa.UniqueConstraint(
            "partner_id",
            "book",
            "entry",
            "ledger_account",
            name=op.f("uq_ledger_postings_partner_id_book_entry_ledger_account"),
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_ledger_postings_partner_id_id")),
    )
    with op.batch_alter_table("ledger_postings", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_postings_account", ["partner_id", "ledger_account"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_memberships_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_memberships_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_memberships_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_memberships_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "user_id", "account_id", name=op.f("uq_memberships_partner_id_user_id_account_id")
        ),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index("ix_memberships_account", ["account_id"], unique=False)

    op.create_table(
        "one_time_tokens",
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_one_time_tokens_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_one_time_tokens_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_tokens")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_one_time_tokens_partner_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_tokens_token_hash")),
    )
    op.create_table(
        "page_versions",
        sa.Column("page_id", BigInt, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "page_id"],
            ["pages.partner_id", "pages.id"],
            name=op.f("fk_page_versions_partner_id_page_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_page_versions_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_versions")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_page_versions_partner_id_id")),
    )
    with op.batch_alter_table("page_versions", schema=None) as batch_op:
        batch_op.create_index("ix_page_versions_page", ["page_id"], unique=False)

    op.create_table(
        "price_group_members",
        sa.Column("group_id", BigInt, nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_price_group_members_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "group_id"],
            ["price_groups.partner_id", "price_groups.id"],
            name=op.f("fk_price_group_members_partner_id_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_price_group_members_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_group_members")),
        sa.UniqueConstraint("partner_id", "account_id", name=op.f("uq_price_group_members_partner_id_account_id")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_price_group_members_partner_id_id")),
    )
    op.create_table(
        "prices",
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("group_id", BigInt, nullable=True),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_prices_amount")),
        sa.CheckConstraint("years BETWEEN 1 AND 10", name=op.f("ck_prices_years")),
        sa.ForeignKeyConstraint(
            ["partner_id", "group_id"],
            ["price_groups.partner_id", "price_groups.id"],
            name=op.f("fk_prices_partner_id_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "product_id"],
            ["products.partner_id", "products.id"],
            name=op.f("fk_prices_partner_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_prices_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_prices_partner_id_id")),
    )
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_prices_lookup", ["partner_id", "currency", "operation", "years", "product_id"], unique=False
        )

    op.create_table(
        "proformas",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("sequence", BigInt, nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=True),
        sa.Column("activated_at", UtcDateTime(), nullable=True),
        sa.Column("tax_mode", sa.String(), nullable=False),
        sa.Column("net", BigInt, nullable=False),
        sa.Column("tax", BigInt, nullable=False),
        sa.Column("gross", BigInt, nullable=False),
        sa.Column("tax_rows", sa.JSON(), nullable=False),
        sa.Column("issuer", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("payer", sa.JSON(), nullable=False),
        sa.Column("correspondence", sa.JSON(), nullable=False),
        sa.Column("bank", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_proformas_totals")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_proformas_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_proformas_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proformas")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_proformas_partner_id_id")),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_proformas_partner_id_number")),
    )
    with op.batch_alter_table("proformas", schema=None) as batch_op:
        batch_op.create_index("ix_proformas_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_proformas_state", ["partner_id", "state", "issue_date"], unique=False)

    op.create_table(
        "staff_sign_ins",
        sa.Column("staff_id", BigInt, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "staff_id"],
            ["staff.partner_id", "staff.id"],
            name=op.f("fk_staff_sign_ins_partner_id_staff_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_staff_sign_ins_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sign_ins")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_staff_sign_ins_partner_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sign_ins_token_hash")),
    )
    with op.batch_alter_table("staff_sign_ins", schema=None) as batch_op:
        batch_op.create_index("ix_staff_sign_ins_staff", ["staff_id"], unique=False)

    op.create_table(
        "tld_group_members",
        sa.Column("group_id", BigInt, nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("spotlight", sa.Boolean(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "group_id"],
            ["tld_groups.partner_id", "tld_groups.id"],
            name=op.f("fk_tld_group_members_partner_id_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "product_id"],
            ["products.partner_id", "products.id"],
            name=op.f("fk_tld_group_members_partner_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_tld_group_members_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tld_group_members")),
        sa.UniqueConstraint(
            "partner_id", "group_id", "product_id", name=op.f("uq_tld_group_members_partner_id_group_id_product_id")
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_tld_group_members_partner_id_id")),
    )
    op.create_table(
        "user_sign_ins",
        sa.Column("user_id", BigInt, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_user_sign_ins_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_user_sign_ins_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sign_ins")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_user_sign_ins_partner_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sign_ins_token_hash")),
    )
    with op.batch_alter_table("user_sign_ins", schema=None) as batch_op:
        batch_op.create_index("ix_user_sign_ins_user", ["user_id"], unique=False)

    op.create_table(
        "cart_items",
        sa.Column("cart_id", BigInt, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_unicode", sa.String(), nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("years BETWEEN 1 AND 10", name=op.f("ck_cart_items_years")),
        sa.ForeignKeyConstraint(
            ["partner_id", "cart_id"],
            ["carts.partner_id", "carts.id"],
            name=op.f("fk_cart_items_partner_id_cart_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "product_id"],
            ["products.partner_id", "products.id"],
            name=op.f("fk_cart_items_partner_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_cart_items_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_items")),
        sa.UniqueConstraint("partner_id", "cart_id", "name", name=op.f("uq_cart_items_partner_id_cart_id_name")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_cart_items_partner_id_id")),
    )
    op.create_table(
        "domains",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_unicode", sa.String(), nullable=False),
        sa.Column("tld_id", BigInt, nullable=False),
        sa.Column("registry_key", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("registrant_id", BigInt, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("auto_renew", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_domains_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "registrant_id"],
            ["contacts.partner_id", "contacts.id"],
            name=op.f("fk_domains_partner_id_registrant_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_domains_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domains")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_domains_partner_id_id")),
    )
    with op.batch_alter_table("domains", schema=None) as batch_op:
        batch_op.create_index("ix_domains_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_domains_expiry", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_domains_live",
            ["name"],
            unique=True,
            sqlite_where=sa.text(
                "state IN ('provisioning', 'active', 'expiring', 'expired', 'redemption', 'needs_attention', 'suspended')"
            ),
            postgresql_where=sa.text(
                "state IN ('provisioning', 'active', 'expiring', 'expired', 'redemption', 'needs_attention', 'suspended')"
            ),
        )

    op.create_table(
        "orders",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("user_id", BigInt, nullable=True),
        sa.Column("proforma_id", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("terms_version", sa.String(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_orders_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_id"],
            ["proformas.partner_id", "proformas.id"],
            name=op.f("fk_orders_partner_id_proforma_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "user_id"],
            ["users.partner_id", "users.id"],
            name=op.f("fk_orders_partner_id_user_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_orders_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_orders_partner_id_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_orders_partner_id_key")),
        sa.UniqueConstraint("partner_id", "proforma_id", name=op.f("uq_orders_partner_id_proforma_id")),
    )
    op.create_table(
        "payments",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("proforma_id", BigInt, nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_payments_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_id"],
            ["proformas.partner_id", "proformas.id"],
            name=op.f("fk_payments_partner_id_proforma_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_payments_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_payments_partner_id_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_payments_partner_id_key")),
    )
    op.create_table(
        "proforma_lines",
        sa.Column("proforma_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("unit_amount", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("tax_rate_bp", BigInt, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_id"],
            ["proformas.partner_id", "proformas.id"],
            name=op.f("fk_proforma_lines_partner_id_proforma_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_proforma_lines_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proforma_lines")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_proforma_lines_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "proforma_id", "position", name=op.f("uq_proforma_lines_partner_id_proforma_id_position")
        ),
    )
    op.create_table(
        "registrant_handles",
        sa.Column("contact_id", BigInt, nullable=False),
        sa.Column("registry_key", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "contact_id"],
            ["contacts.partner_id", "contacts.id"],
            name=op.f("fk_registrant_handles_partner_id_contact_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_registrant_handles_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrant_handles")),
        sa.UniqueConstraint(
            "partner_id",
            "contact_id",
            "registry_key",
            name=op.f("uq_registrant_handles_partner_id_contact_id_registry_key"),
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_registrant_handles_partner_id_id")),
    )
    op.create_table(
        "order_lines",
        sa.Column("order_id", BigInt, nullable=False),
        sa.Column("proforma_line_id", BigInt, nullable=False),
        sa.Column("domain_id", BigInt, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "domain_id"],
            ["domains.partner_id", "domains.id"],
            name=op.f("fk_order_lines_partner_id_domain_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "order_id"],
            ["orders.partner_id", "orders.id"],
            name=op.f("fk_order_lines_partner_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_line_id"],
            ["proforma_lines.partner_id", "proforma_lines.id"],
            name=op.f("fk_order_lines_partner_id_proforma_line_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_order_lines_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_order_lines_partner_id_id")),
        sa.UniqueConstraint("partner_id", "proforma_line_id", name=op.f("uq_order_lines_partner_id_proforma_line_id")),
    )
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.create_index("ix_order_lines_domain", ["domain_id"], unique=False)
        batch_op.create_index("ix_order_lines_state", ["state"], unique=False)

    op.create_table(
        "provisioning_operations",
        sa.Column("domain_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("line_key", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("auth_info", sa.String(), nullable=False),
        sa.Column("registrant_handle", sa.String(), nullable=False),
        sa.Column("current_expiry", sa.Date(), nullable=True),
        sa.Column("client_transaction", sa.String(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("tries", BigInt, nullable=False),
        sa.Column("unclear_tries", BigInt, nullable=False),
        sa.Column("code", BigInt, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("wholesale_amount", BigInt, nullable=False),
        sa.Column("wholesale_currency", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('register', 'renew')", name=op.f("ck_provisioning_operations_kind")),
        sa.ForeignKeyConstraint(
            ["partner_id", "domain_id"],
            ["domains.partner_id", "domains.id"],
            name=op.f("fk_provisioning_operations_partner_id_domain_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_provisioning_operations_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisioning_operations")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_provisioning_operations_partner_id_id")),
        sa.UniqueConstraint("partner_id", "line_key", name=op.f("uq_provisioning_operations_partner_id_line_key")),
    )
    with op.batch_alter_table("provisioning_operations", schema=None) as batch_op:
        batch_op.create_index("ix_provisioning_operations_open", ["state", "created_at"], unique=False)
        batch_op.create_index(
            "uq_provisioning_operations_renewal",
            ["domain_id", "current_expiry"],
            unique=True,
            sqlite_where=sa.text("kind = 'renew' AND state <> 'refused'"),
            postgresql_where=sa.text("kind = 'renew' AND state <> 'refused'"),
        )

    if op.get_context().dialect.name == "postgresql":
        for table, column in TENANT_TABLES.items():
            for statement in row_level_policies(table, column):
                op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first migration")
