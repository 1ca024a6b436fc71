"""What a search shows before any answer has come: which names, in which order, at which price (H-01)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_partner
from tests.selling import PRICES, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.refusal import Refusal
from webapp.reseller.orders import search
from webapp.reseller.orders.search import SearchPlan, Shopper


def plan(shop: Shop, text: str, **more: Any) -> SearchPlan:
    shopper = Shopper(shop.partner.currency, clock.today(shop.partner.timezone), **more)
    with shop.scope(), shop.database.reading() as session:
        return search.plan(session, text, shopper)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("acme", ["acme.com", "acme.pl", "acme.org"]),
        ("acme.com", ["acme.com", "acme.pl", "acme.org"]),
        ("acme.org", ["acme.org", "acme.com", "acme.pl"]),
        ("  HTTPS://WWW.Acme.PL/path?x=1 ", ["acme.pl", "acme.com", "acme.org"]),
        ("żółć.pl", ["xn--kda4b0koi.pl", "xn--kda4b0koi.com", "xn--kda4b0koi.org"]),
    ],
)
def test_the_typed_name_comes_first_and_the_group_follows(shop: Shop, typed: str, names: list[str]) -> None:
    rows = plan(shop, typed).rows
    assert [row.name for row in rows] == names
    assert [row.exact for row in rows] == ["." in typed, False, False]


def test_each_name_stands_once_and_shows_its_prices(shop: Shop) -> None:
    found = plan(shop, "acme.pl")
    assert len({row.name for row in found.rows}) == len(found.rows)
    for row in found.rows:
        assert (row.first_year, row.then) == PRICES[row.offer.tld]
        assert row.years == 1
    assert plan(shop, "żółć").rows[0].unicode == "żółć.com"


@pytest.mark.parametrize("typed", ["acme.de", "acme.co.uk"])
def test_an_ending_that_is_not_sold_is_said_and_the_others_are_offered(shop: Shop, typed: str) -> None:
    found = plan(shop, typed)
    assert found.not_sold == typed.partition(".")[2]
    assert [row.name for row in found.rows] == ["acme.com", "acme.pl", "acme.org"]
    assert not any(row.exact for row in found.rows)


@pytest.mark.parametrize("typed", ["", "   ", "-acme", "a" * 64, "10.0.0.1", "ac me!.com", ".", "аpple"])
def test_what_is_no_name_is_refused_beside_its_field(shop: Shop, typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        plan(shop, typed)
    assert refused.value.field == "q"
    assert str(refused.value)


def test_a_shop_without_prices_says_so(shop: Shop) -> None:
    empty = make_partner(shop.database, name="Empty")
    with tenancy.tenant(empty.id), shop.database.reading() as session, pytest.raises(Refusal) as refused:
        search.plan(session, "acme", Shopper(empty.currency, clock.today(empty.timezone)))
    assert refused.value.code == "nothing_on_sale"
