"""What the command line does to a registry's database. The server reads it anew with every command."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from sandbox import clock, lifecycle, policy
from sandbox.epp.commands import OBJECT_VERBS, SESSION_VERBS
from sandbox.epp.results import MESSAGES, Refused
from sandbox.objects import domain_rows, domains
from sandbox.store import DEFAULTS, set_setting, setting

Run: TypeAlias = Callable[[sqlite3.Connection, argparse.Namespace], Any]
# Some nine hundred years: a registered name's dates stay inside what a date can hold.
LATEST_OFFSET = 900 * 365.25 * 86400
_JSON_COLUMNS = ("statuses", "grace", "ds_data", "transfer", "data", "addresses")

TABLES = {
    "domains": "SELECT * FROM domains ORDER BY name",
    "contacts": "SELECT * FROM contacts ORDER BY id",
    "hosts": "SELECT * FROM hosts ORDER BY name",
    "accounts": "SELECT id, password, balance FROM accounts ORDER BY position",
    "tlds": "SELECT * FROM tlds ORDER BY name",
    "names": "SELECT * FROM special_names ORDER BY name",
    "messages": "SELECT * FROM messages ORDER BY id",
    "log": "SELECT * FROM log ORDER BY id",
}


class SteeringError(Exception):
    """The command cannot be done; the message says why."""


def as_text(result: Any) -> str:
    """A result for people: one line a row, empty values left out."""
    if isinstance(result, dict):
        return "  ".join(f"{key}={value}" for key, value in result.items() if value not in (None, "", []))
    return "\n".join(as_text(item) for item in result) if result else "nothing"


def show(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``list``."""
    lifecycle.advance(db, clock.now(db))
    return [_plain(db, options.what, row) for row in db.execute(TABLES[options.what])]


def _plain(db: sqlite3.Connection, what: str, row: sqlite3.Row) -> dict[str, Any]:
    plain = {key: json.loads(value) if key in _JSON_COLUMNS and value else value for key, value in dict(row).items()}
    if what == "domains":
        plain["statuses"] = domain_rows.statuses(db, row)
        plain["rgp"] = domain_rows.rgp_statuses(row, clock.now(db))
        plain["hosts"] = domains.delegation(db, row["id"])
    return plain


