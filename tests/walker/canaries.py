"""Canaries: a word in every text column that says whose it is, so that a leak names its owner.

`CANARY-T1-anna` stands in what belongs to anna, `CANARY-T1-shop` in what the shop shows to everybody,
`CANARY-T1-desk` in what only the partner's people may see; secret columns hold `SECRET-...` wherever the real value is
not needed to sign in.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import JSON, Connection, Engine, LargeBinary, String, Table, and_, bindparam, select

import webapp.reseller.models  # noqa: F401  every table must be known
from tests.harness.log_rows import unguarded
from webapp.foundation.schema import Base

DESK, SHOP = "desk", "shop"
NAMES = ("anna", "ben", "dora")

#: Columns whose words a program reads: another word there would only break the page. Secrets and sign-ins too.
MACHINE = frozenset(
    (
        *("code", "status", "state", "kind", "country", "default_locale", "locale", "currency", "timezone", "theme"),
        *("tax_mode", "book", "entry", "ledger_account", "operation", "method", "role", "channel", "about_kind"),
        *("object_kind", "action", "actor_kind", "place", "slug", "registry_key", "key", "line_key", "mode", "fonts"),
        *("corners", "density", "header", "brand_colour", "accent_colour", "logo", "logo_dark", "iban", "purpose"),
        *("issuer", "base", "source", "gateway", "gateway_ref", "tax_regime", "tax_category", "pay_token"),
        *("series", "origin", "version", "wholesale_currency", "handle", "registrant_handle", "client_transaction"),
        "terms_version",
    )
)
#: The same by table: a host or domain is a name, a sign-in is found by its e-mail address (a canary from the start).
MACHINE_IN = {
    ("hosts", "name"),
    ("order_acceptances", "reference"),
    ("legal_documents", "section"),
    ("domains", "name"),
    ("cart_items", "name"),
    ("users", "email"),
    ("staff", "email"),
    ("partners", "email"),
    ("contacts", "email"),
    ("contacts", "phone"),
    ("partners", "phone"),
    ("proformas", "number"),
    ("money_documents", "number"),
    ("invoices", "number"),
    ("invoices", "hash"),
    ("price_imports", "mark"),
    ("audit_seals", "hash"),
    ("kept_filters", "person"),
    ("kept_filters", "list"),
    ("long_works", "result"),
    ("bank_statements", "file_hash"),
    ("bank_statements", "format"),
    ("bank_statements", "account"),
    ("bank_lines", "dedupe"),
    ("bank_lines", "rule"),
    ("bank_lines", "payer_account"),
    ("messages", "recipient"),
    ("services", "access"),
    ("service_files", "stored_as"),
    ("media_files", "hash"),
    ("media_files", "original"),
    ("upstream_connections", "upstream"),
    ("wholesale_accesses", "login"),
}
SECRET = frozenset(("password_hash", "token_hash", "auth_info"))
#: Tables that only the partner's own people look into.
DESK_TABLES = frozenset(
    (
        "account_notes",
        "audit_events",
        "audit_seals",
        "bank_lines",
        "bank_statements",
        "kept_filters",
        "long_works",
        "media_files",
        "staff",
        "staff_sign_ins",
        "wholesale_balances",
        "number_series",
        "outbox",
        "discount_codes",
        "price_groups",
        "price_imports",
        "price_rules",
        "promotions",
        "upstream_connections",
        "wholesale_accesses",
    )
)
#: How a row without `account_id` finds the account that it belongs to.
PARENTS = {
    "invoice_id": "invoices",
    "proforma_id": "proformas",
    "order_id": "orders",
    "domain_id": "domains",
    "contact_id": "contacts",
    "cart_id": "carts",
    "service_id": "services",
}
#: Words inside JSON that people read.
JSON_WORDS = frozenset(
    (
        *("name", "organisation", "street", "city", "text", "html", "title", "lead", "question", "answer", "intro"),
        *("note", "label"),
    )
)


def word(tenant: int, label: str) -> str:
    """CANARY-T1-anna."""
    return f"CANARY-T{tenant}-{label}"


def tenant_tables() -> list[Table]:
    """Every table whose rows belong to a partner, and the partners themselves."""
    return [table for table in Base.metadata.sorted_tables if "partner_id" in table.c or table.name == "partners"]


def owner_column(table: Table) -> Any:
    """The column that says whose a row is."""
    return table.c.partner_id if "partner_id" in table.c else table.c.id


def plant(engine: Engine) -> None:
    """Put a canary into every text column of both tenants."""
    with engine.begin() as connection, unguarded(connection):
        labels = {table.name: _labels(connection, table) for table in tenant_tables()}
        for table in tenant_tables():
            _plant_table(connection, table, labels[table.name])


def _plant_table(connection: Connection, table: Table, labels: dict[int, str]) -> None:
    columns = [column for column in table.columns if _is_planted(table.name, column)]
    new = []
    for row in connection.execute(select(table)).mappings() if columns else ():
        canary = word(row[owner_column(table).name], labels[row["id"]])
        new.append({"row": row["id"], **{each.name: _planted(table.name, each, row, canary) for each in columns}})
    if new:
        values: dict[str, Any] = {each.name: bindparam(each.name) for each in columns}
        connection.execute(table.update().where(table.c.id == bindparam("row")).values(values), new)


def _is_planted(table: str, column: Any) -> bool:
    if column.name in MACHINE or (table, column.name) in MACHINE_IN or isinstance(column.type, LargeBinary):
        return False
    if column.name in SECRET:
        return str(column.name) == "auth_info"
    return isinstance(column.type, String | JSON)


def _planted(table: str, column: Any, row: Any, canary: str) -> Any:
    old = row[column.name]
    if column.name in SECRET:
        return f"SECRET-{canary}-{row['id']}"
    if isinstance(column.type, JSON):
        return _in_json(old, canary)
    return f"{old} {canary}".strip() if column.name != "href" else f"{old}#{canary}"


def _in_json(value: Any, canary: str, name: str = "") -> Any:
    if isinstance(value, dict):
        inside = {key: _in_json(each, canary, key) for key, each in value.items()}
        return inside if name or inside.get("id") else {**inside, "note": canary}
    if isinstance(value, list):
        return [_in_json(each, canary, name or "-") for each in value]
    return f"{value} {canary}" if isinstance(value, str) and value and name in JSON_WORDS else value


# --- whose a row is --------------------------------------------------------------------------------------------


def owners(connection: Connection, name: str) -> dict[int, int | None]:
    """Row id -> account id (None: nobody's in particular)."""
    table = Base.metadata.tables[name]
    if name == "accounts":
        return {row.id: row.id for row in connection.execute(select(table.c.id))}
    if "account_id" in table.c:
        return {row.id: row.account_id for row in connection.execute(select(table.c.id, table.c.account_id))}
    if name == "users":
        members = Base.metadata.tables["memberships"]
        found = connection.execute(select(members.c.user_id, members.c.account_id).order_by(members.c.id.desc()))
        return {row.user_id: row.account_id for row in found}
    return _by_parent(connection, table)


def _by_parent(connection: Connection, table: Table) -> dict[int, int | None]:
    rows = connection.execute(select(table)).mappings().all()
    if table.name == "messages":
        return {row["id"]: _by_mail(connection, row) for row in rows}
    parent = next((name for name in PARENTS if name in table.c), None)
    above = PARENTS[parent] if parent else "users" if "user_id" in table.c else ""
    if not above:
        return {row["id"]: None for row in rows}
    known = owners(connection, above)
    return {row["id"]: known.get(row[parent or "user_id"]) for row in rows}


def _by_mail(connection: Connection, row: Any) -> int | None:
    """The account of the user to whose address a message went."""
    users, members = Base.metadata.tables["users"], Base.metadata.tables["memberships"]
    mine = and_(users.c.email == row["recipient"], users.c.partner_id == row["partner_id"])
    found = select(members.c.account_id).join(users, users.c.id == members.c.user_id).where(mine)
    number: int | None = connection.execute(found).scalar()
    return number


def _labels(connection: Connection, table: Table) -> dict[int, str]:
    """Row id -> the label of its canary."""
    rest = DESK if table.name in DESK_TABLES else SHOP
    known = account_names(connection)
    if table.name in DESK_TABLES:
        return {row.id: DESK for row in connection.execute(select(table.c.id))}
    return {
        row: known.get(account, rest) if account else rest for row, account in owners(connection, table.name).items()
    }


def account_names(connection: Connection) -> dict[int, str]:
    """Account id -> anna, ben or dora; by the order in which they registered."""
    ids = connection.execute(select(Base.metadata.tables["accounts"].c.id).order_by("id")).scalars().all()
    return dict(zip(ids, NAMES, strict=False))


# --- what must not change, what must not be seen ----------------------------------------------------------------


def fingerprint(engine: Engine) -> dict[str, str]:
    """Table -> hash of all its rows."""
    found = {}
    with engine.connect() as connection, connection.begin():
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(select(table).order_by(table.c.id))
            found[table.name] = _hashed(str(row) for row in rows)
    return found


def by_owner(engine: Engine) -> dict[str, dict[str, str]]:
    """ "tenant 1", "account 2" -> table -> hash of the rows that belong to it, messages and outbox too."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with engine.connect() as connection, connection.begin():
        for table in tenant_tables():
            known = owners(connection, table.name)
            for row in connection.execute(select(table).order_by(table.c.id)).mappings():
                text = str(tuple(row.values()))
                found[f"tenant {row[owner_column(table).name]}"][table.name].append(text)
                if account := known.get(row["id"]):
                    found[f"account {account}"][table.name].append(text)
    return {whose: {name: _hashed(rows) for name, rows in tables.items()} for whose, tables in found.items()}


def _hashed(rows: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables whose rows are not what they were."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def secrets(engine: Engine) -> list[str]:
    """Every value of a secret column."""
    found: set[str] = set()
    with engine.connect() as connection, connection.begin():
        for table in Base.metadata.sorted_tables:
            for name in SECRET & set(table.c.keys()):
                found |= {str(value) for value in connection.execute(select(table.c[name])).scalars() if value}
    return sorted(found)


@cache
def forbidden(tenant: int | None, label: str) -> tuple[str, ...]:
    """The words (lower case) that somebody must never read: `label` is anna, ben, dora, desk or shop (a visitor)."""
    others = [word(other, "") for other in (1, 2) if other != tenant]
    if label != DESK and tenant is not None:
        others += [word(tenant, each) for each in (*NAMES, DESK) if each != label]
    return tuple(each.lower() for each in others)
