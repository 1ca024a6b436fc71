"""The poll queue (RFC 5730 section 2.9.2.3)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from xml.etree.ElementTree import Element

from sandbox.epp.answers import Answer, QueueHead
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block
from sandbox.objects import domain_rows
from sandbox.objects.request import Request


def poll(request: Request) -> Answer:
    """``poll``: req shows the oldest message (1301) or says that there is none (1300); ack removes one."""
    if request.command.op == "ack":
        return _acknowledge(request)
    row = _first(request)
    if row is None:
        return Answer(1300)
    head = QueueHead(_count(request), row["id"], row["created_at"], row["text"])
    return Answer(1301, queue=head, data=_data(row["kind"], json.loads(row["data"])))


def _acknowledge(request: Request) -> Answer:
    identity = request.command.body.get("msgID", "")
    if not identity:
        raise Refused(2003, "an ack needs msgID")
    number = int(identity) if identity.isascii() and identity.isdigit() and len(identity) < 16 else -1
    gone = request.db.execute("DELETE FROM messages WHERE id = ? AND account = ?", (number, request.account))
    if gone.rowcount != 1:
        raise Refused(2303, f"message {identity}"[:200])
    row = _first(request)
    return Answer(queue=None if row is None else QueueHead(_count(request), row["id"]))


def _first(request: Request) -> sqlite3.Row | None:
    row: sqlite3.Row | None = request.db.execute(
        "SELECT * FROM messages WHERE account = ? ORDER BY id LIMIT 1", (request.account,)
    ).fetchone()
    return row


def _count(request: Request) -> int:
    found = request.db.execute("SELECT count(*) FROM messages WHERE account = ?", (request.account,))
    return int(found.fetchone()[0])


def _data(kind: str, data: dict[str, Any]) -> Element | None:
    if kind == "transfer":
        return domain_rows.write_transfer(block("domain", "trnData"), data, data["state"])
    return _pending_action(data) if kind == "pan" else None


def _pending_action(data: dict[str, Any]) -> Element:
    """``domain:panData`` (RFC 5731 section 3.3): a delete that was answered 1001 is done."""
    element = block("domain", "panData")
    add(element, "name", data["name"], paResult="1")
    identifiers = add(element, "paTRID")
    # The children of paTRID belong to the protocol's namespace, the document's default one.
    for name, value in (("clTRID", data["cltrid"]), ("svTRID", data["svtrid"])):
        if value:
            child = Element(name)
            child.text = value
            identifiers.append(child)
    add(element, "paDate", data["done_at"])
    return element
