"""What was paid is what is invoiced: after a split, for a payment of many, with money that came twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.reseller.billing import corrections, invoices
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.corrections import Changes
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import NumberSeries, Proforma
from webapp.reseller.billing.numbers import dated_number
from webapp.reseller.desk.books import check
from webapp.reseller.orders import manual, payments, restructure
from webapp.reseller.partners import queries as partners


@pytest.fixture(autouse=True)
def the_books_are_in_order(shop: Shop) -> Iterator[None]:
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def in_net_prices(shop: Shop, *amounts: int) -> Proforma:
    """An unpaid proforma of a partner who shows prices without tax."""
    with shop.scope(), shop.database.writing() as session:
        partners.partner(session).tax_mode = "net"
    items = tuple(manual.FreeLine(f"Work {number}", 1, amount, 2300) for number, amount in enumerate(amounts))
    with shop.scope(), shop.database.writing() as session:
        made = manual.write_proforma(session, SELLER, shop.subscriber.account_id, items, "", f"k{amounts}")
    return shop.proforma(made.id)


def invoiced(shop: Shop, proforma: Proforma) -> Invoice:
    shop.pay(proforma)
    with shop.scope(), shop.database.writing() as session:
        return invoices.issue_for_proforma(session, SELLER, proforma.id)


def split(shop: Shop, proforma: Proforma) -> list[Proforma]:
    with shop.scope(), shop.database.writing() as session:
        made = restructure.split(session, SELLER, proforma.id)
    return [shop.proforma(each.id) for each in made]


@pytest.mark.parametrize("amounts", [(2, 2), (3, 3, 3), (11_37, 99, 1)])
def test_parts_of_a_split_proforma_are_invoiced_as_they_were_paid(shop: Shop, amounts: tuple[int, ...]) -> None:
    """Tax of the whole is not always the sum of the tax of its parts: the cent goes where the money went."""
    whole = in_net_prices(shop, *amounts)
    parts = split(shop, whole)
    made = [invoiced(shop, each) for each in parts]
    assert [each.gross for each in made] == [each.gross for each in parts]
    assert sum(each.gross for each in made) == whole.gross
    assert all(each.tax_rows[0]["category"] == "S" for each in made)


def test_a_merged_proforma_is_invoiced_as_it_was_paid(shop: Shop) -> None:
    old = [in_net_prices(shop, amount) for amount in (12, 13, 14)]
    with shop.scope(), shop.database.writing() as session:
        made = restructure.merge(session, SELLER, [each.id for each in old])
    merged = shop.proforma(made.id)
    assert invoiced(shop, merged).gross == merged.gross == sum(each.gross for each in old)


def test_corrections_of_such_a_part_leave_nothing_over(shop: Shop) -> None:
    """A word is corrected without an amount; an amount to what is right; taking all back leaves nothing."""
    part = split(shop, in_net_prices(shop, 2, 2))[0]
    invoice = invoiced(shop, part)
    assert (invoice.net, invoice.gross) == (2, 3), "the tax of 0.02 alone would be nothing"
    with shop.scope(), shop.database.writing() as session:
        word = corrections.correct(session, SELLER, invoice.id, Changes({1: {"description": "A"}}), "Wrong word")
        assert (word.gross, word.tax_rows) == (0, [])
        more = corrections.correct(session, SELLER, invoice.id, Changes({1: {"quantity": 100}}), "Too few")
        assert invoice.gross + more.gross == 246
        none = corrections.cancel(session, SELLER, invoice.id, "By mistake")
        assert [sum(getattr(each, name) for each in (invoice, word, more, none)) for name in ("net", "tax")] == [0, 0]


def received(amount: int, day: date, key: str) -> billing.Received:
    return billing.Received(amount, "PLN", day, "transfer", "", key)


def test_the_tax_is_due_when_the_money_arrived_also_for_many_at_once(shop: Shop) -> None:
    one, two = shop.order("one.com"), shop.order("two.com")
    day, account = clock.today("UTC") - timedelta(days=3), shop.subscriber.account_id
    with shop.scope(), shop.database.writing() as session:
        money = received(one.gross + two.gross, day, "both")
        payments.receive_for_many(session, SELLER, account, [one.id, two.id], money)
        made = [invoices.issue_for_proforma(session, SELLER, each.id) for each in (one, two)]
        assert [(each.sale_date, each.paid_on) for each in made] == [(day, day)] * 2


def test_money_that_comes_a_second_time_moves_no_day_of_sale(shop: Shop) -> None:
    proforma, today = shop.order("one.com"), clock.today("UTC")
    with shop.scope(), shop.database.writing() as session:
        payments.receive(session, SELLER, proforma.id, received(proforma.gross, today - timedelta(days=3), "first"))
    with shop.scope(), shop.database.writing() as session:
        payments.receive(session, SELLER, proforma.id, received(proforma.gross, today, "again"))
        made = invoices.issue_for_proforma(session, SELLER, proforma.id)
        assert made.sale_date == today - timedelta(days=3)


def test_a_correction_that_charges_tax_does_not_say_reverse_charge(shop: Shop) -> None:
    """The buyer's VAT number was no good: the tax is the seller's affair now, and so says the paper."""
    proforma = shop.order("one.com")
    with shop.scope(), shop.database.writing() as session:
        found = billing.locked_proforma(session, proforma.id)
        found.buyer = {**found.buyer, "country": "DE", "tax_id": "DE136695976"}
        found.tax_regime, found.net, found.tax = "reverse", found.gross, 0
        found.lines[0].tax_rate_bp, found.lines[0].tax_category = 0, "AE"
        found.tax_rows = [{"rate_bp": 0, "category": "AE", "net": found.gross, "tax": 0, "gross": found.gross}]
    invoice = invoiced(shop, shop.proforma(proforma.id))
    assert invoice.notes == ["reverse_charge"]
    with shop.scope(), shop.database.writing() as session:
        word = corrections.correct(session, SELLER, invoice.id, Changes({1: {"description": "A"}}), "A word")
        taxed = corrections.correct(session, SELLER, invoice.id, Changes({1: {"tax_rate_bp": 2300}}), "No VAT number")
        assert (word.notes, taxed.notes) == (["reverse_charge"], [])
        assert {row["category"] for row in taxed.tax_rows} == {"S", "AE"}


@pytest.mark.parametrize("night", ["2026-11-30", "2026-12-31"])
def test_a_number_that_was_waited_for_over_midnight_bears_the_day_of_its_turn(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, night: str
) -> None:
    """Warsaw is an hour ahead. Of two at midnight the one that waits for the number must not go back in time."""
    midnight = datetime.fromisoformat(f"{night}T23:00:00+00:00")
    turns = iter([midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)])
    monkeypatch.setattr(clock, "now", lambda: next(turns))
    with shop.scope(), shop.database.writing() as session:
        _number, day = dated_number(session, partners.partner(session), "proforma")
    monkeypatch.undo()
    assert day.isoformat() == ("2026-12-01" if night == "2026-11-30" else "2026-12-31")
    with shop.scope(), shop.database.writing() as session:
        change(session, NumberSeries, last=0)
