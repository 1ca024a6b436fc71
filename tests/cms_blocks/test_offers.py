"""Blocks that sell: endings, their prices over years, searches in a group, and what is not on sale yet."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.cms_blocks.test_blocks import CONTEXT, offer, render, stored
from webapp.reseller.cms.kit import Offer, Plan

YEARS = replace(offer("eu", 500), register={1: 500, 2: 900, 10: 3900}, renew={1: 700, 2: 1400})
CHEAP = replace(offer("shop", 290), was={1: 2900})


def with_offers(*offers: Offer, **more: Any) -> str:
    return render(stored(more.pop("block")), context=replace(CONTEXT, offers=offers, **more))


def test_a_price_table_offers_only_the_years_that_something_is_sold_for() -> None:
    html = with_offers(YEARS, offer("com", 4999), block="tld_prices")
    assert re.findall(r'type="radio"[^>]*value="(\d+)"', html) == ["1", "2", "10"]
    assert html.count("checked") == 1
    assert re.search(r'class="y y10">[^<]*39\.00<', html)
    assert "First 10 years" in html
    assert 'type="radio"' not in with_offers(offer("com", 4999), block="tld_prices")


def test_an_ending_that_is_not_sold_for_so_many_years_says_so() -> None:
    html = with_offers(YEARS, offer("com", 4999), block="tld_prices")
    row = html[html.index(".com</th>") :]
    assert '<span class="y y2">–</span>' in row


def test_a_promotion_shows_what_it_was_and_how_much_is_saved() -> None:
    html = with_offers(CHEAP, offer("com", 4999), block="featured_tlds")
    assert "90% less" in html
    assert html.count('class="price-was"') == 1
    assert 'class="price-was"' in with_offers(CHEAP, block="tld_prices")


@pytest.mark.parametrize("name", ["tld_prices", "featured_tlds", "hero_search"])
def test_a_block_shows_the_group_that_it_names_and_the_pages_own_when_that_is_gone(name: str) -> None:
    data = stored(name)["data"] | {"endings": 7, "which": "all", "spotlight": True}
    context = replace(CONTEXT, groups={7: (offer("berlin", 100),)})
    assert ".berlin" in render(stored(name, data), context=context)
    gone = render(stored(name, data | {"endings": 8}), context=context)
    assert ".berlin" not in gone
    assert ".com" in gone


@pytest.mark.parametrize("name", ["search", "bulk_search", "hero_search"])
def test_a_search_asks_in_its_own_group_else_in_the_pages(name: str) -> None:
    context = replace(CONTEXT, group=5)
    assert 'name="group" value="5"' in render(stored(name), context=context)
    assert 'name="group" value="7"' in render(stored(name, stored(name)["data"] | {"endings": 7}), context=context)
    assert 'name="group"' not in render(stored(name))


def test_two_searches_on_a_page_have_names_and_fields_of_their_own() -> None:
    html = render(stored("hero_search"), stored("search"), {**stored("search"), "id": "b2"})
    assert re.findall(r'<input class="search-input" id="([^"]+)"', html) == ["q", "q-b1", "q-b2"]
    assert html.count('role="search" aria-label=') == 2


def test_a_list_of_names_goes_to_the_bulk_page_and_nowhere_without_one() -> None:
    assert 'action="/en/domains/bulk" method="post" data-tokenless' in render(stored("bulk_search"))
    assert render(stored("bulk_search"), context=replace(CONTEXT, links={})).strip() == ""


@pytest.mark.parametrize(("name", "service"), [("hosting_plans", "hosting"), ("certificate_products", "certificates")])
def test_what_is_not_on_sale_shows_in_the_editor_only_and_as_an_example(name: str, service: str) -> None:
    assert render(stored(name)).strip() == ""
    offered = frozenset({"domains", service})
    assert render(stored(name), context=replace(CONTEXT, services=offered)).strip() == ""
    editor = render(stored(name), context=replace(CONTEXT, services=offered, editing=True))
    assert "Example: visitors see this once" in editor
    plans = {service: (Plan("Real", 1500, "month", href="/order"),)}
    unsold = replace(CONTEXT, plans=plans)
    assert render(stored(name), context=unsold).strip() == "", "a service that the shop has switched off"
    sold = render(stored(name), context=replace(unsold, services=offered))
    assert "Real" in sold
    assert "Example" not in sold
