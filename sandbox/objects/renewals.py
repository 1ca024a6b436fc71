"""Domain renew (RFC 5731 section 3.2.3)."""

from __future__ import annotations

from sandbox import clock
from sandbox.epp.answers import Answer
from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, text
from sandbox.objects import domain_rows
from sandbox.objects import request as shared
from sandbox.objects.domains import years_in
from sandbox.objects.request import Request
from sandbox.store import setting


def renew(request: Request) -> Answer:
    """Prolong a domain.

    A ``curExpDate`` other than the registry's is 2306: RFC 5731 asks for the element "to ensure that repeated renew
    commands do not result in multiple, unanticipated successful renewals" and leaves the code open; it is a value
    well-formed but against the server's data, which is how RFC 5730 section 3 describes 2306 (Nomulus answers 2004).
    More than ten years ahead is 2105, the code for an object that policy does not let be renewed.
    """
    row = domain_rows.get(request.db, text(request.body, "name"))
    shared.require_sponsor(request, row)
    shared.forbid(
        domain_rows.statuses(request.db, row),
        "clientRenewProhibited",
        "serverRenewProhibited",
        "pendingDelete",
        "pendingTransfer",
    )
    _require_current(text(request.body, "curExpDate"), row["expires_at"])
    years = years_in(request.body)
    expires = domain_rows.later(row, years, request.now, 2105)
    cost = years * int(setting(request.db, "price"))
    shared.charge(request.db, request.account, cost)
    grace = domain_rows.with_grace(request.db, row, "renewPeriod", request.now, cost=cost, years=years)
    alive = expires > request.at
    domain_rows.save(
        request.db,
        row["id"],
        expires_at=expires,
        grace=grace,
        **({"phase": "registered", "phase_ends": None} if alive else {}),
    )
    data = block("domain", "renData")
    add(data, "name", row["name"])
    add(data, "exDate", expires)
    return Answer(data=data)


def _require_current(given: str, expires: str) -> None:
    try:
        day = clock.read_date(given)
    except ValueError as error:
        raise Refused(2005, f"<curExpDate>: {error}") from error
    if day != clock.read(expires).date():
        raise Refused(2306, f"curExpDate {day} is not the current expiry date {expires[:10]}")