def change(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``set``."""
    return {"domain": _change_domain, "account": _change_account, "tld": _change_tld, "name": _change_name}[
        options.what
    ](db, options)


def _change_domain(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    row = domain_rows.find(db, options.name)
    if row is None:
        raise SteeringError(f"no domain {options.name}")
    columns: dict[str, Any] = {}
    if options.registrar:
        columns["sponsor"] = _account(db, options.registrar)
    if options.expires:
        # Another date of expiry is another life: the phases that followed from the old one are void.
        columns.update(expires_at=clock.write(_instant(options.expires)), phase="registered", phase_ends=None)
    if options.status is not None:
        columns["statuses"] = json.dumps([status for status in options.status if status])
    if options.auth_info is not None:
        columns["auth_info"] = options.auth_info
    if not columns:
        raise SteeringError("nothing to change: give --registrar, --expires, --status or --auth-info")
    domain_rows.save(db, row["id"], **columns)
    lifecycle.advance(db, clock.now(db))
    changed = domain_rows.find(db, options.name)
    return {"deleted": options.name} if changed is None else _plain(db, "domains", changed)


def _change_account(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    if options.password:
        if not (3 <= len(options.name) <= 16 and 6 <= len(options.password) <= 16):
            raise SteeringError("an account has 3 to 16 characters, a password 6 to 16 (RFC 5730)")
        db.execute(
            "INSERT INTO accounts (id, password, position) VALUES (?, ?, (SELECT count(*) FROM accounts)) "
            "ON CONFLICT (id) DO UPDATE SET password = excluded.password",
            (options.name, options.password),
        )
    name = _account(db, options.name)
    if options.balance is not None:
        if not re.fullmatch(r"-?\d{1,15}|none", options.balance):
            raise SteeringError("--balance takes a whole number of minor units, or 'none'")
        balance = None if options.balance == "none" else int(options.balance)
        db.execute("UPDATE accounts SET balance = ? WHERE id = ?", (balance, name))
    return dict(db.execute("SELECT id, password, balance FROM accounts WHERE id = ?", (name,)).fetchone())


def _change_tld(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    name = options.name.lower().strip(".")
    if options.expiry == "gone":
        db.execute("DELETE FROM tlds WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO tlds (name, expiry) VALUES (?, ?)", (name, options.expiry or "expire"))
    return {"name": name, "expiry": options.expiry or "expire"}


def _change_name(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    try:
        name = policy.registrable(db, options.name)
    except Refused as refusal:
        raise SteeringError(refusal.reason) from refusal
    db.execute("DELETE FROM special_names WHERE name = ?", (name,))
    if options.kind and options.kind != "free":
        db.execute("INSERT INTO special_names VALUES (?, ?)", (name, options.kind))
    return {"name": name, "kind": options.kind or "free"}


def take(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``take``: the name is registered by somebody else, without a command in the log."""
    now = clock.now(db)
    lifecycle.advance(db, now)
    reason = domains.why_unavailable(db, options.name)
    if reason:
        raise SteeringError(f"{options.name}: {reason}")
    last = db.execute("SELECT id FROM accounts ORDER BY position DESC LIMIT 1").fetchone()["id"]
    taker = _account(db, options.registrar or last)
    expires = clock.write(clock.add_years(now, options.years))
    name = policy.host_name(options.name)
    db.execute(
        "INSERT INTO domains (name, sponsor, created_by, created_at, expires_at, due_at, auth_info) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, taker, taker, clock.write(now), expires, expires, secrets.token_hex(8)),
    )
    return _plain(db, "domains", domain_rows.get(db, name))


def move_clock(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``clock``."""
    if options.set:
        clock.set_now(db, _instant(options.set))
    elif options.advance:
        moved = float(setting(db, "clock_offset")) + _seconds(clock.now(db), options.advance)
        if moved > LATEST_OFFSET:
            raise SteeringError(f"--advance {options.advance}: too far")
        set_setting(db, "clock_offset", moved)
    elif options.real:
        set_setting(db, "clock_offset", 0.0)
    lifecycle.advance(db, clock.now(db))
    return {"now": clock.write(clock.now(db)), "offset_seconds": setting(db, "clock_offset")}


def _seconds(now: datetime, text: str) -> float:
    found = re.fullmatch(r"(\d{1,6})([ydhms])", text)
    if not found:
        raise SteeringError("--advance takes a number and a unit: 30d, 12h, 45m, 10s, 1y")
    count, unit = int(found[1]), found[2]
    if unit != "y":
        return float(count * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit])
    try:
        return (clock.add_years(now, count) - now).total_seconds()
    except ValueError as error:
        raise SteeringError(f"--advance {text}: too far") from error


def set_delay(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``delay``."""
    if not 0 <= options.ms <= 600_000:
        raise SteeringError("--ms takes 0 to 600000")
    set_setting(db, "delay_ms", options.ms)
    return {"delay_ms": options.ms}


def set_maintenance(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``maintenance``."""
    set_setting(db, "maintenance", options.state == "on")
    return {"maintenance": options.state}


def change_setting(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``setting``: without a value shows; the new value must be of the kind of the default."""
    if options.key is None:
        return {key: setting(db, key) for key in DEFAULTS}
    if options.value is not None:
        set_setting(db, options.key, _like(DEFAULTS[options.key], options.value))
    return {options.key: setting(db, options.key)}


def _like(default: Any, text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    fits = (
        isinstance(value, bool)
        if isinstance(default, bool)
        else (isinstance(value, int | float) and not isinstance(value, bool))
    )
    if not fits or (value is not True and value < 0 and not isinstance(default, float)):
        raise SteeringError(f"a value like {json.dumps(default)} is needed")
    return value


def fault(db: sqlite3.Connection, options: argparse.Namespace) -> Any:
    """``fault add|list|clear``."""
    if options.action == "clear":
        db.execute("DELETE FROM faults")
    elif options.action == "add":
        _add_fault(db, options)
    return [dict(row) for row in db.execute("SELECT * FROM faults ORDER BY id")]


def _add_fault(db: sqlite3.Connection, options: argparse.Namespace) -> None:
    if options.kind is None:
        raise SteeringError("fault add needs --kind")
    if options.kind == "code" and options.code not in MESSAGES:
        raise SteeringError("kind code needs --code with a result code of RFC 5730, for example 2400")
    if options.kind == "delay" and not options.seconds:
        raise SteeringError("kind delay needs --seconds")
    if options.epp_command and options.epp_command.split()[0] not in (*OBJECT_VERBS, *SESSION_VERBS, "hello"):
        raise SteeringError(f"no EPP command {options.epp_command}")
    if options.nth < 1 or options.count < 1:
        raise SteeringError("--nth and --count start at 1")
    db.execute(
        "INSERT INTO faults (kind, command, object, account, nth, count, code, seconds) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            options.kind,
            options.epp_command,
            options.object,
            options.account,
            options.nth,
            options.count,
            options.code,
            options.seconds,
        ),
    )


def _account(db: sqlite3.Connection, name: str) -> str:
    if db.execute("SELECT 1 FROM accounts WHERE id = ?", (name,)).fetchone() is None:
        raise SteeringError(f"no account {name}")
    return name


def _instant(text: str) -> datetime:
    try:
        instant = clock.read(text)
    except (ValueError, OverflowError) as error:
        raise SteeringError(f"not an ISO 8601 instant: {text}") from error
    if not 1990 <= instant.year < 2990:
        raise SteeringError(f"not between 1990 and 2989: {text}")
    return instant
