"""Why this price: the trace of a price, and groups of subscribers (H-42)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.factories import make_partner, make_subscriber
from tests.reseller.catalog.test_recompute import NOW, PLATFORM, STAFF, THIRD, TODAY, as_partner, charge, partner, sell
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import exchange, operations, price_groups, queries, rules, why
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.catalog.rules import RuleDraft
from webapp.reseller.partners.models import Partner

__all__ = ["partner"]  # a fixture


def asked(product: Product, account: int | None = None, *, years: int = 1, later: int = 0) -> why.Question:
    return why.Question(product.id, "register", years, 0, account, TODAY + timedelta(days=later))


def kinds(steps: tuple[why.Step, ...]) -> list[tuple[str, int | None]]:
    for step in steps:
        assert step.text % dict.fromkeys(step.params, "x"), "every placeholder has its value"
    return [(step.kind, step.amount) for step in steps]


def test_the_steps_lead_from_the_cost_to_what_the_subscriber_sees(database: Database, partner: Partner) -> None:
    friend, stranger = (make_subscriber(database, partner, email=f"{name}@example.com") for name in ("ann", "bob"))
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        assert kinds(why.explain(session, asked(com))) == [("wholesale", 4290), ("none", None)]
        group = price_groups.create(session, STAFF, "Agencies")
        price_groups.put_in(session, STAFF, friend.account_id, group.id)
        rules.set_rule(session, STAFF, "domain", THIRD)
        rules.set_rule(session, STAFF, "domain", RuleDraft(base="common", percent_bp=-1000), group.id)
        recompute(session)
        by_rule = [("wholesale", 4290), ("markup", 5792), ("tax", 7124), ("rounding", 7199)]
        assert kinds(why.explain(session, asked(com))) == by_rule
        charge(session, com, 5000)
        by_hand = [*by_rule, ("own", 5000)]
        assert kinds(why.explain(session, asked(com, stranger.account_id))) == by_hand
        for_friends = [*by_hand, ("group", None), ("common", 5000), ("markup", 4500), ("rounding", 4500)]
        assert kinds(why.explain(session, asked(com, friend.account_id))) == for_friends
        charge(session, com, None)
        assert kinds(why.explain(session, asked(com)))[-1] == ("own", None)
        for product in (com, pl):
            for account in (None, friend.account_id):
                last = why.explain(session, asked(product, account))[-1].amount
                assert last == queries.price(session, product.id, "register", 1, "PLN", TODAY, account)
        with pytest.raises(NotFound):
            why.explain(session, why.Question(10**9, "register", 1, 0, None, TODAY))


def test_a_converted_price_names_the_table_of_its_rate(database: Database) -> None:
    with clock.frozen(NOW), database.writing(PLATFORM) as session:
        operations.ensure_tlds(session)
        exchange.store(session, "ecb", "", TODAY, {"CZK": Decimal("25.000")})
    with clock.frozen(NOW):
        czech = make_partner(database, country="CZ", currency="CZK", tax_mode="net", tax_id="", iban="")
        with as_partner(database, czech) as session:
            (com,) = sell(session, "com")
            rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=1000, ending=0))
            recompute(session)
            steps = why.explain(session, asked(com))
            assert kinds(steps) == [("wholesale", None), ("rate", 24750), ("markup", 27225), ("rounding", 27300)]
            assert steps[0].params["cost"] == why.Sum(990, "EUR")
            assert steps[1].params == {"rate": "25.000", "bank": "ECB", "day": TODAY, "table": ""}


def test_a_price_of_a_past_day_is_explained_by_what_held_then(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
    with clock.frozen(NOW + timedelta(days=3)), as_partner(database, partner) as session:
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=10_000, ending=0))
        recompute(session)
        assert kinds(why.explain(session, asked(com, later=2)))[-1] == ("rounding", 7199)
        assert kinds(why.explain(session, asked(com, later=3)))[-1] == ("rounding", 10_600)


def test_a_past_day_is_told_by_the_group_of_that_day(database: Database, partner: Partner) -> None:
    friend = make_subscriber(database, partner)
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        group = price_groups.create(session, STAFF, "Agencies")
        charge(session, com, 5000)
        charge(session, com, 4000, group_id=group.id)
    with clock.frozen(NOW + timedelta(days=3)), as_partner(database, partner) as session:
        price_groups.put_in(session, STAFF, friend.account_id, group.id)
    with clock.frozen(NOW + timedelta(days=6)), as_partner(database, partner) as session:
        price_groups.put_in(session, STAFF, friend.account_id, None)
        paid = {day: why.explain(session, asked(com, friend.account_id, later=day))[-1].amount for day in range(8)}
        assert paid == {0: 5000, 1: 5000, 2: 5000, 3: 4000, 4: 4000, 5: 4000, 6: 5000, 7: 5000}


def test_a_group_with_subscribers_is_not_deleted_and_one_without_takes_its_prices_along(
    database: Database, partner: Partner
) -> None:
    friend = make_subscriber(database, partner)
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        group, other = (price_groups.create(session, STAFF, name) for name in ("Agencies", "  Old   friends "))
        charge(session, com, 100, group_id=group.id)
        price_groups.put_in(session, STAFF, friend.account_id, group.id)
        with pytest.raises(Refusal, match="subscribers"):
            price_groups.delete(session, STAFF, group.id)
        price_groups.put_in(session, STAFF, friend.account_id, other.id)
        assert [(row.name, row.members) for row in price_groups.groups(session)] == [
            ("Agencies", 0),
            ("Old friends", 1),
        ]
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY, friend.account_id) is None
        assert price_groups.delete(session, STAFF, group.id) == "Agencies"
        price_groups.put_in(session, STAFF, friend.account_id, None)
        assert price_groups.members(session, other.id) == []
        for name in ("", "old FRIENDS"):
            with pytest.raises(Refusal):
                price_groups.create(session, STAFF, name)
        with pytest.raises(NotFound):
            price_groups.put_in(session, STAFF, friend.account_id, group.id)
