"""Domain check, info, create and delete (RFC 5731); renew, update and transfer have their own files."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from xml.etree.ElementTree import Element

from sandbox import clock, policy
from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, child, children, collapse, text, texts
from sandbox.objects import contacts, dnssec, domain_rows, fees, hosts
from sandbox.objects import request as shared
from sandbox.objects.request import Request
from sandbox.store import setting


def check(request: Request) -> Answer:
    """``domain:check``: every name gets its own answer; a bad one is unavailable with a reason."""
    names = texts(request.body, "name")
    shared.check_limit(request, names)
    data = block("domain", "chkData")
    for raw in names:
        reason = why_unavailable(request.db, raw)
        item = add(data, "cd")
        add(item, "name", raw, avail="0" if reason else "1")
        if reason:
            add(item, "reason", reason)
    return Answer(data=data, extensions=fees.quotes(request, names))


def why_unavailable(db: sqlite3.Connection, raw: str) -> str | None:
    """Why a name cannot be registered now, in at most 32 characters (RFC 5730's reasonType); None if it can."""
    try:
        name = policy.registrable(db, raw)
    except Refused as refusal:
        return "Not a valid name" if refusal.code == 2005 else "Not served here"
    if domain_rows.find(db, name) is not None:
        return "In use"
    kind = policy.special_kind(db, name)
    return kind.capitalize() if kind else None


def info(request: Request) -> Answer:
    """``domain:info``: authInfo only for the sponsor or for who gave the right one; a wrong one is 2202."""
    row = domain_rows.get(request.db, text(request.body, "name"))
    given = shared.secret_in(request.body)
    if given is not None and not shared.secret_matches(row["auth_info"], given):
        raise Refused(2202)
    data = _info_data(request, row)
    if row["auth_info"] and (row["sponsor"] == request.account or given is not None):
        add(add(data, "authInfo"), "pw", row["auth_info"])
    return Answer(data=data, extensions=_info_extensions(request, row))


def _info_data(request: Request, row: sqlite3.Row) -> Element:
    db, data = request.db, block("domain", "infData")
    add(data, "name", row["name"])
    add(data, "roid", f"D{row['id']}-SANDBOX")
    for status in domain_rows.statuses(db, row):
        add(data, "status", s=status)
    if row["registrant"]:
        add(data, "registrant", row["registrant"])
    for item in db.execute("SELECT * FROM domain_contacts WHERE domain_id = ? ORDER BY role, contact_id", (row["id"],)):
        add(data, "contact", item["contact_id"], type=item["role"])
    _write_hosts(request, row, data)
    for name, column in (
        ("clID", "sponsor"),
        ("crID", "created_by"),
        ("crDate", "created_at"),
        ("upID", "updated_by"),
        ("upDate", "updated_at"),
        ("exDate", "expires_at"),
        ("trDate", "transferred_at"),
    ):
        if row[column]:
            add(data, name, row[column])
    return data


def _write_hosts(request: Request, row: sqlite3.Row, data: Element) -> None:
    which = next(children(request.body, "name")).get("hosts", "all")
    delegated = delegation(request.db, row["id"])
    if delegated and which in ("all", "del"):
        servers = add(data, "ns")
        for name in delegated:
            add(servers, "hostObj", name)
    if which in ("all", "sub"):
        for item in request.db.execute("SELECT name FROM hosts WHERE parent_id = ? ORDER BY name", (row["id"],)):
            add(data, "host", item["name"])


def delegation(db: sqlite3.Connection, domain: int) -> list[str]:
    """The names of the domain's name servers."""
    found = db.execute(
        "SELECT name FROM hosts JOIN domain_hosts ON host_id = id WHERE domain_id = ? ORDER BY name", (domain,)
    )
    return [item["name"] for item in found]


def _info_extensions(request: Request, row: sqlite3.Row) -> list[Element]:
    extensions = []
    graces = domain_rows.rgp_statuses(row, request.now)
    if graces:
        extension = block("rgp", "infData")
        for status in graces:
            add(extension, "rgpStatus", s=status)
        extensions.append(extension)
    signed = dnssec.info_data(row)
    return extensions if signed is None else [*extensions, signed]


def create(request: Request) -> Answer:
    """``domain:create``: the referred contacts and hosts must exist; a prepaid account pays."""
    name = policy.registrable(request.db, text(request.body, "name"))
    if domain_rows.find(request.db, name) is not None:
        raise Refused(2302, name)
    kind = policy.special_kind(request.db, name)
    if kind:
        raise Refused(2306, f"{name} is {kind}")
    years = years_in(request.body)
    cost = years * int(setting(request.db, "price"))
    shared.charge(request.db, request.account, cost)
    expires = clock.write(clock.add_years(request.now, years))
    signing = dnssec.created(request)
    grace = domain_rows.with_grace(request.db, None, "addPeriod", request.now, cost=cost, years=years)
    domain = (
        request.db.execute(
            "INSERT INTO domains (name, sponsor, created_by, created_at, expires_at, due_at, auth_info, registrant, "
            "grace, ds_data, max_sig_life) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                request.account,
                request.account,
                request.at,
                expires,
                expires,
                shared.secret_in(request.body) or "",
                registrant_in(request.db, request.body),
                grace,
                json.dumps(signing.records),
                signing.max_sig_life,
            ),
        ).lastrowid
        or 0
    )
    link_contacts(request.db, domain, request.body)
    link_hosts(request.db, domain, request.body)
    data = block("domain", "creData")
    for tag, value in (("name", name), ("crDate", request.at), ("exDate", expires)):
        add(data, tag, value)
    return Answer(data=data)


