"""Domain transfer (RFC 5731 section 3.2.4): a registrar asks with the authInfo, the sponsor has some days to say no."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

from sandbox import clock
from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import block, text
from sandbox.objects import domain_rows
from sandbox.objects import request as shared
from sandbox.objects.domains import years_in
from sandbox.objects.request import Request, notify
from sandbox.store import setting


def transfer(request: Request) -> Answer:
    """``domain:transfer`` with any op."""
    row = domain_rows.get(request.db, text(request.body, "name"))
    given = shared.secret_in(request.body)
    if given is not None and not shared.secret_matches(row["auth_info"], given):
        raise Refused(2202)
    if request.command.op == "request":
        return _request(request, row, given)
    if request.command.op == "query":
        return _query(request, row, given)
    return _decide(request, row)


def _request(request: Request, row: sqlite3.Row, given: str | None) -> Answer:
    if row["sponsor"] == request.account:
        raise Refused(2106, "the domain is yours already")
    if given is None:
        raise Refused(2003, "a transfer needs the authInfo")
    if row["transfer_ends"]:
        raise Refused(2300)
    shared.forbid(
        domain_rows.statuses(request.db, row), "clientTransferProhibited", "serverTransferProhibited", "pendingDelete"
    )
    years = years_in(request.body)
    cost = years * int(setting(request.db, "price"))
    shared.charge(request.db, request.account, cost)
    ends = clock.write(request.now + timedelta(days=float(setting(request.db, "transfer_days"))))
    state = {
        "status": "pending",
        "to": request.account,
        "from": row["sponsor"],
        "requested_at": request.at,
        "acted_at": ends,
        "years": years,
        "cost": cost,
        "expires_at": domain_rows.later(row, years, request.now, 2306),
    }
    domain_rows.save(request.db, row["id"], transfer=json.dumps(state), transfer_ends=ends)
    _tell(request.db, row, state, row["sponsor"], "Transfer requested")
    return Answer(1001, data=_data(row, state))


def _query(request: Request, row: sqlite3.Row, given: str | None) -> Answer:
    if not row["transfer"]:
        raise Refused(2301, "no transfer was ever asked for")
    state = json.loads(row["transfer"])
    if request.account not in (state["to"], state["from"], row["sponsor"]) and given is None:
        raise Refused(2201, "the transfer is between others")
    return Answer(data=_data(row, state))


def _decide(request: Request, row: sqlite3.Row) -> Answer:
    if not row["transfer_ends"]:
        raise Refused(2301)
    state = json.loads(row["transfer"])
    op = request.command.op
    entitled = state["to"] if op == "cancel" else state["from"]
    if request.account != entitled:
        raise Refused(2201, f"only {'the asking' if op == 'cancel' else 'the sponsoring'} registrar may {op}")
    status = {"approve": "clientApproved", "reject": "clientRejected", "cancel": "clientCancelled"}[op]
    state = _finish(request.db, row, state, status, request.at)
    other = state["from"] if op == "cancel" else state["to"]
    _tell(request.db, row, state, other, f"Transfer {status}")
    return Answer(data=_data(row, state))


def approve_unanswered(db: sqlite3.Connection, row: sqlite3.Row) -> None:
    """The days to answer are over: silence is consent."""
    state = _finish(db, row, json.loads(row["transfer"]), "serverApproved", row["transfer_ends"])
    for account in (state["to"], state["from"]):
        _tell(db, row, state, account, "Transfer serverApproved")


def cancel_by_registry(db: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
    """The registry ends a waiting transfer."""
    state = _finish(db, row, json.loads(row["transfer"]), "serverCancelled", at)
    for account in (state["to"], state["from"]):
        _tell(db, row, state, account, "Transfer serverCancelled")


def _finish(db: sqlite3.Connection, row: sqlite3.Row, state: dict[str, Any], status: str, at: str) -> dict[str, Any]:
    state = {**state, "status": status, "acted_at": at}
    columns: dict[str, Any] = {"transfer_ends": None}
    if status.endswith("Approved"):
        columns.update(_taken_over(db, row, state, at))
    else:
        shared.credit(db, state["to"], state["cost"])
        state["expires_at"] = row["expires_at"]
    domain_rows.save(db, row["id"], transfer=json.dumps(state), **columns)
    return state


def _taken_over(db: sqlite3.Connection, row: sqlite3.Row, state: dict[str, Any], at: str) -> dict[str, Any]:
    # Subordinate hosts follow their domain (RFC 5732 section 1.1).
    db.execute("UPDATE hosts SET sponsor = ?, transferred_at = ? WHERE parent_id = ?", (state["to"], at, row["id"]))
    grace = domain_rows.with_grace(db, None, "transferPeriod", clock.read(at), cost=state["cost"], years=state["years"])
    columns = {"sponsor": state["to"], "transferred_at": at, "expires_at": state["expires_at"], "grace": grace}
    if state["expires_at"] > at:
        columns.update(phase="registered", phase_ends=None)
    return columns


def _tell(db: sqlite3.Connection, row: sqlite3.Row, state: dict[str, Any], account: str, text: str) -> None:
    at = state["requested_at"] if state["status"] == "pending" else state["acted_at"]
    notify(db, account, at, f"{text}: {row['name']}", "transfer", name=row["name"], state=state)


def _data(row: sqlite3.Row, state: dict[str, Any]) -> Element:
    return domain_rows.write_transfer(block("domain", "trnData"), row, state)
