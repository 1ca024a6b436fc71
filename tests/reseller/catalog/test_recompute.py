"""Prices that rules make: written by recomputing, never over a price set by hand (H-41, H-42, H-46)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner, make_subscriber
from tests.harness.statements import counted
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.reseller.catalog import amounts, exchange, facts, operations, plans, price_table, queries, rules
from webapp.reseller.catalog.models import Price, PriceGroup, PriceGroupMember, Product, Tld, WholesalePrice
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.catalog.rules import RuleDraft
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

PLATFORM = tenancy.Platform("operator")
STAFF = Actor("staff", 1, "ewa@acme.example")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
THIRD = RuleDraft(percent_bp=3500, ending=99)


@pytest.fixture
def partner(database: Database) -> Iterator[Partner]:
    with clock.frozen(NOW):
        with database.writing(PLATFORM) as session:
            operations.ensure_tlds(session)
        yield make_partner(database)


@contextmanager
def as_partner(database: Database, partner: Partner) -> Iterator[Session]:
    with tenancy.tenant(partner.id), database.writing() as session:
        yield session


def sell(session: Session, *endings: str) -> list[Product]:
    found = {tld.name: tld.id for tld in queries.tlds(session)}
    return [operations.add_product(session, STAFF, found[name]) for name in endings or found]


def now(session: Session, product: Product, operation: str = "register", years: int = 1, account: int | None = None,
        currency: str = "PLN", on: date = TODAY) -> int | None:  # fmt: skip
    return queries.price(session, product.id, operation, years, currency, on, account)


def charge(session: Session, product: Product, amount: int | None, **more: int) -> None:
    operations.set_price(session, STAFF, product.id, "register", 1, amount, "PLN", TODAY, **more)


def dearer(database: Database, ending: str, amount: int, day: date) -> None:
    with database.writing(PLATFORM) as session:
        tld = queries.tld_by_name(session, ending)
        assert tld is not None
        key = {"tld_id": tld.id, "operation": "register", "years": 1, "currency": "PLN", "valid_from": day}
        session.add(WholesalePrice(**key, amount=amount))


def test_one_rule_gives_every_ending_its_prices(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        assert recompute(session) == 0
        assert now(session, com) is None, "without a rule everything stays as it was"
        rules.set_rule(session, STAFF, "domain", THIRD)
        assert recompute(session) == 50
        assert now(session, com) == 7199, "42.90 net, 35 % on top, 23 % tax, up to .99"
        assert (now(session, pl), now(session, pl, "renew"), now(session, pl, "restore")) == (1699, 8299, 21499)
        assert recompute(session) == 0, "nothing changed, so nothing is written"
        assert set(session.scalars(select(Price.source))) == {"rule"}


def test_a_price_set_by_hand_wins_and_survives_every_change_of_the_rule(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        charge(session, com, 4444)
        charge(session, pl, None)
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=9000, amount=500, ending=0))
        recompute(session)
        assert (now(session, com), now(session, pl)) == (4444, None)
        assert 1 not in amounts.prices_of(session, [pl.id], "PLN", TODAY, None)[pl.id]["register"], "not for sale"
        operations.clear_override(session, STAFF, com.id, "register", 1, "PLN")
        operations.clear_override(session, STAFF, pl.id, "register", 1, "PLN")
        assert now(session, com) == 10700, "(42.90 + 90 % + 5.00) with tax is 106.41"
        assert now(session, pl) == 3000


def test_a_price_that_is_ended_stays_ended_where_a_rule_would_make_one(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        operations.end_price(session, STAFF, com.id, "register", 1, "PLN", TODAY + timedelta(days=3))
        assert now(session, com, on=TODAY + timedelta(days=3)) == 7199
        assert now(session, com, on=TODAY + timedelta(days=4)) is None
        recompute(session)
        assert now(session, com, on=TODAY + timedelta(days=4)) is None


def test_a_dearer_wholesale_price_makes_the_price_follow_and_history_stays(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
    later = TODAY + timedelta(days=10)
    dearer(database, "com", 6000, later)
    with clock.frozen(NOW + timedelta(days=10)), as_partner(database, partner) as session:
        assert recompute(session) == 1
        assert now(session, com, on=later) == 9999
        assert now(session, com, on=later - timedelta(days=1)) == 7199
        rows = session.scalars(select(Price).where(Price.operation == "register", Price.years == 1)).all()
        assert sorted(row.valid_to or date.max for row in rows) == [later - timedelta(days=1), date.max]
        made = next(row for row in rows if row.valid_to is None).made_of
        assert (made["cost"], made["currency"], made["percent_bp"], made["before"]) == (6000, "PLN", 3500, "9963")


def test_an_operations_own_rule_beats_the_general_one(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        rules.set_rule(session, STAFF, "domain", THIRD)
        rules.set_rule(session, STAFF, "domain", RuleDraft(operation="restore", amount=10_000, ending=0))
        recompute(session)
        assert (now(session, com), now(session, com, "restore")) == (7199, 49100)
        rules.drop_rule(session, STAFF, "domain", "restore")
        recompute(session)
        assert now(session, com, "restore") == 49699


def test_a_dropped_rule_takes_its_prices_along(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        charge(session, pl, 1234)
        rules.drop_rule(session, STAFF, "domain")
        assert recompute(session) == 50
        assert (now(session, com), now(session, pl)) == (None, 1234)


def test_a_groups_prices_follow_the_common_ones_even_those_set_by_hand(database: Database, partner: Partner) -> None:
    friend, stranger = (make_subscriber(database, partner, email=f"{name}@example.com") for name in ("ann", "bob"))
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        group = PriceGroup(name="Agencies")
        session.add(group)
        session.flush()
        session.add(PriceGroupMember(group_id=group.id, account_id=friend.account_id))
        rules.set_rule(session, STAFF, "domain", THIRD)
        rules.set_rule(session, STAFF, "domain", RuleDraft(base="common", percent_bp=-1000), group.id)
        recompute(session)
        assert now(session, com, account=friend.account_id) == 6480, "71.99 less a tenth, rounded up"
        charge(session, com, 5000)
        assert now(session, com, account=friend.account_id) == 4500, "at once"
        assert now(session, com, account=stranger.account_id) == 5000
        charge(session, com, 100, group_id=group.id)
        recompute(session)
        assert now(session, com, account=friend.account_id) == 100
        assert now(session, pl, account=friend.account_id) == 1530


def test_a_currency_without_wholesale_prices_is_converted_by_the_banks_table(database: Database) -> None:
    with clock.frozen(NOW), database.writing(PLATFORM) as session:
        operations.ensure_tlds(session)
        exchange.store(session, "ecb", "", TODAY, {"CZK": Decimal("25.000"), "PLN": Decimal("4.2500")})
    with clock.frozen(NOW):
        partner = make_partner(database, country="CZ", currency="CZK", tax_mode="net", tax_id="", iban="")
        with as_partner(database, partner) as session:
            (com,) = sell(session, "com")
            rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=1000, ending=0))
            assert recompute(session)
            assert now(session, com, currency="CZK") == 27300, "9.90 EUR are 247.50 CZK, and a tenth on top"
            made = session.scalar(select(Price.made_of).where(Price.operation == "register", Price.years == 1))
            assert made is not None
            assert (made["rate"], made["rate_day"], made["base_amount"]) == ("25.000", "2026-11-21", 24750)


def test_days_are_priced_by_the_rule_too(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (pl,) = sell(session, "pl")
        tld = session.get(Tld, pl.tld_id)
        assert tld is not None
        days = facts.day_periods(tld.facts)
        assert 30 in days
        rules.set_rule(session, STAFF, "domain", RuleDraft())
        recompute(session)
        found = amounts.day_prices_of(session, [pl.id], "PLN", TODAY, None)[pl.id]["renew"]
        assert tuple(found) == days
        assert found[30] == 506, "a year is 49.90 net: 30 of 365 days are 4.11, and 23 % tax"
        operations.set_price(session, STAFF, pl.id, "renew", 0, 999, "PLN", TODAY, days=30)
        assert amounts.day_prices_of(session, [pl.id], "PLN", TODAY, None)[pl.id]["renew"][30] == 999
        assert now(session, pl, "renew") == 6138, "years are another matter"


def test_plans_are_priced_by_their_cost_and_the_rule_of_their_kind(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        rules.set_rule(session, STAFF, "hosting", RuleDraft(percent_bp=10_000, ending=0))
        draft = plans.ProductDraft("hosting", "start", {"pl": "Start"}, cost=5000)
        plan = plans.create(session, STAFF, draft)
        assert [now(session, plan, "renew", years) for years in (1, 2, 3)] == [12_300, 24_600, 36_900]
        plans.change(session, STAFF, plan.id, replace(draft, cost=6000))
        assert now(session, plan) == 14_800
        plans.change(session, STAFF, plan.id, replace(draft, cost=None))
        assert now(session, plan) is None, "without a cost there is nothing to add to"


def test_what_is_sold_below_its_cost_is_flagged(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, _ = sell(session, "com", "pl")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        assert price_table.losses(session, TODAY) == []
        charge(session, com, 4000)
        (row,) = price_table.losses(session, TODAY)
        assert (row.tld, row.losses) == ("com", [("register", 1, 0)])
        assert row.cell("register").source == "own"


def test_every_price_of_a_rule_ends_as_it_says_and_covers_its_cost_in_a_few_statements(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        products = sell(session)
        assert len(products) >= 60
        rules.set_rule(session, STAFF, "domain", RuleDraft(ending=90))
        with counted(database) as statements:
            assert recompute(session) > 1000
        assert len(statements) <= 14, statements
        with counted(database) as statements:
            assert recompute(session) == 0
        assert len(statements) <= 7, statements
        for row in price_table.price_rows(session, "PLN", TODAY):
            for cell in row.cells.values():
                assert cell.margin is not None
                assert cell.margin.amount >= 0
                assert cell.amount is not None
                assert cell.amount % 100 == 90 or cell.wholesale == 0
