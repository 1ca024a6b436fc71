"""Domain update (RFC 5731 section 3.2.5) and the restore that travels in it (RFC 3915)."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

from sandbox import clock
from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, child, children, collapse, text
from sandbox.objects import dnssec, domain_rows, domains
from sandbox.objects import request as shared
from sandbox.objects.request import Request
from sandbox.store import setting


def update(request: Request) -> Answer:
    """``domain:update``: first what ``rem`` names goes, then what ``add`` names comes, then ``chg``."""
    row = domain_rows.get(request.db, text(request.body, "name"))
    shared.require_sponsor(request, row)
    restoring = request.command.extensions.get("rgp")
    if restoring is not None:
        return _restore(request, row, restoring)
    if len(request.body) < 2 and not request.command.extensions:
        raise Refused(2003, "an update needs add, rem or chg")
    current = domain_rows.statuses(request.db, row)
    shared.forbid(current, "pendingTransfer")
    shared.require_update_allowed(request, current, _only_statuses(request))
    columns = _changes(request)
    signing = dnssec.updated(request, row)
    _unlink(request, row["id"])
    added = child(request.body, "add")
    if added is not None:
        domains.link_contacts(request.db, row["id"], added)
        domains.link_hosts(request.db, row["id"], added)
    domain_rows.save(
        request.db,
        row["id"],
        ds_data=json.dumps(signing.records),
        max_sig_life=signing.max_sig_life,
        statuses=json.dumps(shared.changed_statuses(request, shared.stored_statuses(row))),
        **columns,
    )
    return Answer()


def _only_statuses(request: Request) -> bool:
    parts = [child(request.body, group) for group in ("add", "rem")]
    others = any(child(part, name) is not None for part in parts if part is not None for name in ("ns", "contact"))
    return not others and child(request.body, "chg") is None and not request.command.extensions


def _changes(request: Request) -> dict[str, Any]:
    columns: dict[str, Any] = {"updated_by": request.account, "updated_at": request.at}
    change = child(request.body, "chg")
    if change is None:
        return columns
    if child(change, "registrant") is not None:
        columns["registrant"] = domains.registrant_in(request.db, change)
    secret = shared.secret_in(change)
    if secret is not None:
        columns["auth_info"] = secret
    return columns


def _unlink(request: Request, domain: int) -> None:
    removed = child(request.body, "rem")
    if removed is None:
        return
    for host in domains.host_ids(request.db, removed):
        gone = request.db.execute("DELETE FROM domain_hosts WHERE domain_id = ? AND host_id = ?", (domain, host))
        if gone.rowcount != 1:
            raise Refused(2306, "a name server is not there")
    for item in children(removed, "contact"):
        gone = request.db.execute(
            "DELETE FROM domain_contacts WHERE domain_id = ? AND role = ? AND contact_id = ?",
            (domain, item.get("type", "admin"), collapse(item.text)),
        )
        if gone.rowcount != 1:
            raise Refused(2306, f"contact {collapse(item.text)} is not there")


def _restore(request: Request, row: sqlite3.Row, extension: Element) -> Answer:
    restore = child(extension, "restore")
    op = "" if restore is None else restore.get("op", "")
    if any(len(part) for part in list(request.body)[1:]):
        raise Refused(2002, "a restore changes nothing else (RFC 3915 section 4.2.5)")
    if op == "report":
        return _report(request, row, restore)
    if row["phase"] != "redemption":
        raise Refused(2304, "the domain is not in the redemption period")
    shared.charge(request.db, request.account, int(setting(request.db, "restore_price")))
    if not setting(request.db, "restore_report"):
        _bring_back(request, row)
        return Answer()
    ends = clock.write(request.now + timedelta(days=float(setting(request.db, "restore_report_days"))))
    domain_rows.save(request.db, row["id"], phase="pending_restore", phase_ends=ends)
    answer = block("rgp", "upData")
    add(answer, "rgpStatus", s="pendingRestore")
    return Answer(extensions=[answer])


def _report(request: Request, row: sqlite3.Row, restore: Element | None) -> Answer:
    if row["phase"] != "pending_restore":
        raise Refused(2304, "no restore report is expected")
    if restore is None or child(restore, "report") is None:
        raise Refused(2003, "the report is missing")
    _bring_back(request, row)
    return Answer()


def _bring_back(request: Request, row: sqlite3.Row) -> None:
    """Registered again. A name whose term ended meanwhile gets the years it takes to be alive today."""
    expires = clock.read(row["expires_at"])
    while expires <= request.now:
        expires = clock.add_years(expires, 1)
    domain_rows.save(
        request.db,
        row["id"],
        phase="registered",
        phase_ends=None,
        expires_at=clock.write(expires),
        delete_svtrid=None,
        delete_cltrid=None,
        updated_by=request.account,
        updated_at=request.at,
    )
