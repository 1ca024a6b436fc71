"""Lists of invoices: what each filter finds, what it adds up to, and by which index (W-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.harness.statements import counted
from tests.reseller.billing.test_invoices import by_hand, correct, issue, paid
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.reseller.billing import invoice_queries, invoices
from webapp.reseller.billing.corrections import Changes
from webapp.reseller.billing.invoice_queries import InvoiceFilter
from webapp.reseller.desk import kept_filters
from webapp.reseller.orders import manual


def found(shop: Shop, **wanted: Any) -> list[str]:
    """Numbers of what a filter leaves."""
    with shop.scope(), shop.database.reading() as session:
        page, _ = invoice_queries.listed(session, InvoiceFilter(**wanted))
        return [each.invoice.number.replace("/2026/0000", "") for each in page.items]


def test_every_filter_finds_its_documents(shop: Shop) -> None:
    """W-08: number, state, kind, days, subscriber and amount."""
    first = issue(shop, by_hand(shop, manual.FreeLine("Work", 1, 100_00, 2300)))
    issue(shop, paid(shop, "acme.com"))
    correct(shop, first, Changes({1: {"unit_amount": 90_00}}))
    with shop.scope(), shop.database.writing() as session:
        invoices.note_sent(session, SELLER, first, "anna@example.com")
    today = clock.today(shop.partner.timezone)
    assert found(shop) == ["FK1", "FV2", "FV1"]
    assert found(shop, number="00002") == ["FV2"]
    assert found(shop, kind="correction") == ["FK1"]
    assert found(shop, state="corrected") == ["FV1"]
    assert found(shop, state="sent") == ["FV1"]
    assert found(shop, state="unsent") == ["FK1", "FV2"]
    assert found(shop, subscriber="ŻÓŁK") == ["FK1", "FV2", "FV1"]
    assert found(shop, subscriber="nobody") == []
    assert found(shop, least=50_00) == ["FV1"]
    assert found(shop, most=0) == ["FK1"]
    assert found(shop, since=today + timedelta(days=1)) == []
    assert found(shop, until=today, account_id=shop.subscriber.account_id) == ["FK1", "FV2", "FV1"]
    assert found(shop, account_id=shop.subscriber.account_id + 1) == []


def test_totals_are_those_of_the_filter(shop: Shop) -> None:
    first = issue(shop, by_hand(shop, manual.FreeLine("Work", 1, 123_00, 2300)))
    correct(shop, first, Changes({1: {"unit_amount": 61_50}}))
    with shop.scope(), shop.database.reading() as session:
        page, totals = invoice_queries.listed(session, InvoiceFilter(number="2026"))
        _, none = invoice_queries.listed(session, InvoiceFilter())
    assert [(each.currency, each.count, each.net, each.tax, each.gross) for each in totals] == [
        ("PLN", 2, 50_00, 11_50, 61_50)
    ]
    assert (page.total, list(none)) == (2, [])


def test_a_page_takes_two_statements_by_an_index(shop: Shop) -> None:
    for name in ("a1.com", "a2.com"):
        issue(shop, paid(shop, name))
    with shop.scope(), shop.database.reading() as session, counted(shop.database) as statements:
        page, _ = invoice_queries.listed(session, InvoiceFilter(state="unsent"))
        assert [each.sent for each in page.items] == [False, False]
    assert len(statements) <= 2
    if not shop.database.is_postgresql:
        with shop.database.engine.connect() as connection:
            order = "ORDER BY issue_date DESC, id DESC LIMIT 50"
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM invoices WHERE partner_id = 1 {order}"))
            assert "ix_invoices_issued" in str(plan.all())


def test_filters_are_kept_per_person_and_list(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        kept_filters.keep(session, "staff:1", "invoices", {"state": "sent", "number": ""})
        kept_filters.keep(session, "staff:1", "invoices", {"state": "unsent"})
        kept_filters.keep(session, "staff:2", "invoices", {"number": "7"})
        assert kept_filters.values(session, "staff:1", "invoices") == {"state": "unsent"}
        assert kept_filters.values(session, "staff:1", "proformas") == {}
        kept_filters.forget(session, "staff:1", "invoices")
        assert kept_filters.values(session, "staff:1", "invoices") == {}
        assert kept_filters.values(session, "staff:2", "invoices") == {"number": "7"}


@pytest.mark.parametrize("field", ["number", "state", "least"])
def test_a_filter_knows_whether_it_leaves_something_out(field: str) -> None:
    assert not InvoiceFilter(account_id=3).narrows
    changed: dict[str, Any] = {field: 0 if field == "least" else "x"}
    assert replace(InvoiceFilter(), **changed).narrows
