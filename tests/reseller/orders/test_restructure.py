"""Unpaid proformas in another shape: split (O-16), merged; to the cent, and everything behind them goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.selling import BUYER, SELLER, Shop
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.models import Proforma
from webapp.reseller.desk.books import check
from webapp.reseller.orders import documents, restructure
from webapp.reseller.orders import queries as orders


@pytest.fixture(autouse=True)
def the_books_are_in_order(shop: Shop) -> Iterator[None]:
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def split(shop: Shop, proforma: Proforma) -> list[Proforma]:
    with shop.scope(), shop.database.writing() as session:
        made = restructure.split(session, BUYER, proforma.id)
    return [shop.proforma(each.id) for each in made]


def merge(shop: Shop, *proformas: Proforma) -> Proforma:
    with shop.scope(), shop.database.writing() as session:
        made = restructure.merge(session, SELLER, [each.id for each in proformas])
    return shop.proforma(made.id)


def refused(shop: Shop, *proformas: Proforma) -> str:
    with pytest.raises(Refusal) as caught:
        merge(shop, *proformas) if len(proformas) > 1 else split(shop, *proformas)
    return caught.value.code


def test_o_16_each_item_gets_a_proforma_and_amounts_and_due_dates_stay(shop: Shop) -> None:
    old = shop.order("one.com", "two.pl", "three.com", years=1)
    made = split(shop, old)
    assert [each.lines[0].subject for each in made] == ["one.com", "two.pl", "three.com"]
    assert sum(each.gross for each in made) == old.gross
    assert {each.due_date for each in made} == {old.due_date}
    assert len({each.number for each in made} | {old.number}) == 4
    old = shop.proforma(old.id)
    assert (old.state, old.replaced_by, len(old.lines)) == ("superseded", [each.id for each in made], 3)
    assert all(each.made_of == [old.id] and each.net + each.tax == each.gross for each in made)


def test_a_part_of_a_split_order_is_activated_alone(shop: Shop) -> None:
    first, second = split(shop, shop.order("one.com", "two.pl"))
    shop.pay(first)
    shop.activate(first)
    shop.work()
    assert shop.line_states() == ["done", "awaiting_payment"]
    with shop.scope(), shop.database.reading() as session:
        assert [each.state for each in orders.progress(session, shop.proforma(first.id))] == ["done"]
        assert documents.of_proforma(session, first.id) == documents.of_proforma(session, second.id)
    shop.pay(second)
    shop.activate(second)
    shop.work()
    assert shop.line_states() == ["done", "done"]


def test_what_is_merged_is_paid_and_activated_together_once(shop: Shop) -> None:
    one, two, three = shop.order("one.com"), shop.order("two.pl"), shop.order("three.com", "four.com")
    made = merge(shop, two, one, three)
    assert made.gross == one.gross + two.gross + three.gross == sum(row["gross"] for row in made.tax_rows)
    assert (made.due_date, len(made.lines)) == (one.due_date, 4)
    assert refused(shop, one, two) == "state"
    shop.pay(made)
    shop.activate(made)
    shop.work()
    assert shop.line_states() == ["done"] * 4
    assert refused(shop, made) == "state"


def test_split_and_merged_again_is_worth_what_it_was(shop: Shop) -> None:
    old = shop.order("one.com", "two.pl")
    made = merge(shop, *split(shop, old))
    assert (made.gross, made.tax_rows[0]["rate_bp"]) == (old.gross, old.tax_rows[0]["rate_bp"])
    with shop.scope(), shop.database.reading() as session:
        assert set(restructure.origins(session, made)) == set(made.made_of)


def test_a_paid_one_and_one_of_a_single_item_stay_as_they_are(shop: Shop) -> None:
    paid, single = shop.order("one.com", "two.pl"), shop.order("three.com")
    shop.pay(paid)
    assert refused(shop, paid) == "state"
    assert refused(shop, single) == "one_line"
    assert refused(shop, single, single) == "how_many"
    assert shop.proforma(single.id).state == "issued"
