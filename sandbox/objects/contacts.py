"""Contact commands (RFC 5733). Another registrar's contact is personal data: its authInfo opens it, nothing else."""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from xml.etree.ElementTree import Element

from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, child, children, collapse, local, text, texts
from sandbox.objects import request as shared
from sandbox.objects.request import Request

_ADDRESS = ("city", "sp", "pc", "cc")


def check(request: Request) -> Answer:
    """``contact:check``: an identifier is free if no registrar uses it."""
    names = texts(request.body, "id")
    shared.check_limit(request, names)
    data = block("contact", "chkData")
    for name in names:
        taken = find(request.db, name) is not None
        item = add(data, "cd")
        add(item, "id", name, avail="0" if taken else "1")
        if taken:
            add(item, "reason", "In use")
    return Answer(data=data)


def info(request: Request) -> Answer:
    """``contact:info``: for the sponsor, or with the right authInfo (2202); else 2201."""
    row = get(request.db, text(request.body, "id"))
    given = shared.secret_in(request.body)
    if given is not None and not shared.secret_matches(row["auth_info"], given):
        raise Refused(2202)
    if given is None:
        shared.require_sponsor(request, row)
    return Answer(data=_info_data(request.db, row))


def create(request: Request) -> Answer:
    """``contact:create``."""
    identity = text(request.body, "id")
    if find(request.db, identity) is not None:
        raise Refused(2302, identity)
    data: dict[str, Any] = {"postal": {}}
    _read_contact(request.body, data)
    request.db.execute(
        "INSERT INTO contacts (id, roid, sponsor, created_by, created_at, auth_info, data) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            identity,
            "C" + request.svtrid.rpartition("-")[2] + "-SANDBOX",
            request.account,
            request.account,
            request.at,
            shared.secret_in(request.body) or "",
            json.dumps(data),
        ),
    )
    created = block("contact", "creData")
    add(created, "id", identity)
    add(created, "crDate", request.at)
    return Answer(data=created)


def update(request: Request) -> Answer:
    """``contact:update``: statuses, then the fields that ``chg`` names."""
    row = get(request.db, text(request.body, "id"))
    shared.require_sponsor(request, row)
    change = child(request.body, "chg")
    shared.require_update_allowed(request, shared.stored_statuses(row), change is None)
    if len(request.body) < 2:
        raise Refused(2003, "an update needs add, rem or chg")
    statuses = shared.changed_statuses(request, shared.stored_statuses(row))
    data, secret = json.loads(row["data"]), row["auth_info"]
    if change is not None:
        _read_contact(change, data)
        given = shared.secret_in(change)
        secret = row["auth_info"] if given is None else given
    request.db.execute(
        "UPDATE contacts SET data = ?, auth_info = ?, statuses = ?, updated_by = ?, updated_at = ? WHERE id = ?",
        (json.dumps(data), secret, json.dumps(statuses), request.account, request.at, row["id"]),
    )
    return Answer()


def delete(request: Request) -> Answer:
    """``contact:delete``: refused (2305) while a domain refers to it."""
    row = get(request.db, text(request.body, "id"))
    shared.require_sponsor(request, row)
    shared.forbid(shared.stored_statuses(row), "clientDeleteProhibited", "serverDeleteProhibited")
    if is_linked(request.db, row["id"]):
        raise Refused(2305, "a domain refers to this contact")
    request.db.execute("DELETE FROM contacts WHERE id = ?", (row["id"],))
    return Answer()


def find(db: sqlite3.Connection, identity: str) -> sqlite3.Row | None:
    """The contact's row, or None. Identifiers differ not by case."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM contacts WHERE id = ?", (identity,)).fetchone()
    return row


def get(db: sqlite3.Connection, identity: str) -> sqlite3.Row:
    """The contact's row. Raises ``Refused(2303)``."""
    row = find(db, identity)
    if row is None:
        raise Refused(2303, f"contact {identity}")
    return row


def is_linked(db: sqlite3.Connection, identity: str) -> bool:
    """Whether a domain refers to the contact."""
    found = db.execute(
        "SELECT 1 FROM domains WHERE registrant = :id COLLATE NOCASE UNION ALL "
        "SELECT 1 FROM domain_contacts WHERE contact_id = :id LIMIT 1",
        {"id": identity},
    )
    return found.fetchone() is not None


def _read_contact(element: Element, data: dict[str, Any]) -> None:
    for postal in children(element, "postalInfo"):
        _read_postal(postal, data["postal"].setdefault(postal.get("type", "loc"), {}))
    for name in ("voice", "fax", "email"):
        found = child(element, name)
        if found is not None:
            data[name] = collapse(found.text)
            data[name + "_x"] = found.get("x", "")
    disclose = child(element, "disclose")
    if disclose is not None:
        data["disclose"] = {
            "flag": disclose.get("flag"),
            "fields": [[local(item), item.get("type")] for item in disclose],
        }


def _read_postal(element: Element, postal: dict[str, Any]) -> None:
    for name in ("name", "org"):
        if child(element, name) is not None:
            postal[name] = text(element, name)
    place = child(element, "addr")
    if place is not None:
        postal["street"] = texts(place, "street")
        postal.update({name: text(place, name) for name in _ADDRESS})
    if not postal.get("name") or not postal.get("city"):
        raise Refused(2003, "a new kind of postalInfo needs a name and an address")


def _info_data(db: sqlite3.Connection, row: sqlite3.Row) -> Element:
    data, stored = block("contact", "infData"), json.loads(row["data"])
    add(data, "id", row["id"])
    add(data, "roid", row["roid"])
    set_by = shared.stored_statuses(row)
    for status in set_by + (["linked"] if is_linked(db, row["id"]) else []) + ([] if set_by else ["ok"]):
        add(data, "status", s=status)
    for kind, postal in stored["postal"].items():
        _write_postal(add(data, "postalInfo", type=kind), postal)
    for name in ("voice", "fax", "email"):
        if stored.get(name):
            extension = stored.get(name + "_x")
            add(data, name, stored[name], **({"x": extension} if extension else {}))
    for name, column in (
        ("clID", "sponsor"),
        ("crID", "created_by"),
        ("crDate", "created_at"),
        ("upID", "updated_by"),
        ("upDate", "updated_at"),
    ):
        if row[column]:
            add(data, name, row[column])
    if row["auth_info"]:
        add(add(data, "authInfo"), "pw", row["auth_info"])
    if stored.get("disclose"):
        disclose = add(data, "disclose", flag=stored["disclose"]["flag"])
        for name, kind in stored["disclose"]["fields"]:
            add(disclose, name, **({"type": kind} if kind else {}))
    return data


def _write_postal(element: Element, postal: dict[str, Any]) -> None:
    add(element, "name", postal["name"])
    if postal.get("org"):
        add(element, "org", postal["org"])
    place = add(element, "addr")
    for street in postal["street"]:
        add(place, "street", street)
    for name in _ADDRESS:
        if postal[name]:
            add(place, name, postal[name])
