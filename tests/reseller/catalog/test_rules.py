"""What a rule makes of an amount, and which rule holds (H-41)."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.reseller.catalog.test_recompute import NOW, STAFF, TODAY, as_partner, partner, sell
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import facts, operations, price_groups, rules
from webapp.reseller.catalog.models import Price, PriceRule
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.catalog.rules import ENDINGS, RuleDraft, made
from webapp.reseller.partners.models import Partner

__all__ = ["partner"]  # a fixture


@pytest.mark.parametrize(
    ("cost", "draft", "tax_bp", "years", "price"),
    [
        (4290, RuleDraft(percent_bp=3500, ending=99), 2300, 1, 7199),
        (4290, RuleDraft(percent_bp=3500, ending=99), 0, 1, 5799),
        (990, RuleDraft(percent_bp=3500, ending=90), 2300, 1, 1690),
        (0, RuleDraft(percent_bp=3500, ending=99), 2300, 1, 0),
        (0, RuleDraft(amount=100, ending=99), 0, 1, 199),
        (1, RuleDraft(ending=99), 0, 1, 99),
        (9980, RuleDraft(amount=1000), 0, 2, 11980),
        (500, RuleDraft(amount=365), 0, 0, 530),
        (1000, RuleDraft(percent_bp=-5000, ending=0), 0, 1, 500),
        (1000, RuleDraft(amount=-5000, ending=99), 0, 1, 0),
        (facts.LARGEST_AMOUNT, RuleDraft(percent_bp=1), 0, 1, None),
    ],
)
def test_a_price_is_cost_mark_up_and_tax_rounded_up_to_its_ending(
    cost: int, draft: RuleDraft, tax_bp: int, years: int, price: int | None
) -> None:
    found = made(draft, cost, tax_bp, years=years, days=0 if years else 30)
    assert (found.amount if found else None) == price


@given(
    cost=st.integers(1, 10_000_000),
    percent_bp=st.integers(0, rules.MOST_BP),
    amount=st.integers(0, 100_000),
    ending=st.sampled_from(ENDINGS),
    tax_bp=st.sampled_from([0, 500, 2300, 2700]),
    years=st.integers(1, 10),
)
@settings(max_examples=200)
def test_a_price_ends_as_the_rule_says_and_never_falls_below_what_it_is_made_of(
    cost: int, percent_bp: int, amount: int, ending: int, tax_bp: int, years: int
) -> None:
    found = made(RuleDraft(percent_bp=percent_bp, amount=amount, ending=ending), cost, tax_bp, years=years)
    assert found is not None
    assert ending < 0 or found.amount % 100 == ending
    assert found.amount >= found.before >= Decimal(cost) * (10_000 + tax_bp) / 10_000
    assert found.amount - found.before < 100


ABSURD = (
    ("kind", {"kind": "frames"}),
    ("operation", {"operation": "steal"}),
    ("percent", {"percent_bp": -10_001}),
    ("percent", {"percent_bp": 10**40}),
    ("amount", {"amount": 10**40}),
    ("ending", {"ending": 95}),
    ("base", {"base": "common"}),
    ("base", {"base": "hope"}),
    ("in_past", {"valid_from": TODAY - timedelta(days=1)}),
)


def test_an_absurd_rule_is_refused_and_leaves_nothing_behind(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        for code, change in ABSURD:
            said: dict[str, Any] = dict(change)
            where = {name: said.pop(name) for name in ("kind", "valid_from") if name in said}
            with pytest.raises(Refusal) as refused:
                rules.set_rule(session, STAFF, draft=RuleDraft(**said), **{"kind": "domain", **where})
            assert refused.value.code == code
        with pytest.raises(NotFound):
            rules.set_rule(session, STAFF, "domain", RuleDraft(base="common"), 10**6)
        assert session.scalars(select(PriceRule)).all() == []


def test_the_latest_rule_holds_and_a_group_has_its_own(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        group = price_groups.create(session, STAFF, "Agencies").id
        later = TODAY + timedelta(days=5)
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=1000))
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=2000), valid_from=later)
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=500, operation="renew"))
        rules.set_rule(session, STAFF, "domain", RuleDraft(base="common", percent_bp=-1000), group)

        def percent(operation: str, on: int, who: int | None = None, base: str = "wholesale") -> int | None:
            book = rules.in_force(session, TODAY + timedelta(days=on))
            found = book.rule("domain", operation, who, base)
            return found.percent_bp if found else None

        assert [percent("register", 0), percent("register", 4), percent("register", 5)] == [1000, 1000, 2000]
        assert percent("renew", 5) == 500
        assert (percent("renew", 0, group, "common"), percent("renew", 0, group)) == (-1000, None)
        assert rules.in_force(session, TODAY).rule("hosting", "renew", None, "wholesale") is None
        rules.set_rule(session, STAFF, "domain", RuleDraft(percent_bp=1100))
        assert percent("register", 0) == 1100, "the same day again corrects"
        assert len(session.scalars(select(PriceRule)).all()) == 4
        rules.drop_rule(session, STAFF, "domain", "renew")
        assert percent("renew", 0) == 1100
        with pytest.raises(NotFound):
            rules.drop_rule(session, STAFF, "domain", "renew")


def test_whatever_happens_a_price_set_by_hand_stays_as_it_was_set(database: Database, partner: Partner) -> None:
    """A hundred random acts of a partner; the own prices are those of a plain dictionary."""
    chance = random.Random(5)
    own: dict[tuple[int, str], int | None] = {}
    products: list[int] = []
    for day in range(10):
        with clock.frozen(NOW + timedelta(days=day)), as_partner(database, partner) as session:
            today = TODAY + timedelta(days=day)
            products = products or [product.id for product in sell(session, "com", "pl", "de")]
            for _ in range(10):
                key = chance.choice(products), chance.choice(("register", "renew"))
                act = chance.choice(("set", "rule", "clear", "recompute", "withhold"))
                if act in ("set", "withhold"):
                    own[key] = chance.randrange(10_000) if act == "set" else None
                    operations.set_price(session, STAFF, *key, 1, own[key], "PLN", today)
                elif act == "clear" and key in own:
                    del own[key]
                    operations.clear_override(session, STAFF, *key, 1, "PLN")
                elif act == "rule":
                    draft = RuleDraft(percent_bp=chance.randrange(9000), ending=chance.choice(ENDINGS))
                    rules.set_rule(session, STAFF, "domain", draft)
                else:
                    recompute(session)
            held = (Price.source == "own", Price.valid_from <= today, Price.valid_to.is_(None))
            rows = session.scalars(select(Price).where(*held).order_by(Price.valid_from, Price.id))
            assert {(row.product_id, row.operation): row.amount for row in rows} == own
            by_rule = session.scalars(select(Price).where(Price.source == "rule", Price.valid_to.is_(None))).all()
            keys = [(row.product_id, row.operation, row.years, row.days) for row in by_rule]
            assert len(keys) == len(set(keys)), "one open row for each"