def years_in(body: Element) -> int:
    """The period in years, 1 unless the command says otherwise. Raises ``Refused(2306)`` beyond what is offered."""
    period = child(body, "period")
    if period is None:
        return 1
    years = int(collapse(period.text))
    if period.get("unit") == "m":
        if years % 12:
            raise Refused(2306, "only whole years are offered")
        years //= 12
    if years > domain_rows.MAX_YEARS:
        raise Refused(2306, f"at most {domain_rows.MAX_YEARS} years are offered")
    return years


def registrant_in(db: sqlite3.Connection, element: Element) -> str | None:
    """The registrant named in a create or chg, None for none. Raises ``Refused(2303)`` for an unknown one."""
    identity = text(element, "registrant")
    return str(contacts.get(db, identity)["id"]) if identity else None


def link_contacts(db: sqlite3.Connection, domain: int, element: Element) -> None:
    """Link the contacts named in a create or add. Raises ``Refused`` 2303 or 2306."""
    for item in children(element, "contact"):
        identity = contacts.get(db, collapse(item.text))["id"]
        linked = db.execute(
            "INSERT OR IGNORE INTO domain_contacts VALUES (?, ?, ?)", (domain, item.get("type", "admin"), identity)
        )
        if linked.rowcount != 1:
            raise Refused(2306, f"contact {identity} is there already")


def host_ids(db: sqlite3.Connection, element: Element) -> list[int]:
    """The ids of the host objects named in ``ns``. Raises ``Refused`` 2102 for host attributes, 2303 for unknown."""
    servers = child(element, "ns")
    if servers is None:
        return []
    if child(servers, "hostAttr") is not None:
        raise Refused(2102, "name servers are host objects here (RFC 5731 section 1.1)")
    return [int(hosts.get(db, name)["id"]) for name in texts(servers, "hostObj")]


def link_hosts(db: sqlite3.Connection, domain: int, element: Element) -> None:
    """Delegate to the hosts named in a create or add. Raises ``Refused`` as :func:`host_ids`, or 2306."""
    for host in host_ids(db, element):
        if db.execute("INSERT OR IGNORE INTO domain_hosts VALUES (?, ?)", (domain, host)).rowcount != 1:
            raise Refused(2306, "a name server is there already")
    count = db.execute("SELECT count(*) FROM domain_hosts WHERE domain_id = ?", (domain,)).fetchone()[0]
    if count > 13:
        raise Refused(2308, "at most 13 name servers")


def delete(request: Request) -> Answer:
    """``domain:delete``: at once (1000) with the money back in the add grace period, else redemption (1001)."""
    row = domain_rows.get(request.db, text(request.body, "name"))
    shared.require_sponsor(request, row)
    shared.forbid(
        domain_rows.statuses(request.db, row),
        "clientDeleteProhibited",
        "serverDeleteProhibited",
        "pendingDelete",
        "pendingTransfer",
    )
    if request.db.execute("SELECT 1 FROM hosts WHERE parent_id = ? LIMIT 1", (row["id"],)).fetchone():
        raise Refused(2305, "hosts exist under this name")
    running = domain_rows.grace_periods(row, request.now)
    shared.credit(request.db, request.account, sum(entry["cost"] for entry in running))
    if any(entry["kind"] == "addPeriod" for entry in running):
        domain_rows.purge(request.db, row)
        return Answer()
    undone = sum(entry["years"] for entry in running)
    ends = request.now + timedelta(days=float(setting(request.db, "redemption_days")))
    domain_rows.save(
        request.db,
        row["id"],
        phase="redemption",
        phase_ends=clock.write(ends),
        grace="[]",
        expires_at=clock.write(clock.add_years(clock.read(row["expires_at"]), -undone)),
        delete_svtrid=request.svtrid,
        delete_cltrid=request.command.cltrid,
    )
    return Answer(1001)
