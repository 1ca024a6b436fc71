"""The last import of a price list is taken back (H-41): at once, days later, and not when its prices moved."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.reseller.catalog.test_price_files import sheet
from tests.reseller.catalog.test_recompute import NOW, STAFF, THIRD, TODAY, as_partner, charge, now, partner, sell
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import operations, price_groups, price_imports, price_undo, rules
from webapp.reseller.catalog.models import Price, PriceImport, Product
from webapp.reseller.catalog.recompute import recompute
from webapp.reseller.partners.models import AuditEvent, Partner

__all__ = ["partner"]  # a fixture


def brought(session: Session, *lines: str) -> str:
    """Import these lines; the mark of the import."""
    read = sheet(session, *lines)
    assert read.problems == ()
    shown = price_imports.preview(session, read.rows)
    price_imports.apply(session, STAFF, read.rows, shown.fingerprint)
    return session.scalars(select(PriceImport)).one().mark


def standing(session: Session) -> list[tuple[object, ...]]:
    """Every price set by hand, but for the numbers of the rows."""
    rows = session.scalars(select(Price).where(Price.source == "own"))
    return sorted(
        (each.product_id, each.operation, each.years, each.days, each.group_id or 0, str(each.valid_from),
         str(each.valid_to), str(each.amount))
        for each in rows
    )  # fmt: skip


def own(session: Session, product: Product, amount: int | None, day: date, operation: str = "register") -> None:
    operations.set_price(session, STAFF, product.id, operation, 1, amount, "PLN", day)


def furnished(session: Session) -> tuple[Product, Product]:
    """A list with a rule, prices by hand of today, of last month and of next year, and a group."""
    com, pl = sell(session, "com", "pl")
    rules.set_rule(session, STAFF, "domain", THIRD)
    recompute(session)
    group = price_groups.create(session, STAFF, "Agencies")
    with clock.frozen(NOW - timedelta(days=30)):
        own(session, com, 4000, TODAY - timedelta(days=30))
        own(session, pl, 1500, TODAY - timedelta(days=30))
        own(session, pl, 1700, TODAY - timedelta(days=30), "renew")
    charge(session, com, 4500)
    charge(session, com, 4100, group_id=group.id)
    own(session, pl, 1600, TODAY + timedelta(days=60))
    return com, pl


LINES = (
    "com;register;1y;PLN;99;;",  # over one of today and one of last month
    "com;renew;1y;PLN;88;;",  # by the rule until now
    "com;register;1y;PLN;77;agencies;",
    "pl;register;1y;PLN;;;",  # left to the rule, today and next year
    "pl;renew;1y;PLN;-;;2027-06-01",
)


def test_an_import_of_today_is_taken_back_without_a_trace_in_the_prices(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = furnished(session)
        before = standing(session)
        mark = brought(session, *LINES)
        assert (now(session, com), now(session, pl), standing(session) == before) == (9900, 1699, False)
        found = price_undo.last(session)
        assert found is not None
        assert len(found.entries) == 5
        assert price_undo.undo(session, STAFF, mark) == 5
        assert standing(session) == before
        assert (now(session, com), now(session, pl)) == (4500, 1500)
        assert price_undo.last(session) is None
        with pytest.raises(Refusal, match="cannot be taken back"):
            price_undo.undo(session, STAFF, mark)
        deeds = session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("prices.import"))).all()
        assert deeds == ["prices.imported", "prices.import_undone"]


def test_days_later_the_prices_of_before_hold_again_and_what_was_asked_stays_told(
    database: Database, partner: Partner
) -> None:
    days = TODAY + timedelta(days=3)
    with as_partner(database, partner) as session:
        com, pl = furnished(session)
        by_rule = now(session, com, "renew")
        mark = brought(session, *LINES)
        assert now(session, com, "renew") == 8800 != by_rule
    with clock.frozen(NOW + timedelta(days=3)), as_partner(database, partner) as session:
        assert price_undo.undo(session, STAFF, mark) == 5
        com, pl = sell(session, "com", "pl")
        yesterday = days - timedelta(days=1)
        assert [now(session, com, on=day) for day in (TODAY, yesterday, days)] == [9900, 9900, 4500]
        assert [now(session, pl, on=day) for day in (TODAY, yesterday, days)] == [1699, 1699, 1500]
        assert now(session, com, "renew", on=days) == by_rule
        assert now(session, pl, "renew", on=date(2027, 7, 1)) == 1700
        assert now(session, pl, on=TODAY + timedelta(days=61)) == 1600


def test_prices_that_moved_since_are_not_taken_back(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl = furnished(session)
        mark = brought(session, *LINES)
        own(session, pl, 5000, TODAY + timedelta(days=5), "restore")
        recompute(session)
        assert price_undo.last(session) is not None, "another price, or one that a rule makes, is no reason"
        charge(session, com, 4800)
        assert price_undo.last(session) is None
        with pytest.raises(Refusal, match="changed since"):
            price_undo.undo(session, STAFF, mark)
        assert now(session, com) == 4800
        second = brought(session, "com;register;1y;PLN;66;;")
        with pytest.raises(Refusal, match="changed since"):
            price_undo.undo(session, STAFF, mark)
        assert price_undo.undo(session, STAFF, second) == 1
        assert now(session, com) == 4800
