"""What a domain's row means: its statuses, its grace periods, and when something will next happen to it."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from sandbox import clock
from sandbox.epp.results import Refused
from sandbox.epp.xml import add
from sandbox.objects.request import stored_statuses
from sandbox.store import setting

MAX_YEARS = 10


def find(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    """The domain's row, or None."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM domains WHERE name = ?", (name.lower(),)).fetchone()
    return row


def get(db: sqlite3.Connection, name: str) -> sqlite3.Row:
    """The domain's row. Raises ``Refused(2303)``."""
    row = find(db, name)
    if row is None:
        raise Refused(2303, f"domain {name}"[:200])
    return row


def save(db: sqlite3.Connection, domain: int, **columns: Any) -> None:
    """Change columns of one domain and work out anew when it is next due. The names come from our code, never from
    a client."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    db.execute(f"UPDATE domains SET {assignments} WHERE id = ?", (*columns.values(), domain))  # noqa: S608
    db.execute(
        "UPDATE domains SET due_at = min(CASE phase WHEN 'registered' THEN expires_at ELSE phase_ends END, "
        "coalesce(transfer_ends, '9999')) WHERE id = ?",
        (domain,),
    )


def statuses(db: sqlite3.Connection, row: sqlite3.Row) -> list[str]:
    """All statuses (RFC 5731 section 2.3): those that were set, then those that follow from the state."""
    result = stored_statuses(row)
    if row["phase"] == "expired" and "serverHold" not in result:
        result.append("serverHold")
    if row["phase"] in ("redemption", "pending_restore", "pending_delete"):
        result.append("pendingDelete")
    if row["transfer_ends"]:
        result.append("pendingTransfer")
    delegated = db.execute("SELECT 1 FROM domain_hosts WHERE domain_id = ? LIMIT 1", (row["id"],)).fetchone()
    if not delegated:
        result.append("inactive")
    return result or ["ok"]


def grace_periods(row: sqlite3.Row, now: datetime) -> list[dict[str, Any]]:
    """The grace periods (RFC 3915 section 3.1) that still run: ``kind``, ``ends``, ``cost``, ``years``."""
    at = clock.write(now)
    return [entry for entry in json.loads(row["grace"]) if entry["ends"] > at]


def with_grace(
    db: sqlite3.Connection, row: sqlite3.Row | None, kind: str, start: datetime, *, cost: int, years: int
) -> str:
    """The stored list of grace periods with one more; its length is the setting of its kind."""
    days = {
        "addPeriod": "add_grace_days",
        "renewPeriod": "renew_grace_days",
        "autoRenewPeriod": "auto_renew_grace_days",
        "transferPeriod": "transfer_grace_days",
    }[kind]
    ends = start + timedelta(days=float(setting(db, days)))
    running = [] if row is None else grace_periods(row, start)
    return json.dumps([*running, {"kind": kind, "ends": clock.write(ends), "cost": cost, "years": years}])


def rgp_statuses(row: sqlite3.Row, now: datetime) -> list[str]:
    """The ``rgp:rgpStatus`` values of the moment."""
    phases = {
        "redemption": ["redemptionPeriod"],
        "pending_restore": ["pendingRestore"],
        "pending_delete": ["pendingDelete"],
    }
    return phases.get(row["phase"]) or list(dict.fromkeys(entry["kind"] for entry in grace_periods(row, now)))


def later(row: sqlite3.Row, years: int, now: datetime, code: int) -> str:
    """The date of expiry ``years`` later. Raises ``Refused(code)`` when that is over ten years from now."""
    expires = clock.add_years(clock.read(row["expires_at"]), years)
    if expires > clock.add_years(now, MAX_YEARS):
        raise Refused(code, f"a name can be held for at most {MAX_YEARS} years from today")
    return clock.write(expires)


def purge(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """Forget a domain, its subordinate hosts, and every delegation to those."""
    db.execute("DELETE FROM domains WHERE id = ?", (row["id"],))


def write_transfer(data: Element, row: sqlite3.Row | dict[str, Any], transfer: dict[str, Any]) -> Element:
    """Fill a ``domain:trnData`` (RFC 5731 section 3.2.4)."""
    add(data, "name", row["name"])
    add(data, "trStatus", transfer["status"])
    add(data, "reID", transfer["to"])
    add(data, "reDate", transfer["requested_at"])
    add(data, "acID", transfer["from"])
    add(data, "acDate", transfer["acted_at"])
    add(data, "exDate", transfer["expires_at"])
    return data
