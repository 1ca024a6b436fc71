"""What a mark-up would change is what it changes (H-41, H-42)."""

from __future__ import annotations

import pytest

from tests.harness.statements import counted
from tests.reseller.catalog.test_recompute import STAFF, THIRD, TODAY, as_partner, charge, partner, sell
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import price_groups, price_table, retail, rule_trial, rules
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.catalog.rules import COMMON, RuleDraft
from webapp.reseller.partners.models import Partner

__all__ = ["partner"]  # a fixture
DRAFTS = (
    THIRD,
    RuleDraft(percent_bp=-5000),
    RuleDraft(percent_bp=3500, ending=0, operation="transfer"),
    RuleDraft(amount=100, ending=90, operation="restore"),
    RuleDraft(),
)


def test_a_trial_counts_what_subscribers_will_see_changed(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, _pl = sell(session, "com", "pl")
        group = price_groups.create(session, STAFF, "Agencies")
        charge(session, com, 4444)
        for draft in DRAFTS:
            tried = rule_trial.try_out(session, "domain", draft, None)
            assert tried.kept == 1
            rules.set_rule(session, STAFF, "domain", draft)
            written = recompute(session)
            hidden = not draft.operation  # the price of .com that a rule makes under the one set by hand
            assert written - hidden == tried.count, draft
        less = RuleDraft(base=COMMON, percent_bp=-1000)
        with counted(database) as statements:
            tried = rule_trial.try_out(session, "domain", less, group.id)
        assert len(statements) <= 12
        rules.set_rule(session, STAFF, "domain", less, group.id)
        assert 0 < tried.count <= recompute(session)
        first = tried.examples[0]
        assert first.before is not None
        assert first.after is not None
        assert 9 * first.before <= 10 * first.after < 9 * first.before + 10, "a tenth less, rounded up"
        with pytest.raises(Refusal):
            rule_trial.try_out(session, "domain", RuleDraft(percent_bp=10**40), None)


def test_prices_go_back_to_the_rule_and_longer_periods_follow_what_was_changed(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        row = retail.prices_of(session, com.id)
        assert row is not None
        assert retail.in_step(row, {("transfer", 1, 0): 100}) == {}, "a transfer moves no other price"
        wanted = retail.in_step(row, {("register", 1, 0): 1000}) | {("register", 1, 0): 1000}
        assert wanted["register", 3, 0] == 1000 + 2 * 7999
        assert retail.set_amounts(session, STAFF, com.id, wanted) == 10
        assert retail.set_amounts(session, STAFF, com.id, wanted) == 0
        assert retail.back_to_rules(session, STAFF, com.id, "renew") == 0
        assert retail.back_to_rules(session, STAFF, com.id) == 10
        again = retail.prices_of(session, com.id)
        assert again == row
        with counted(database) as statements:
            price_table.price_rows(session, "PLN", TODAY)
        assert len(statements) <= 6


def test_an_ending_of_two_years_follows_by_the_year(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (ai,) = sell(session, "ai")
        rules.set_rule(session, STAFF, "domain", THIRD)
        recompute(session)
        row = retail.prices_of(session, ai.id)
        assert row is not None
        assert row.min_years == 2
        assert retail.in_step(row, {("register", 1, 0): 1000}) == {}, "nobody can order it for one year"
        wanted = retail.in_step(row, {("register", 2, 0): 1000, ("renew", 2, 0): 4001})
        assert wanted["renew", 3, 0] == 6002, "a year and a half more, half a grosz up"
        assert wanted["register", 3, 0] == 1000 + 2001
        assert ("register", 2, 0) not in wanted
