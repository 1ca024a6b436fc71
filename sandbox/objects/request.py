"""What every object command gets, and the checks that they share."""

from __future__ import annotations

import hmac
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element

from sandbox import clock
from sandbox.epp.commands import Command
from sandbox.epp.results import Refused
from sandbox.epp.xml import child, children, local
from sandbox.store import setting


@dataclass(frozen=True)
class Request:
    """One command of a signed-in registrar, inside a write transaction."""

    db: sqlite3.Connection
    account: str
    command: Command
    now: datetime
    svtrid: str

    @property
    def body(self) -> Element:
        """The object's own element, for example ``domain:create``."""
        return self.command.body

    @property
    def at(self) -> str:
        """The current instant as stored and sent."""
        return clock.write(self.now)


def secret_in(element: Element) -> str | None:
    """The authInfo password in a create, update, info or transfer; None without one.

    Raises ``Refused(2102)`` for other kinds of authorization, which no extension here defines.
    """
    info = child(element, "authInfo")
    if info is None:
        return None
    kind = local(info[0])
    if kind == "ext":
        raise Refused(2102, "only a password is served as authorization information")
    return "" if kind == "null" else (info[0].text or "").strip()


def secret_matches(stored: str, given: str) -> bool:
    """Whether the password opens the object; an empty stored one opens for nobody (RFC 5731 section 3.2.5)."""
    return bool(stored) and hmac.compare_digest(stored.encode(), given.encode())


def require_sponsor(request: Request, row: sqlite3.Row) -> None:
    """Raise ``Refused(2201)`` unless the registrar sponsors the object."""
    if row["sponsor"] != request.account:
        raise Refused(2201, "the object belongs to another registrar")


def stored_statuses(row: sqlite3.Row) -> list[str]:
    """The statuses that were set by somebody (not those that follow from the object's state)."""
    return list(json.loads(row["statuses"]))


def forbid(statuses: list[str], *prohibiting: str) -> None:
    """Raise ``Refused(2304)`` if one of these statuses is set."""
    for status in prohibiting:
        if status in statuses:
            raise Refused(2304, f"status {status}")


def check_limit(request: Request, names: list[str]) -> None:
    """Raise ``Refused(2306)`` for more names in one check than the setting allows."""
    limit = int(setting(request.db, "check_limit"))
    if len(names) > limit:
        raise Refused(2306, f"at most {limit} objects in one check")


def changed_statuses(request: Request, current: list[str]) -> list[str]:
    """The statuses after the update's rem and add. Registrars set only ``client...`` ones (2306)."""
    result = list(current)
    for group in ("rem", "add"):
        for status in statuses_in(request.body, group):
            if not status.startswith("client"):
                raise Refused(2306, f"status {status} is set by the registry")
            if group == "rem":
                if status not in result:
                    raise Refused(2306, f"status {status} is not set")
                result.remove(status)
            elif status in result:
                raise Refused(2306, f"status {status} is set already")
            else:
                result.append(status)
    return result


def statuses_in(body: Element, group: str) -> list[str]:
    """The statuses named in ``add`` or ``rem``."""
    element = child(body, group)
    return [] if element is None else [item.get("s", "") for item in children(element, "status")]


def require_update_allowed(request: Request, statuses: list[str], only_statuses: bool) -> None:
    """clientUpdateProhibited lets only its own removal through (RFC 5731 section 2.3)."""
    forbid(statuses, "serverUpdateProhibited", "pendingDelete")
    lifts = "clientUpdateProhibited" in statuses_in(request.body, "rem") and only_statuses
    if not lifts:
        forbid(statuses, "clientUpdateProhibited")


def charge(db: sqlite3.Connection, account: str, amount: int) -> None:
    """Take the price from a prepaid account. Raises ``Refused(2104)``; accounts without a balance are not charged."""
    row = db.execute("SELECT balance FROM accounts WHERE id = ?", (account,)).fetchone()
    if row is None or row["balance"] is None:
        return
    taken = db.execute(
        "UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ?", (amount, account, amount)
    )
    if taken.rowcount != 1:
        raise Refused(2104, f"the balance {row['balance']} does not cover {amount}")


def credit(db: sqlite3.Connection, account: str, amount: int) -> None:
    """Give money back to a prepaid account (negative: take it, whatever the balance)."""
    db.execute("UPDATE accounts SET balance = balance + ? WHERE id = ? AND balance IS NOT NULL", (amount, account))


def notify(db: sqlite3.Connection, account: str, at: str, text: str, kind: str = "text", **data: object) -> None:
    """Put a message into a registrar's poll queue. ``kind`` names how ``data`` is shown in its resData."""
    db.execute(
        "INSERT INTO messages (account, created_at, text, kind, data) VALUES (?, ?, ?, ?, ?)",
        (account, at, text, kind, json.dumps(data)),
    )
