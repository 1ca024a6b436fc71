"""Conditions of promotions and codes, and how an amount is taken off (H-44, H-45): a table and properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.reseller.catalog import conditions as rules
from webapp.reseller.catalog.conditions import Buyer, Conditions, Thing

COM = Thing(7, "domain", "register", 1)
ANNA = Buyer(1, is_new=False, group_id=3)


@pytest.mark.parametrize(
    ("stored", "thing", "reason"),
    [
        ({}, COM, None),
        ({"kinds": ["domain"]}, COM, None),
        ({"kinds": ["hosting"]}, COM, "kind"),
        ({"products": [7, 8]}, COM, None),
        ({"products": [8]}, COM, "product"),
        ({"operations": ["renew"]}, COM, "operation"),
        ({"operations": ["renew"]}, Thing(7, "domain", "renew", 1), None),
        ({"years": [1, 2]}, COM, None),
        ({"years": [2]}, COM, "period"),
        ({"years": [1]}, Thing(7, "domain", "renew", 0, 30), "period"),
        ({"first_year": True}, Thing(7, "domain", "register", 3), None),
        ({"first_year": True}, Thing(7, "domain", "renew", 1), "first_year"),
        ({"kinds": "domain", "minimum": "9", "new_only": 1}, COM, None),  # what is no condition says nothing
    ],
)
def test_h44_an_item_meets_the_conditions_or_hears_why_not(
    stored: dict[str, Any], thing: Thing, reason: str | None
) -> None:
    refused = rules.refused_thing(rules.read(stored), thing)
    assert (refused.code if refused else None) == reason


@pytest.mark.parametrize(
    ("stored", "buyer", "reason"),
    [
        ({}, Buyer(), None),
        ({"groups": [3]}, ANNA, None),
        ({"groups": [4]}, ANNA, "group"),
        ({"groups": [3]}, Buyer(), "sign_in"),
        ({"new_only": True}, Buyer(), "sign_in"),
        ({"new_only": True}, ANNA, "new_only"),
        ({"new_only": True}, Buyer(2, is_new=True), None),
    ],
)
def test_h44_a_buyer_meets_the_conditions_or_hears_why_not(
    stored: dict[str, Any], buyer: Buyer, reason: str | None
) -> None:
    refused = rules.refused_buyer(rules.read(stored), buyer)
    assert (refused.code if refused else None) == reason


def test_what_everybody_can_have_is_public_and_only_that() -> None:
    assert Conditions(products=frozenset({7}), first_year=True).public
    assert not any(rules.read({name: value}).public for name, value in
                   {"groups": [1], "new_only": True, "minimum": 1}.items())  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "part", "off"),
    [
        ("percent", 2500, 4999, 1250),
        ("percent", 10_000, 4999, 4999),
        ("percent", 1, 4999, 0),
        ("amount", 1000, 4999, 1000),
        ("amount", 9000, 4999, 4999),
        ("price", 999, 4999, 4000),
        ("price", 9999, 4999, 0),
    ],
)
def test_a_reduction_is_never_more_than_the_price(kind: str, value: int, part: int, off: int) -> None:
    assert rules.reduction(kind, value, part) == off


def test_only_the_first_year_is_reduced_where_it_says_so() -> None:
    first = Conditions(first_year=True)
    assert rules.reduced_part(first, 16_997, 4999) == 4999
    assert rules.reduced_part(first, 3000, 4999) == 3000
    assert rules.reduced_part(first, 16_997, None) == 0
    assert rules.reduced_part(Conditions(), 16_997, 4999) == 16_997


def test_conditions_survive_being_stored() -> None:
    one = Conditions(frozenset({"domain"}), frozenset({7}), frozenset({"renew"}), frozenset({1}), frozenset({3}), True)
    assert rules.read(rules.stored(one)) == one
    assert rules.stored(Conditions()) == {}


AMOUNTS = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(AMOUNTS, st.integers(0, 10**10))
def test_h45_the_parts_of_a_code_sum_up_to_its_worth_and_none_falls_below_its_cost(
    lines: list[tuple[int, int]], worth: int
) -> None:
    """`lines`: price and cost. What may be taken off a line is what lies above its cost."""
    weights = [price for price, _ in lines]
    most = [max(price - cost, 0) for price, cost in lines]
    worth = min(worth, sum(weights))
    taken = rules.spread(worth, weights, most)
    if taken is None:
        assert worth > sum(most)
        return
    assert sum(taken) == worth
    for (price, cost), off in zip(lines, taken, strict=True):
        assert 0 <= off <= price
        assert off == 0 or price - off >= cost


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.integers(0, 10**9))
def test_shares_differ_from_the_exact_proportion_by_less_than_one_unit(weights: list[int], worth: int) -> None:
    given_parts = rules.shares(worth, weights)
    assert sum(given_parts) == (worth if sum(weights) else 0)
    for part, weight in zip(given_parts, weights, strict=True):
        assert not sum(weights) or abs(part * sum(weights) - worth * weight) < sum(weights)
