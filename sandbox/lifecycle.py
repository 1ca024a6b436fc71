"""What time does to domains: expiry, grace, redemption, deletion, transfers that nobody answered.

Every command first calls :func:`advance`. Each step takes its moment from the step before, not from the clock, so a
clock that jumps over a year gives the same result as one that walked.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from sandbox import clock, policy
from sandbox.objects import domain_rows, transfers
from sandbox.objects.request import credit, notify
from sandbox.store import setting


def advance(db: sqlite3.Connection, now: datetime) -> int:
    """Take every step that is due; returns how many."""
    steps = 0
    while True:
        row = db.execute(
            "SELECT * FROM domains WHERE due_at <= ? ORDER BY due_at LIMIT 1", (clock.write(now),)
        ).fetchone()
        if row is None:
            return steps
        _step(db, row)
        steps += 1


def _step(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    if row["transfer_ends"] == row["due_at"]:
        transfers.approve_unanswered(db, row)
    elif row["phase"] == "registered":
        (_autorenew if policy.autorenews(db, row["name"]) else _expire)(db, row)
    else:
        {"expired": _redeem, "redemption": _doom, "pending_restore": _redeem_again, "pending_delete": _purge}[
            row["phase"]
        ](db, row)


def _autorenew(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    expired = clock.read(row["expires_at"])
    cost = int(setting(db, "price"))
    credit(db, row["sponsor"], -cost)
    grace = domain_rows.with_grace(db, row, "autoRenewPeriod", expired, cost=cost, years=1)
    domain_rows.save(db, row["id"], expires_at=clock.write(clock.add_years(expired, 1)), grace=grace)
    notify(db, row["sponsor"], row["expires_at"], f"Domain {row['name']} was renewed automatically")


def _expire(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    _enter(db, row, "expired", row["expires_at"], "expired_days")
    notify(db, row["sponsor"], row["expires_at"], f"Domain {row['name']} has expired")


def _redeem(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    _enter(db, row, "redemption", row["phase_ends"], "redemption_days")
    notify(db, row["sponsor"], row["phase_ends"], f"Domain {row['name']} is in the redemption period")


def _redeem_again(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    # RFC 3915 section 3.1: without a restore report the name falls back into the redemption period.
    _enter(db, row, "redemption", row["phase_ends"], "redemption_days")
    notify(db, row["sponsor"], row["phase_ends"], f"No restore report for {row['name']}: back in the redemption period")


def _doom(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    _enter(db, row, "pending_delete", row["phase_ends"], "pending_delete_days")


def _enter(db: sqlite3.Connection, row: sqlite3.Row, phase: str, start: str, days: str) -> None:
    ends = clock.read(start) + timedelta(days=float(setting(db, days)))
    # A transfer that still waits has lost its object; the asking registrar hears of it.
    if row["transfer_ends"] and phase == "redemption":
        transfers.cancel_by_registry(db, row, start)
    domain_rows.save(db, row["id"], phase=phase, phase_ends=clock.write(ends))


def _purge(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    domain_rows.purge(db, row)
    text = f"Domain {row['name']} was deleted"
    if row["delete_svtrid"]:
        notify(
            db,
            row["sponsor"],
            row["phase_ends"],
            text,
            "pan",
            name=row["name"],
            svtrid=row["delete_svtrid"],
            cltrid=row["delete_cltrid"],
            done_at=row["phase_ends"],
        )
    else:
        notify(db, row["sponsor"], row["phase_ends"], text)
