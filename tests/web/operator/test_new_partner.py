"""An operator opens a third shop: one form, and it sells from that moment (point 5 of the issue)."""

from __future__ import annotations

import re

import pytest

from tests.web.client import Client, Page
from tests.web.conftest import PANEL, Web
from webapp.foundation import tenancy
from webapp.reseller.partners import queries

FORM = {
    "starter": "web_agency",
    "name": "Studio Łąka",
    "legal_name": "Studio Łąka Anna Nowak",
    "country": "PL",
    "email": "studio@laka.example",
    "currency": "PLN",
    "tax_rate_bp": "23",
    "timezone": "Europe/Warsaw",
    "locales": ["pl", "en"],
    "default_locale": "pl",
    "theme": "ledger",
    "brand": "#b4432a",
    "owner_name": "Anna Nowak",
    "owner_email": "anna@laka.example",
}
#: As passwords.generated() makes it.
PASSWORD = re.compile(r"\b[a-z2-9]{4}(-[a-z2-9]{4}){3}\b")


@pytest.fixture
def operator(web: Web) -> Client:
    """Somebody who runs the install, signed in."""
    return web.operator()


def _open(operator: Client, **changes: object) -> Page:
    page = operator.get("/partners/new")
    return operator.submit(page, {**FORM, **changes}, 200)


def test_a_new_shop_answers_searches_and_has_prices_at_once(web: Web, operator: Client) -> None:
    finished = _open(operator)
    assert "csp1003" in finished.words
    shop = web.client("csp1003.localhost:8000")
    home = shop.get("/pl/")
    assert "Studio Łąka" in home.text
    assert re.search(r"\d+,\d\d\s*zł", home.words), "prices in the shop's currency"
    found = shop.get("/pl/domains?q=rower")
    assert 'data-name="rower.com"' in found.text
    assert 'data-name="rower.studio"' in found.text
    assert shop.get("/en/").status == 200


def test_the_first_password_is_shown_once_and_opens_the_panel(web: Web, operator: Client) -> None:
    before = operator.cookies()
    shown = PASSWORD.search(_open(operator).words)
    assert shown, "the first password"
    assert operator.cookies() == before, "a cookie is no place for somebody else's password"
    with web.database.reading(tenancy.Platform("operator")) as session:
        made = queries.partner_by_code(session, "csp1003")
    assert made is not None
    assert not PASSWORD.search(operator.get(f"/partners/{made.id}/opened").words)
    owner = web.client(PANEL)
    assert owner.sign_in("anna@laka.example", shown[0]).status == 200


def test_a_form_that_is_sent_twice_opens_one_shop(web: Web, operator: Client) -> None:
    page = operator.get("/partners/new")
    assert "csp1003" in operator.submit(page, FORM, 200).words
    assert "csp1003" in operator.follow(operator.submit(page, FORM)).words
    assert "csp1004" not in operator.get("/partners").words


def test_what_was_typed_stays_when_something_is_wrong(operator: Client) -> None:
    page = operator.get("/partners/new")
    refused = operator.submit(page, {**FORM, "owner_email": "not an address", "brand": "red"}, 422)
    assert "Studio Łąka" in refused.text
    assert "not an address" in refused.text
    assert len(refused.form("starter", "name").all("input")) > 5
    assert "csp1003" not in operator.get("/partners").words


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starter", "../../etc"),
        ("theme", "nowhere"),
        ("currency", "XXX"),
        ("default_locale", "fr"),
        ("country", "ZZ"),
        ("timezone", "Mars/Olympus"),
        ("tax_rate_bp", "230"),
        ("email", "a\r\nBcc: x@y.example"),
        ("name", " "),
    ],
)
def test_a_wrong_answer_makes_nothing_and_says_why(operator: Client, field: str, value: str) -> None:
    page = operator.get("/partners/new")
    form = dict(FORM) | {field: value, "csrf_token": page.form("starter").all("input")[0].attrs["value"]}
    refused = operator.post("/partners/new", form, 422)
    assert refused.all("h2")[0].text == "Please check these entries"
    assert "csp1003" not in operator.get("/partners").words


def test_an_address_that_works_for_somebody_else_is_refused_at_its_field(web: Web, operator: Client) -> None:
    web.staff(web.acme)
    page = operator.get("/partners/new")
    refused = operator.submit(page, {**FORM, "owner_email": f"ewa@{web.acme.code}.example"}, 422)
    assert "Somebody already uses this e-mail address here." in refused.words
    assert any(link.attrs["href"] == "#owner_email" for link in refused.all("a") if "href" in link.attrs)
