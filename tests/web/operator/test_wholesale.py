"""Wholesale prices and the books."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.client import Client
from tests.web.conftest import Web
from webapp.foundation import clock, tenancy
from webapp.reseller.billing.models import WholesaleBalance
from webapp.reseller.catalog import queries
from webapp.reseller.desk import books
from webapp.reseller.desk.books import registry
from webapp.surfaces.operator.books import WORDS


@pytest.fixture
def operator(web: Web) -> Client:
    """Somebody who runs the install, signed in."""
    return web.operator()


def _com(web: Web) -> int:
    with web.database.reading(tenancy.Platform("operator")) as session:
        tld = queries.tld_by_name(session, "com")
    assert tld is not None
    return tld.id


def test_a_new_price_holds_from_its_day_with_longer_periods_in_step(web: Web, operator: Client) -> None:
    com, today = _com(web), clock.today("UTC")
    path = f"/wholesale/{com}?currency=EUR"
    later = (today + timedelta(days=10)).isoformat()
    form = {"register": "10,00", "renew": "12", "transfer": "9.50", "restore": "80", "valid_from": later}
    operator.submit(operator.get(path), form)
    with web.database.reading(tenancy.Platform("operator")) as session:
        now = queries.wholesale(session, com, "register", 1, "EUR", today)
        then = [queries.wholesale(session, com, "register", y, "EUR", today + timedelta(days=10)) for y in (1, 2)]
    assert now != 1000
    assert then == [1000, 2200]


@pytest.mark.parametrize(
    "wrong",
    [{"register": "-1"}, {"renew": ""}, {"valid_from": "2020-01-01"}, {"valid_from": "soon"}, {"restore": "9" * 12}],
)
def test_a_wrong_price_changes_nothing(web: Web, operator: Client, wrong: dict[str, str]) -> None:
    page = operator.get(f"/wholesale/{_com(web)}?currency=PLN")
    right = {"register": "41", "renew": "42", "transfer": "43", "restore": "44"}
    refused = operator.submit(page, {**right, "valid_from": clock.today("UTC").isoformat(), **wrong}, 422)
    assert 'value="43"' in refused.text


def test_every_rule_of_the_books_has_words() -> None:
    assert set(WORDS) == {*books.CHECKS, registry.NAME}


def test_the_books_are_checked_when_asked_and_a_broken_one_is_named(web: Web, operator: Client) -> None:
    assert "Everything is in order" not in operator.get("/books").words
    assert "Everything is in order" in operator.get("/books?check=now").words
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        session.add(WholesaleBalance(currency="PLN", amount=77, credit_limit=0))
    broken = operator.get("/books?check=now").words
    assert "1 rule is broken" in broken
    assert "is 77 PLN, its postings say 0" in broken


def test_the_registry_is_asked_when_wanted(web: Web, operator: Client) -> None:
    plain = operator.get("/books")
    assert "Ask the registry too" in plain.words
    assert "0 names were asked about." in operator.get("/books?check=registry").words
