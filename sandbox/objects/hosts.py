"""Host commands (RFC 5732). A host under a name of this registry needs its domain, and addresses; others have none."""

from __future__ import annotations

import json
import sqlite3
from xml.etree.ElementTree import Element

from sandbox import policy
from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, child, children, collapse, text, texts
from sandbox.objects import request as shared
from sandbox.objects.request import Request


def check(request: Request) -> Answer:
    """``host:check``."""
    names = texts(request.body, "name")
    shared.check_limit(request, names)
    data = block("host", "chkData")
    for raw in names:
        reason = _reason(request.db, raw)
        item = add(data, "cd")
        add(item, "name", raw, avail="0" if reason else "1")
        if reason:
            add(item, "reason", reason)
    return Answer(data=data)


def _reason(db: sqlite3.Connection, raw: str) -> str | None:
    try:
        return "In use" if find(db, policy.host_name(raw)) is not None else None
    except Refused:
        return "Not a valid name"


def info(request: Request) -> Answer:
    """``host:info``: for every registrar, because any may delegate to it."""
    row = get(request.db, text(request.body, "name"))
    data = block("host", "infData")
    add(data, "name", row["name"])
    add(data, "roid", f"H{row['id']}-SANDBOX")
    set_by = shared.stored_statuses(row)
    for status in set_by + (["linked"] if is_linked(request.db, row["id"]) else []) + ([] if set_by else ["ok"]):
        add(data, "status", s=status)
    for kind, value in json.loads(row["addresses"]):
        add(data, "addr", value, ip=kind)
    for name, column in (
        ("clID", "sponsor"),
        ("crID", "created_by"),
        ("crDate", "created_at"),
        ("upID", "updated_by"),
        ("upDate", "updated_at"),
        ("trDate", "transferred_at"),
    ):
        if row[column]:
            add(data, name, row[column])
    return Answer(data=data)


def create(request: Request) -> Answer:
    """``host:create``."""
    name = policy.host_name(text(request.body, "name"))
    if find(request.db, name) is not None:
        raise Refused(2302, name)
    parent = _parent(request, name)
    addresses = _addresses(request.body)
    _require_glue(parent is not None, addresses)
    request.db.execute(
        "INSERT INTO hosts (name, sponsor, created_by, created_at, parent_id, addresses) VALUES (?, ?, ?, ?, ?, ?)",
        (name, request.account, request.account, request.at, parent, json.dumps(addresses)),
    )
    data = block("host", "creData")
    add(data, "name", name)
    add(data, "crDate", request.at)
    return Answer(data=data)


def update(request: Request) -> Answer:
    """``host:update``: addresses, statuses, and a new name."""
    row = get(request.db, text(request.body, "name"))
    shared.require_sponsor(request, row)
    deltas = [child(request.body, group) for group in ("add", "rem")]
    plain = child(request.body, "chg") is None and not any(_addresses(item) for item in deltas if item is not None)
    shared.require_update_allowed(request, shared.stored_statuses(row), plain)
    if len(request.body) < 2:
        raise Refused(2003, "an update needs add, rem or chg")
    statuses = shared.changed_statuses(request, shared.stored_statuses(row))
    name, parent = _renamed(request, row)
    addresses = _changed_addresses(request.body, json.loads(row["addresses"]))
    _require_glue(parent is not None, addresses)
    request.db.execute(
        "UPDATE hosts SET name = ?, parent_id = ?, addresses = ?, statuses = ?, updated_by = ?, updated_at = ? "
        "WHERE id = ?",
        (name, parent, json.dumps(addresses), json.dumps(statuses), request.account, request.at, row["id"]),
    )
    return Answer()


def delete(request: Request) -> Answer:
    """``host:delete``: refused (2305) while a domain is delegated to it."""
    row = get(request.db, text(request.body, "name"))
    shared.require_sponsor(request, row)
    shared.forbid(shared.stored_statuses(row), "clientDeleteProhibited", "serverDeleteProhibited")
    if is_linked(request.db, row["id"]):
        raise Refused(2305, "a domain is delegated to this host")
    request.db.execute("DELETE FROM hosts WHERE id = ?", (row["id"],))
    return Answer()


def find(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    """The host's row, or None."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM hosts WHERE name = ?", (name,)).fetchone()
    return row


def get(db: sqlite3.Connection, raw: str) -> sqlite3.Row:
    """The host's row. Raises ``Refused`` 2005 or 2303."""
    row = find(db, policy.host_name(raw))
    if row is None:
        raise Refused(2303, f"host {raw}"[:200])
    return row


def is_linked(db: sqlite3.Connection, host: int) -> bool:
    """Whether a domain is delegated to the host."""
    return db.execute("SELECT 1 FROM domain_hosts WHERE host_id = ? LIMIT 1", (host,)).fetchone() is not None


def _parent(request: Request, name: str) -> int | None:
    """The id of the domain that the host is under; None for a host outside of this registry's endings."""
    labels = name.split(".")
    candidates = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    domain = next((item for item in candidates if policy.suffix_of(request.db, item)), None)
    if domain is None:
        return None
    row = request.db.execute("SELECT * FROM domains WHERE name = ?", (domain,)).fetchone()
    if row is None:
        raise Refused(2303, f"domain {domain}")
    shared.require_sponsor(request, row)
    return int(row["id"])


def _addresses(element: Element) -> list[list[str]]:
    found: list[list[str]] = []
    for item in children(element, "addr"):
        kind = item.get("ip", "v4")
        pair = [kind, policy.address(collapse(item.text), kind)]
        if pair not in found:
            found.append(pair)
    return found


def _changed_addresses(body: Element, current: list[list[str]]) -> list[list[str]]:
    result = list(current)
    for group in ("rem", "add"):
        element = child(body, group)
        for pair in [] if element is None else _addresses(element):
            if (pair in result) == (group == "add"):
                raise Refused(2306, f"address {pair[1]} is {'set already' if group == 'add' else 'not set'}")
            if group == "add":
                result.append(pair)
            else:
                result.remove(pair)
    return result


def _require_glue(subordinate: bool, addresses: list[list[str]]) -> None:
    if subordinate and not addresses:
        raise Refused(2003, "a host under a name of this registry needs an address")
    if not subordinate and addresses:
        raise Refused(2306, "a host outside of this registry has no address here")


def _renamed(request: Request, row: sqlite3.Row) -> tuple[str, int | None]:
    change = child(request.body, "chg")
    if change is None:
        return row["name"], row["parent_id"]
    name = policy.host_name(text(change, "name"))
    if find(request.db, name) is not None:
        raise Refused(2302, name)
    if row["parent_id"] is None and is_linked(request.db, row["id"]):
        # RFC 5732 section 3.2.5: a name outside of the repository that others use is not renamed under them.
        raise Refused(2305, "domains are delegated to this host")
    return name, _parent(request, name)
