"""Faults that a test plants: how often a command was seen decides which one suffers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sandbox.epp.commands import Command

KINDS = {
    "lose-before": "drop the connection without executing the command",
    "lose-after": "execute and commit the command, then drop the connection without an answer",
    "delay": "answer after --seconds",
    "duplicate": "send the answer twice",
    "close-mid-frame": "execute the command, send half of the answer, then close",
    "code": "answer --code without executing the command",
}


@dataclass(frozen=True)
class Fault:
    """A fault that strikes now."""

    kind: str
    code: int
    seconds: float


def take(db: sqlite3.Connection, command: Command, account: str | None) -> Fault | None:
    """Count this command on every fault that it fits; the first one whose turn it is strikes.

    A fault for ``transfer`` fits every transfer, one for ``transfer approve`` only these.
    """
    rows = db.execute(
        "SELECT * FROM faults WHERE coalesce(command, :c) IN (:c, :full) "
        "AND coalesce(object, :o, '') = coalesce(:o, '') "
        "AND coalesce(account, :a, '') = coalesce(:a, '') ORDER BY id",
        {"c": command.verb, "full": command.title, "o": command.object, "a": account},
    ).fetchall()
    if not rows:
        return None
    db.executemany("UPDATE faults SET seen = seen + 1 WHERE id = ?", [(row["id"],) for row in rows])
    for row in rows:
        if row["nth"] <= row["seen"] + 1 < row["nth"] + row["count"]:
            return Fault(row["kind"], row["code"] or 2400, row["seconds"] or 0.0)
    return None
