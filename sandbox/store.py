"""The registry's SQLite database: schema, one transaction at a time, settings."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DATABASE = "registry.sqlite3"

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, password TEXT NOT NULL, balance INTEGER, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tlds (name TEXT PRIMARY KEY, expiry TEXT NOT NULL DEFAULT 'expire');
CREATE TABLE IF NOT EXISTS special_names (name TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (
    id TEXT PRIMARY KEY COLLATE NOCASE, roid TEXT NOT NULL, sponsor TEXT NOT NULL, created_by TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_by TEXT, updated_at TEXT, auth_info TEXT NOT NULL, data TEXT NOT NULL,
    statuses TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS domains (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, sponsor TEXT NOT NULL, created_by TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_by TEXT, updated_at TEXT, transferred_at TEXT, expires_at TEXT NOT NULL,
    auth_info TEXT NOT NULL, registrant TEXT, statuses TEXT NOT NULL DEFAULT '[]',
    phase TEXT NOT NULL DEFAULT 'registered', phase_ends TEXT, grace TEXT NOT NULL DEFAULT '[]',
    ds_data TEXT NOT NULL DEFAULT '[]', max_sig_life INTEGER, delete_svtrid TEXT, delete_cltrid TEXT,
    transfer TEXT, transfer_ends TEXT, due_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS domains_due ON domains (due_at);
CREATE TABLE IF NOT EXISTS domain_contacts (
    domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE, role TEXT NOT NULL,
    contact_id TEXT NOT NULL COLLATE NOCASE REFERENCES contacts (id), PRIMARY KEY (domain_id, role, contact_id));
CREATE INDEX IF NOT EXISTS domain_contacts_back ON domain_contacts (contact_id);
CREATE TABLE IF NOT EXISTS hosts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, sponsor TEXT NOT NULL, created_by TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_by TEXT, updated_at TEXT, transferred_at TEXT,
    parent_id INTEGER REFERENCES domains (id) ON DELETE CASCADE,
    addresses TEXT NOT NULL DEFAULT '[]', statuses TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS hosts_parent ON hosts (parent_id);
CREATE TABLE IF NOT EXISTS domain_hosts (
    domain_id INTEGER NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    host_id INTEGER NOT NULL REFERENCES hosts (id) ON DELETE CASCADE, PRIMARY KEY (domain_id, host_id));
CREATE INDEX IF NOT EXISTS domain_hosts_back ON domain_hosts (host_id);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, created_at TEXT NOT NULL, text TEXT NOT NULL,
    kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_account ON messages (account, id);
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, account TEXT, command TEXT NOT NULL, object TEXT,
    names TEXT NOT NULL DEFAULT '', cltrid TEXT, svtrid TEXT, code INTEGER, fault TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, command TEXT, object TEXT, account TEXT,
    nth INTEGER NOT NULL, count INTEGER NOT NULL, code INTEGER, seconds REAL, seen INTEGER NOT NULL DEFAULT 0);
"""

DEFAULTS: dict[str, Any] = {
    "clock_offset": 0.0,
    "delay_ms": 0,
    "maintenance": False,
    "check_limit": 100,
    "session_limit": 50,
    "idle_seconds": 600,
    "frame_seconds": 30,
    "add_grace_days": 5,
    "renew_grace_days": 5,
    "auto_renew_grace_days": 45,
    "transfer_grace_days": 5,
    "expired_days": 30,
    "redemption_days": 30,
    "restore_report": False,
    "restore_report_days": 7,
    "pending_delete_days": 5,
    "transfer_days": 5,
    "price": 1000,
    "restore_price": 8000,
    "premium_price": 250000,
    "currency": "PLN",
}


class Store:
    """The open database. One lock lets the threads of this process in one after another; SQLite's own lock keeps
    the command line, which works on the same file from another process, apart from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self.db = sqlite3.connect(folder / DATABASE, timeout=10, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA foreign_keys=ON")

    def create_tables(self) -> None:
        """Make what is missing; keeps what is there."""
        self.db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end of the block, rolled back by an exception."""
        with self._lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                # A failed COMMIT (a full disk) leaves the transaction open; a rollback by SQLite itself does not.
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only this block when it raises; the transaction around it goes on."""
        self.db.execute("SAVEPOINT command")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO command")
            self.db.execute("RELEASE command")
            raise
        self.db.execute("RELEASE command")

    def close(self) -> None:
        """Close the file. Waits for the transaction of another thread."""
        with self._lock:
            self.db.close()


def setting(db: sqlite3.Connection, key: str) -> Any:
    """One setting, as the command line last left it. Raises ``KeyError`` for an unknown one."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return DEFAULTS[key] if row is None else json.loads(row["value"])


def set_setting(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Change one setting; the server sees it with its next command."""
    if key not in DEFAULTS:
        raise KeyError(key)
    db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, json.dumps(value)))
