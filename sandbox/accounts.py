"""What a new registry starts with: registrar accounts, endings, special names."""

from __future__ import annotations

from sandbox import policy
from sandbox.store import Store

# Kept in clear: they are printed anyway, so that people and tests can sign in.
DEFAULT_ACCOUNTS = (
    ("registrar-one", "sandbox-one"),
    ("registrar-two", "sandbox-two"),
    ("registrar-three", "sandbox-three"),
)


def prepare(store: Store) -> None:
    """Create the tables and, in an empty database, the default content."""
    store.create_tables()
    with store.transaction() as db:
        if db.execute("SELECT 1 FROM accounts LIMIT 1").fetchone():
            return
        for position, (name, password) in enumerate(DEFAULT_ACCOUNTS):
            db.execute("INSERT INTO accounts (id, password, position) VALUES (?, ?, ?)", (name, password, position))
        db.executemany("INSERT INTO tlds (name) VALUES (?)", [(name,) for name in policy.TLDS.split()])
        for kind, names in policy.SPECIAL.items():
            db.executemany("INSERT INTO special_names VALUES (?, ?)", [(name, kind) for name in names.split()])


def sign_ins(store: Store) -> list[dict[str, str]]:
    """The accounts as the ready file lists them."""
    with store.transaction() as db:
        rows = db.execute("SELECT id, password FROM accounts ORDER BY position").fetchall()
    return [{"user": row["id"], "password": row["password"]} for row in rows]
