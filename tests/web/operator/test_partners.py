"""The operator's daily work: partners, their money, closing and opening, what is stuck."""

from __future__ import annotations

import pytest

from tests import factories
from tests.web.client import Client
from tests.web.conftest import OPERATOR, PANEL, Web
from tests.web.sales.conftest import token
from webapp import wiring
from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import change
from webapp.reseller.billing import ledger
from webapp.reseller.billing import queries as billing
from webapp.surfaces.shared import words


@pytest.fixture
def operator(web: Web) -> Client:
    """Somebody who runs the install, signed in."""
    return web.operator()


def _balance(web: Web) -> tuple[int, int]:
    with tenancy.tenant(web.acme.id), web.database.reading() as session:
        return billing.wholesale_balance(session, "PLN")


def _page(web: Web) -> str:
    return f"/partners/{web.acme.id}"


def test_partners_are_found_by_any_part(web: Web, operator: Client) -> None:
    assert {"Acme Domeny", "Nordhost"} <= {link.text for link in operator.get("/partners").all("a")}
    found = operator.get("/partners?q=nord").words
    assert "Nordhost" in found
    assert "Acme Domeny" not in found
    assert "No partner fits" in operator.get("/partners?q=%00%F0%9F%A6%8A&state=suspended&page=99999").words


def test_a_payment_is_booked_once_however_often_it_is_sent(web: Web, operator: Client) -> None:
    page = operator.get(_page(web))
    for _ in range(2):
        operator.submit(page, {"topup-amount": "1 234,50", "topup-note": "przelew 7"})
    assert _balance(web) == (123_450, 0)
    assert "1,234.50" in operator.get(_page(web)).words


@pytest.mark.parametrize("amount", ["", "-5", "0", "many", "99999999999999999999", "1e9"])
def test_a_wrong_amount_books_nothing_and_stays_in_the_form(web: Web, operator: Client, amount: str) -> None:
    page = operator.get(_page(web))
    refused = operator.submit(page, {"topup-amount": amount, "topup-note": "przelew 7"}, 422)
    assert "przelew 7" in refused.text
    assert _balance(web) == (0, 0)


def test_a_limit_holds_and_cannot_be_lower_than_the_debt(web: Web, operator: Client) -> None:
    operator.submit(operator.get(_page(web)), {"limit-limit": "500"})
    assert _balance(web) == (0, 50_000)
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        assert ledger.hold_wholesale(session, "test", "PLN", 40_000)
    refused = operator.submit(operator.get(_page(web)), {"limit-limit": "100"}, 422)
    assert "further down" in refused.words
    assert _balance(web) == (-40_000, 50_000)


def test_suspending_names_what_happens_closes_both_doors_and_can_be_undone(web: Web, operator: Client) -> None:
    staff = web.staff(web.acme)
    question = operator.get(f"{_page(web)}/suspend")
    assert "No data are lost" in question.words
    operator.submit(question, {"reason": "unpaid"})
    staff.get("/", 303)
    assert "Suspended" in operator.get("/partners?state=suspended").words
    operator.submit(question, {"reason": "again"}, 422)
    page = operator.get(_page(web))
    operator.submit(page, {}, action="/resume")
    assert web.client(PANEL).sign_in(f"ewa@{web.acme.code}.example").status == 200


def test_a_lost_password_is_replaced_by_one_that_is_shown_once(web: Web, operator: Client) -> None:
    staff = web.staff(web.acme)
    page = operator.get(_page(web))
    before = operator.cookies()
    password = operator.submit(page, {}, 200, action="/password").all("code")[0].text
    assert operator.cookies() == before, "a cookie is no place for somebody else's password"
    assert not operator.get(_page(web)).all("code")
    staff.get("/", 303)
    assert web.client(PANEL).sign_in(f"ewa@{web.acme.code}.example", password).status == 200


def test_dead_work_is_shown_with_its_error_and_revived_once(web: Web, operator: Client) -> None:
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        outbox.enqueue(session, "mail.send", "test", {"message_id": 1})
        dead = {"dead_at": clock.now(), "attempts": 40, "last_error": "<b>the server said 554</b>"}
        change(session, outbox.OutboxRow, outbox.OutboxRow.key == "mail.send:test", **dead)
    page = operator.get("/")
    assert "the server said 554" in page.words
    assert operator.follow(operator.submit(page, {}, action="/revive")).all("form", "h1")
    with web.database.reading(tenancy.Platform("outbox")) as session:
        assert outbox.backlog(session)[:2] == (1, 0)
    assert "set going again already" in operator.follow(operator.submit(page, {}, action="/revive")).words


@pytest.mark.parametrize(
    "path", ["/partners/999999", "/partners/999999/suspend", "/wholesale/999999", "/partners/0/opened"]
)
def test_nobody_is_a_page_that_says_so(operator: Client, path: str) -> None:
    operator.get(path, 404)


def test_staff_of_a_partner_is_no_operator(web: Web) -> None:
    staff = web.staff(web.acme)
    jar = staff.http._cookies or {}
    cookie = "; ".join(f"{each.key}={each.value}" for each in jar.values())
    thief = web.client(OPERATOR).with_cookies(cookie)
    for path in ("/", "/partners", f"/partners/{web.acme.id}", "/partners/new", "/wholesale", "/books"):
        assert thief.open("GET", path).status == 303, path


def test_the_registry_is_asked_apart_and_its_silence_is_said_in_words(web: Web, operator: Client) -> None:
    assert "It answers." in operator.get("/health/registry").words
    assert "It answers." in operator.fragment("/health/registry").text


def test_the_operator_chooses_a_language(web: Web, operator: Client) -> None:
    page = operator.get("/books")
    back = operator.submit(page, {}, action="/language", button="locale")
    assert back.location == "/books"


def test_every_kind_of_work_has_words() -> None:
    assert set(words.WORK) == set(wiring.TASKS)
    assert set(words.JOBS) == set(wiring.PERIODIC)


def test_the_operator_vouches_for_a_name_and_ends_it(web: Web, operator: Client) -> None:
    page = operator.follow(operator.submit(operator.get(_page(web)), {"host-name": " HTTPS://Shop.Acme.EXAMPLE./x "}))
    assert "Set up by the operator" in page.words
    assert web.client("shop.acme.example").get("/pl/").status == 200
    taken = operator.submit(operator.get(f"/partners/{web.nord.id}"), {"host-name": "shop.acme.example"}, 422)
    assert "in use already" in taken.words
    for wrong in ("", "*.example.com", f"x.{factories.PLATFORM_HOST}", "co.uk", "a:80"):
        assert operator.submit(page, {"host-name": wrong}, 422).all("p"), wrong
    other = next(form for form in page.all("form") if form.attrs["action"].endswith("/detach")).attrs["action"]
    csrf = {"csrf_token": token(page)}
    operator.post(other.replace(f"/partners/{web.acme.id}/", f"/partners/{web.nord.id}/"), csrf, 404)
    assert "does not answer at shop.acme.example" in operator.follow(operator.post(other, csrf)).words
    web.app.sites.forget()
    assert web.client("shop.acme.example").open("GET", "/pl/").status == 421
    assert "changed in the meantime" in operator.follow(operator.post(other, csrf)).words
