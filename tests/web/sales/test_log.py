"""H-59: the log lists every deed with time, who, through whom and on what; filtered, page by page, exported."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.web.sales.conftest import Desk
from webapp.foundation import tenancy
from webapp.reseller.partners import audit, log_chain
from webapp.reseller.partners.audit import Actor

EWA = Actor("user", 1, "anna@example.com", "192.0.2.7", "r", through="zofia@acme.example")


def write(desk: Desk, count: int, action: str = "watch.begun", **facts: Any) -> None:
    with tenancy.tenant(desk.web.acme.id), desk.web.database.writing() as session:
        for number in range(count):
            audit.record(session, EWA, action, "account", 1, f"thing {number}", **facts)


def lines(desk: Desk, query: str) -> int:
    return max(len(desk.owner.get(f"/log{query}").all("tr")) - 1, 0)


def test_who_did_it_is_said_in_words(desk: Desk) -> None:
    nobody = Actor("visitor", None, "visitor", "192.0.2.7", "r")
    with tenancy.tenant(desk.web.acme.id), desk.web.database.writing() as session:
        audit.record(session, nobody, "account.registered", "account", 1, "thing")
    assert "a visitor" in desk.owner.get("/log?q=thing").words


def test_pages_begin_where_the_last_one_ended_and_lose_nothing(desk: Desk) -> None:
    write(desk, 120)
    page, seen = desk.owner.get("/log?what=user.&q=thing"), 0
    assert "No deed fits" in page.words
    page = desk.owner.get("/log?q=thing")
    while True:
        seen += len(page.all("tr")) - 1
        older = [link for link in page.all("a") if link.text == "Older"]
        if not older:
            break
        page = desk.owner.get(older[0].attrs["href"])
    assert seen == 120


def test_filters_narrow_by_who_deed_thing_text_and_days(desk: Desk) -> None:
    write(desk, 3)
    write(desk, 2, "consent.given", channel="sms")
    assert lines(desk, "?what=consent.") == 2
    assert lines(desk, "?q=zofia@acme") == 5
    assert lines(desk, "?who=operator&q=thing") == 0
    assert lines(desk, "?thing=proforma&q=thing") == 0
    assert lines(desk, "?thing=account&q=thing") == 5
    assert lines(desk, "?to=2001-01-01") == 0
    assert lines(desk, "?from=2001-01-01&q=thing") == 5
    assert lines(desk, "?before=x&from=nonsense&q=thing") == 5
    words = desk.owner.get("/log?what=consent.").words
    assert "Consent given" in words
    assert "zofia@acme.example" in words


def test_the_export_carries_the_chain_and_no_formula(desk: Desk) -> None:
    write(desk, 2, "=cmd()")
    log_chain.seal_all(desk.web.database)
    text = desk.owner.get("/log/export?q=thing").response.get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["through"] for row in rows] == ["zofia@acme.example"] * 2
    assert {row["deed"] for row in rows} == {"'=cmd()"}
    assert all(len(row["link of the hash chain"]) == 64 for row in rows)
    assert desk.owner.get("/log").response.status_code == 200
    desk.staff("sales").get("/log/export", 403)
