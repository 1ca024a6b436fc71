"""the partner's business: prices, papers, payments, services by hand, the log's chain

The law of migrations: old code runs while this one runs, so add before you use and remove a release later; keep
locks short; a new tenant table gets its composite keys and `row_level_policies` here, in the same file.

Revision ID: 20261124_business
Revises: 20261123_hosts_and_frames
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.foundation.append_only import append_only
from webapp.foundation.schema import BigInt, ByteOrdered, UtcDateTime
from webapp.foundation.walls import row_level_policies

revision = "20261124_business"
down_revision = "20261123_hosts_and_frames"
branch_labels = None
depends_on = None

#: Every tenant table of this migration and the column that names its tenant: wall 4 stands around each.
TENANT_TABLES = (
    "account_notes",
    "audit_seals",
    "bank_lines",
    "bank_statements",
    "discount_codes",
    "discount_uses",
    "gateway_accounts",
    "gateway_events",
    "gateway_payments",
    "invoice_copies",
    "invoice_lines",
    "invoices",
    "kept_filters",
    "long_works",
    "money_documents",
    "price_imports",
    "price_rules",
    "promotions",
    "search_keys",
    "service_files",
    "service_tasks",
    "services",
    "upstream_connections",
    "wholesale_accesses",
)

#: What nobody changes or drops any more, not even by hand: the log and the chain over it, issued invoices. Only whose
#: list an invoice is in may change, when two accounts become one; its hash does not cover that.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "audit_events": (),
    "audit_seals": (),
    "invoice_copies": (),
    "invoice_lines": (),
    "invoices": (
        *("kind", "series", "year", "sequence", "number", "origin", "proforma_id", "corrects_id", "locale"),
        *("currency", "issue_date", "sale_date", "due_date", "paid_on", "tax_mode", "tax_regime", "net", "tax"),
        *("gross", "tax_rows", "local_rows", "rate", "issuer", "buyer", "payer", "correspondence", "bank", "notes"),
        *("reason", "issued_at", "hash", "partner_id", "id"),
    ),
}


def upgrade() -> None:
    _exchange_rates()
    _operator_notices()
    _bank_statements()
    _discount_codes()
    _gateway_accounts()
    _gateway_events()
    _kept_filters()
    _long_works()
    _promotions()
    _search_keys()
    _upstream_connections()
    _wholesale_accesses()
    _account_notes()
    _audit_seals()
    _bank_lines()
    _price_imports()
    _price_rules()
    _invoices()
    _services()
    _discount_uses()
    _gateway_payments()
    _invoice_copies()
    _invoice_lines()
    _money_documents()
    _service_files()
    _service_tasks()
    _accounts()
    _audit_events()
    _cart_items()
    _carts()
    _consents()
    _contacts()
    _order_lines()
    _payments()
    _prices()
    _products()
    _proforma_lines()
    _proformas()
    _tlds()
    _user_sign_ins()
    _wholesale_prices()
    _lists()
    dialect = op.get_context().dialect.name
    for table, columns in APPEND_ONLY.items():
        for statement in append_only(table, dialect, columns):
            op.execute(statement)
    if dialect == "postgresql":
        for table in TENANT_TABLES:
            for statement in row_level_policies(table, "partner_id"):
                op.execute(statement)


def _exchange_rates() -> None:
    op.create_table(
        "exchange_rates",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rates")),
        sa.UniqueConstraint("source", "currency", "day", name=op.f("uq_exchange_rates_source_currency_day")),
    )


def _operator_notices() -> None:
    op.create_table(
        "operator_notices",
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("shown_from", UtcDateTime(), nullable=False),
        sa.Column("shown_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_notices")),
    )


def _bank_statements() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("opening", BigInt, nullable=True),
        sa.Column("closing", BigInt, nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_bank_statements_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("partner_id", "file_hash", name=op.f("uq_bank_statements_partner_id_file_hash")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_bank_statements_partner_id_id")),
    )
    with op.batch_alter_table("bank_statements", schema=None) as batch_op:
        batch_op.create_index("ix_bank_statements_account", ["partner_id", "account", "last_day"], unique=False)


def _discount_codes() -> None:
    op.create_table(
        "discount_codes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", BigInt, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("limit_total", BigInt, nullable=True),
        sa.Column("limit_account", BigInt, nullable=True),
        sa.Column("used", BigInt, nullable=False),
        sa.Column("below_cost", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('percent', 'amount')", name=op.f("ck_discount_codes_kind")),
        sa.CheckConstraint("limit_total IS NULL OR used <= limit_total", name=op.f("ck_discount_codes_limit")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_discount_codes_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_codes")),
        sa.UniqueConstraint("partner_id", "code", name=op.f("uq_discount_codes_partner_id_code")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_discount_codes_partner_id_id")),
    )


def _gateway_accounts() -> None:
    op.create_table(
        "gateway_accounts",
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_gateway_accounts_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_accounts")),
        sa.UniqueConstraint("partner_id", "gateway", name=op.f("uq_gateway_accounts_partner_id_gateway")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_gateway_accounts_partner_id_id")),
    )


def _gateway_events() -> None:
    op.create_table(
        "gateway_events",
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_gateway_events_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_events")),
        sa.UniqueConstraint(
            "partner_id", "gateway", "event_id", name=op.f("uq_gateway_events_partner_id_gateway_event_id")
        ),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_gateway_events_partner_id_id")),
    )
    with op.batch_alter_table("gateway_events", schema=None) as batch_op:
        batch_op.create_index("ix_gateway_events_state", ["state", "received_at"], unique=False)


def _kept_filters() -> None:
    op.create_table(
        "kept_filters",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_kept_filters_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_filters")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_kept_filters_partner_id_id")),
        sa.UniqueConstraint("partner_id", "person", "list", name=op.f("uq_kept_filters_partner_id_person_list")),
    )


def _long_works() -> None:
    op.create_table(
        "long_works",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", BigInt, nullable=False),
        sa.Column("done", BigInt, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_long_works_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_works")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_long_works_partner_id_id")),
    )
    with op.batch_alter_table("long_works", schema=None) as batch_op:
        batch_op.create_index("ix_long_works_started", ["partner_id", "started_at"], unique=False)


def _promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", BigInt, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("limit_total", BigInt, nullable=True),
        sa.Column("limit_account", BigInt, nullable=True),
        sa.Column("used", BigInt, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('percent', 'amount', 'price')", name=op.f("ck_promotions_kind")),
        sa.CheckConstraint("limit_total IS NULL OR used <= limit_total", name=op.f("ck_promotions_limit")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_promotions_value")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_promotions_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_promotions_partner_id_id")),
    )
    with op.batch_alter_table("promotions", schema=None) as batch_op:
        batch_op.create_index("ix_promotions_days", ["partner_id", "state", "valid_to"], unique=False)


def _search_keys() -> None:
    op.create_table(
        "search_keys",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", BigInt, nullable=False),
        sa.Column("key", ByteOrdered, nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_search_keys_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_keys")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_search_keys_partner_id_id")),
    )
    with op.batch_alter_table("search_keys", schema=None) as batch_op:
        batch_op.create_index("ix_search_keys_key", ["partner_id", "kind", "key", "object_id"], unique=False)
        batch_op.create_index("ix_search_keys_object", ["partner_id", "kind", "object_id", "key"], unique=False)


def _upstream_connections() -> None:
    op.create_table(
        "upstream_connections",
        sa.Column("upstream", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("balance", sa.JSON(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_upstream_connections_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_connections")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_upstream_connections_partner_id_id")),
        sa.UniqueConstraint("partner_id", "upstream", name=op.f("uq_upstream_connections_partner_id_upstream")),
    )


def _wholesale_accesses() -> None:
    op.create_table(
        "wholesale_accesses",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_wholesale_accesses_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wholesale_accesses")),
        sa.UniqueConstraint("login", name=op.f("uq_wholesale_accesses_login")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_wholesale_accesses_partner_id_id")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_wholesale_accesses_partner_id")),
    )


def _account_notes() -> None:
    op.create_table(
        "account_notes",
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_account_notes_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_account_notes_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_notes")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_account_notes_partner_id_id")),
    )
    with op.batch_alter_table("account_notes", schema=None) as batch_op:
        batch_op.create_index("ix_account_notes_account", ["account_id"], unique=False)


def _audit_seals() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("sequence", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "event_id"],
            ["audit_events.partner_id", "audit_events.id"],
            name=op.f("fk_audit_seals_partner_id_event_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_audit_seals_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("partner_id", "event_id", name=op.f("uq_audit_seals_partner_id_event_id")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_audit_seals_partner_id_id")),
        sa.UniqueConstraint("partner_id", "sequence", name=op.f("uq_audit_seals_partner_id_sequence")),
    )


def _bank_lines() -> None:
    op.create_table(
        "bank_lines",
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("dedupe", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_account", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bank_ref", sa.String(), nullable=False),
        sa.Column("end_to_end", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "statement_id"],
            ["bank_statements.partner_id", "bank_statements.id"],
            name=op.f("fk_bank_lines_partner_id_statement_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_bank_lines_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("partner_id", "dedupe", name=op.f("uq_bank_lines_partner_id_dedupe")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_bank_lines_partner_id_id")),
    )
    with op.batch_alter_table("bank_lines", schema=None) as batch_op:
        batch_op.create_index("ix_bank_lines_open", ["partner_id", "state", "booked_on"], unique=False)
        batch_op.create_index("ix_bank_lines_payer", ["partner_id", "payer_account"], unique=False)
        batch_op.create_index("ix_bank_lines_statement", ["statement_id"], unique=False)


def _price_imports() -> None:
    op.create_table(
        "price_imports",
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_price_imports_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_imports")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_price_imports_partner_id_id")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_price_imports_partner_id")),
    )


def _price_rules() -> None:
    op.create_table(
        "price_rules",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("group_id", BigInt, nullable=True),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("percent_bp", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("ending", BigInt, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("base IN ('wholesale', 'common')", name=op.f("ck_price_rules_base")),
        sa.CheckConstraint("ending IN (-1, 0, 90, 99)", name=op.f("ck_price_rules_ending")),
        sa.ForeignKeyConstraint(
            ["partner_id", "group_id"],
            ["price_groups.partner_id", "price_groups.id"],
            name=op.f("fk_price_rules_partner_id_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_price_rules_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_rules")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_price_rules_partner_id_id")),
    )
    with op.batch_alter_table("price_rules", schema=None) as batch_op:
        batch_op.create_index("ix_price_rules_kind", ["partner_id", "kind"], unique=False)


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", BigInt, nullable=False),
        sa.Column("sequence", BigInt, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("proforma_id", BigInt, nullable=True),
        sa.Column("corrects_id", BigInt, nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("sale_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("tax_mode", sa.String(), nullable=False),
        sa.Column("tax_regime", sa.String(), nullable=False),
        sa.Column("net", BigInt, nullable=False),
        sa.Column("tax", BigInt, nullable=False),
        sa.Column("gross", BigInt, nullable=False),
        sa.Column("tax_rows", sa.JSON(), nullable=False),
        sa.Column("local_rows", sa.JSON(), nullable=False),
        sa.Column("rate", sa.JSON(), nullable=False),
        sa.Column("issuer", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("payer", sa.JSON(), nullable=False),
        sa.Column("correspondence", sa.JSON(), nullable=False),
        sa.Column("bank", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'correction')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_invoices_totals")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_invoices_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "corrects_id"],
            ["invoices.partner_id", "invoices.id"],
            name=op.f("fk_invoices_partner_id_corrects_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_id"],
            ["proformas.partner_id", "proformas.id"],
            name=op.f("fk_invoices_partner_id_proforma_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_invoices_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_invoices_partner_id_id")),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_invoices_partner_id_number")),
        sa.UniqueConstraint(
            "partner_id", "series", "year", "sequence", name=op.f("uq_invoices_partner_id_series_year_sequence")
        ),
    )
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.create_index("ix_invoices_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_invoices_corrects", ["corrects_id"], unique=False)
        batch_op.create_index("ix_invoices_issued", ["partner_id", "issue_date", "id"], unique=False)
        batch_op.create_index(
            "uq_invoices_proforma",
            ["proforma_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'invoice' AND proforma_id IS NOT NULL"),
            postgresql_where=sa.text("kind = 'invoice' AND proforma_id IS NOT NULL"),
        )


def _services() -> None:
    op.create_table(
        "services",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("product_id", BigInt, nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("contact_id", BigInt, nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("anchor", sa.Date(), nullable=True),
        sa.Column("auto_renew", sa.Boolean(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_services_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "contact_id"],
            ["contacts.partner_id", "contacts.id"],
            name=op.f("fk_services_partner_id_contact_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "product_id"],
            ["products.partner_id", "products.id"],
            name=op.f("fk_services_partner_id_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_services_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_services_partner_id_id")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index("ix_services_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_services_end", ["state", "ends_on"], unique=False)


def _discount_uses() -> None:
    op.create_table(
        "discount_uses",
        sa.Column("promotion_id", BigInt, nullable=True),
        sa.Column("code_id", BigInt, nullable=True),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("order_id", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_discount_uses_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "code_id"],
            ["discount_codes.partner_id", "discount_codes.id"],
            name=op.f("fk_discount_uses_partner_id_code_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "order_id"],
            ["orders.partner_id", "orders.id"],
            name=op.f("fk_discount_uses_partner_id_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "promotion_id"],
            ["promotions.partner_id", "promotions.id"],
            name=op.f("fk_discount_uses_partner_id_promotion_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_discount_uses_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_uses")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_discount_uses_partner_id_id")),
    )
    with op.batch_alter_table("discount_uses", schema=None) as batch_op:
        batch_op.create_index("ix_discount_uses_code", ["partner_id", "code_id", "account_id"], unique=False)
        batch_op.create_index("ix_discount_uses_order", ["order_id"], unique=False)
        batch_op.create_index("ix_discount_uses_promotion", ["partner_id", "promotion_id", "account_id"], unique=False)


def _gateway_payments() -> None:
    op.create_table(
        "gateway_payments",
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("proformas", sa.JSON(), nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("redirect", sa.Text(), nullable=False),
        sa.Column("payment_id", BigInt, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_gateway_payments_amount")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_gateway_payments_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "payment_id"],
            ["payments.partner_id", "payments.id"],
            name=op.f("fk_gateway_payments_partner_id_payment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_gateway_payments_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_payments")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_gateway_payments_partner_id_id")),
        sa.UniqueConstraint("partner_id", "session_key", name=op.f("uq_gateway_payments_partner_id_session_key")),
    )
    with op.batch_alter_table("gateway_payments", schema=None) as batch_op:
        batch_op.create_index("ix_gateway_payments_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_gateway_payments_open", ["state", "changed_at"], unique=False)
        batch_op.create_index(
            "uq_gateway_payments_external",
            ["partner_id", "gateway", "external_id"],
            unique=True,
            sqlite_where=sa.text("external_id <> ''"),
            postgresql_where=sa.text("external_id <> ''"),
        )


def _invoice_copies() -> None:
    op.create_table(
        "invoice_copies",
        sa.Column("invoice_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "invoice_id"],
            ["invoices.partner_id", "invoices.id"],
            name=op.f("fk_invoice_copies_partner_id_invoice_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_invoice_copies_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_copies")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_invoice_copies_partner_id_id")),
    )
    with op.batch_alter_table("invoice_copies", schema=None) as batch_op:
        batch_op.create_index("ix_invoice_copies_invoice", ["invoice_id"], unique=False)


def _invoice_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("quantity", BigInt, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_amount", BigInt, nullable=False),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("discount", BigInt, nullable=False),
        sa.Column("tax_rate_bp", BigInt, nullable=False),
        sa.Column("tax_category", sa.String(), nullable=False),
        sa.Column("corrects", sa.JSON(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "invoice_id"],
            ["invoices.partner_id", "invoices.id"],
            name=op.f("fk_invoice_lines_partner_id_invoice_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_invoice_lines_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_invoice_lines_partner_id_id")),
        sa.UniqueConstraint(
            "partner_id", "invoice_id", "position", name=op.f("uq_invoice_lines_partner_id_invoice_id_position")
        ),
    )


def _money_documents() -> None:
    op.create_table(
        "money_documents",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("sequence", BigInt, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", BigInt, nullable=False),
        sa.Column("proforma_id", BigInt, nullable=True),
        sa.Column("payment_id", BigInt, nullable=True),
        sa.Column("amount", BigInt, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_money_documents_amount")),
        sa.ForeignKeyConstraint(
            ["partner_id", "account_id"],
            ["accounts.partner_id", "accounts.id"],
            name=op.f("fk_money_documents_partner_id_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "payment_id"],
            ["payments.partner_id", "payments.id"],
            name=op.f("fk_money_documents_partner_id_payment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "proforma_id"],
            ["proformas.partner_id", "proformas.id"],
            name=op.f("fk_money_documents_partner_id_proforma_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_money_documents_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_documents")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_money_documents_partner_id_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_money_documents_partner_id_key")),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_money_documents_partner_id_number")),
    )
    with op.batch_alter_table("money_documents", schema=None) as batch_op:
        batch_op.create_index("ix_money_documents_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_money_documents_payment", ["payment_id"], unique=False)


def _service_files() -> None:
    op.create_table(
        "service_files",
        sa.Column("service_id", BigInt, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", BigInt, nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "service_id"],
            ["services.partner_id", "services.id"],
            name=op.f("fk_service_files_partner_id_service_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_service_files_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_files")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_service_files_partner_id_id")),
    )
    with op.batch_alter_table("service_files", schema=None) as batch_op:
        batch_op.create_index("ix_service_files_service", ["service_id"], unique=False)


def _service_tasks() -> None:
    op.create_table(
        "service_tasks",
        sa.Column("service_id", BigInt, nullable=False),
        sa.Column("line_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("years", BigInt, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("partner_id", BigInt, nullable=False),
        sa.Column("id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id", "service_id"],
            ["services.partner_id", "services.id"],
            name=op.f("fk_service_tasks_partner_id_service_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_service_tasks_partner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_tasks")),
        sa.UniqueConstraint("partner_id", "id", name=op.f("uq_service_tasks_partner_id_id")),
        sa.UniqueConstraint("partner_id", "line_key", name=op.f("uq_service_tasks_partner_id_line_key")),
    )
    with op.batch_alter_table("service_tasks", schema=None) as batch_op:
        batch_op.create_index("ix_service_tasks_open", ["partner_id", "state", "due_on"], unique=False)


def _accounts() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("erased_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_accounts_created", ["partner_id", "created_at"], unique=False)
        batch_op.create_index("ix_accounts_name", ["partner_id", "name"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_accounts_partner_id_merged_into_id"),
            "accounts",
            ["partner_id", "merged_into_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _audit_events() -> None:
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("through", sa.String(), nullable=False, server_default=""))


def _cart_items() -> None:
    with op.batch_alter_table("cart_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("list_amount", BigInt, nullable=True))
        batch_op.add_column(sa.Column("promotion_id", BigInt, nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_cart_items_partner_id_cart_id_name"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_cart_items_partner_id_cart_id_product_id_name"),
            ["partner_id", "cart_id", "product_id", "name"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_cart_items_partner_id_promotion_id"),
            "promotions",
            ["partner_id", "promotion_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _carts() -> None:
    with op.batch_alter_table("carts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(), nullable=False, server_default=""))


def _consents() -> None:
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("source", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("recorded_by", sa.String(), nullable=False, server_default=""))


def _contacts() -> None:
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("approved_at", UtcDateTime(), nullable=True))


def _order_lines() -> None:
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("days", BigInt, nullable=False, server_default="0"))
        batch_op.alter_column("domain_id", existing_type=BigInt, nullable=True)
        batch_op.create_index("ix_order_lines_service", ["service_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_order_lines_partner_id_service_id"),
            "services",
            ["partner_id", "service_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint("subject", "(domain_id IS NULL) <> (service_id IS NULL)")


def _payments() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gateway", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("gateway_ref", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("bank_line_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("covers", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("undone_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_payments_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index("ix_payments_proforma", ["proforma_id"], unique=False)
        batch_op.create_index("ix_payments_received", ["partner_id", "received_on", "id"], unique=False)
        batch_op.create_index(
            "uq_payments_gateway",
            ["partner_id", "gateway", "gateway_ref"],
            unique=True,
            sqlite_where=sa.text("gateway <> ''"),
            postgresql_where=sa.text("gateway <> ''"),
        )
        batch_op.create_index(
            "uq_payments_bank_line",
            ["partner_id", "bank_line_id"],
            unique=True,
            sqlite_where=sa.text("bank_line_id IS NOT NULL AND undone_at IS NULL"),
            postgresql_where=sa.text("bank_line_id IS NOT NULL AND undone_at IS NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_payments_partner_id_bank_line_id"),
            "bank_lines",
            ["partner_id", "bank_line_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _prices() -> None:
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("days", BigInt, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("source", sa.String(), nullable=False, server_default="own"))
        batch_op.add_column(sa.Column("made_of", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.alter_column("amount", existing_type=BigInt, nullable=True)
        batch_op.drop_constraint("years", type_="check")
        batch_op.create_check_constraint("source", "source IN ('own', 'rule')")
        batch_op.create_check_constraint(
            "period", "(years BETWEEN 1 AND 10 AND days = 0) OR (years = 0 AND days BETWEEN 1 AND 3650)"
        )


def _products() -> None:
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("names", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("summaries", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("features", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("cost", BigInt, nullable=True))
        batch_op.add_column(sa.Column("due_days", BigInt, nullable=False, server_default="2"))
        batch_op.add_column(sa.Column("position", BigInt, nullable=False, server_default="0"))


def _proforma_lines() -> None:
    with op.batch_alter_table("proforma_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("discount", BigInt, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("discount_text", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tax_category", sa.String(), nullable=False, server_default="S"))


def _proformas() -> None:
    with op.batch_alter_table("proformas", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tax_regime", sa.String(), nullable=False, server_default="domestic"))
        batch_op.add_column(sa.Column("pay_token", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reminders", BigInt, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("remind_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("made_of", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("replaced_by", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("asked", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("asked_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_proformas_issued", ["partner_id", "issue_date", "id"], unique=False)
        batch_op.create_index("ix_proformas_pay_token", ["pay_token"], unique=False)
        batch_op.create_index("ix_proformas_remind", ["remind_on"], unique=False)
        batch_op.create_index(
            "ix_proformas_asked",
            ["partner_id", "id"],
            sqlite_where=sa.text("asked_at IS NOT NULL"),
            postgresql_where=sa.text("asked_at IS NOT NULL"),
        )


def _tlds() -> None:
    with op.batch_alter_table("tlds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.JSON(), nullable=False, server_default="{}"))


def _user_sign_ins() -> None:
    with op.batch_alter_table("user_sign_ins", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", BigInt, nullable=True))
        batch_op.add_column(sa.Column("staff_label", sa.String(), nullable=False, server_default=""))
        batch_op.create_foreign_key(
            batch_op.f("fk_user_sign_ins_partner_id_staff_id"),
            "staff",
            ["partner_id", "staff_id"],
            ["partner_id", "id"],
            ondelete="RESTRICT",
        )


def _wholesale_prices() -> None:
    with op.batch_alter_table("wholesale_prices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("days", BigInt, nullable=False, server_default="0"))
        batch_op.drop_constraint(
            batch_op.f("uq_wholesale_prices_tld_id_operation_years_currency_valid_from"), type_="unique"
        )
        batch_op.create_unique_constraint(
            "uq_wholesale_prices_key", ["tld_id", "operation", "years", "days", "currency", "valid_from"]
        )


#: Indexes that give the lists of the panels their first page, however long they are.
_LIST_INDEXES = (
    ("ix_domains_name", "domains", ("partner_id", "name", "id")),
    ("ix_domains_state", "domains", ("partner_id", "state", "name", "id")),
    ("ix_domains_end", "domains", ("partner_id", "expires_at", "id")),
    ("ix_services_state", "services", ("partner_id", "state", "id")),
    ("ix_accounts_status", "accounts", ("partner_id", "status", "id")),
    ("ix_proformas_state", "proformas", ("partner_id", "state", "issue_date", "id")),
    ("ix_proformas_due", "proformas", ("partner_id", "state", "due_date", "id")),
    ("ix_proformas_sequence", "proformas", ("partner_id", "sequence")),
    ("ix_proforma_lines_subject", "proforma_lines", ("partner_id", "subject")),
    ("ix_invoices_sequence", "invoices", ("partner_id", "sequence")),
    ("ix_ledger_postings_account", "ledger_postings", ("partner_id", "ledger_account", "id")),
    ("ix_credit_balances_amount", "credit_balances", ("partner_id", "amount", "id")),
    ("ix_orders_placed", "orders", ("partner_id", "placed_at")),
    ("ix_provisioning_operations_made", "provisioning_operations", ("partner_id", "created_at")),
    ("ix_messages_created", "messages", ("partner_id", "created_at", "id")),
    ("ix_messages_state", "messages", ("partner_id", "state", "created_at", "id")),
    ("ix_messages_about", "messages", ("partner_id", "about_kind", "about_id")),
    ("ix_messages_recipient", "messages", ("partner_id", "recipient")),
    ("ix_order_lines_state", "order_lines", ("partner_id", "state")),
    ("ix_prices_product", "prices", ("partner_id", "product_id", "valid_from")),
    ("ix_price_group_members_group", "price_group_members", ("partner_id", "group_id", "account_id")),
)
#: Those of them that stood before, over fewer columns.
_SHORTER = ("ix_proformas_state", "ix_ledger_postings_account", "ix_messages_created", "ix_order_lines_state")


def _lists() -> None:
    told = sa.text("problem <> ''")
    op.create_index(
        "ix_gateway_payments_look", "gateway_payments", ["partner_id", "id"], sqlite_where=told, postgresql_where=told
    )
    if op.get_context().dialect.name == "postgresql":
        # In the order of its bytes, as SQLite has it anyway: what begins with something is found by an index.
        op.alter_column("proforma_lines", "subject", type_=ByteOrdered)
    for name, table, columns in _LIST_INDEXES:
        if name in _SHORTER:
            op.drop_index(name, table)
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup that was taken before")
