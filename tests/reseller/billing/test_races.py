"""Many at once: balances, credit and document numbers, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop
from webapp.foundation.db import Database
from webapp.reseller.billing import ledger
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import LedgerPosting, NumberSeries, Proforma
from webapp.reseller.billing.numbers import next_number

THREADS = 8
T = TypeVar("T")


def at_once(work: Callable[[int], T], times: int) -> list[T]:
    """Call `work(n)` for each n, by several threads that start together."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(times)))


class RolledBack(Exception):
    """A document that came to nothing after it had taken its number."""


def test_numbers_have_no_gap_and_no_double_whatever_rolls_back(shop: Shop) -> None:
    """P8: 1..n, though every fifth document fails after taking its number."""
    failing = {n for n in range(200) if random.Random(n).random() < 0.2}

    def issue(n: int) -> int | None:
        try:
            with shop.scope(), shop.database.writing() as session:
                number = next_number(session, "issuer", "race", 2026)
                if n in failing:
                    raise RolledBack
                return number
        except RolledBack:
            return None

    numbers = sorted(number for number in at_once(issue, 200) if number is not None)
    assert numbers == list(range(1, 200 - len(failing) + 1))
    with shop.scope(), shop.database.reading() as session:
        assert session.scalar(select(NumberSeries.last).where(NumberSeries.series == "race")) == len(numbers)


def test_a_wholesale_balance_never_passes_its_limit(shop: Shop) -> None:
    """P7: of many spends at once, exactly those succeed that the balance covers."""
    start = shop.wholesale()
    price = start // 50

    def spend(n: int) -> bool:
        with shop.scope(), shop.database.writing() as session:
            return ledger.hold_wholesale(session, f"race:{n}", "PLN", price)

    results = Counter(at_once(spend, 80))
    assert results[True] == start // price
    assert shop.wholesale() == start - results[True] * price >= 0


def test_the_same_hold_from_many_workers_is_taken_once(shop: Shop) -> None:
    before = shop.wholesale()

    def hold(_: int) -> bool:
        with shop.scope(), shop.database.writing() as session:
            ledger.hold_wholesale(session, "one", "PLN", 100)
            return True

    failures = [result for result in _survivors(hold, 24) if result is not True]
    assert shop.wholesale() == before - 100, failures


def test_credit_is_spent_once(shop: Shop) -> None:
    account = shop.subscriber.account_id
    with shop.scope(), shop.database.writing() as session:
        ledger.add_credit(session, account, "PLN", 1000)
        ledger.post(
            session, ledger.RETAIL, "gift", "PLN", {"cash": -1000, ledger.credit_account(account): 1000}, account
        )

    def spend(n: int) -> bool:
        with shop.scope(), shop.database.writing() as session:
            if not ledger.take_credit(session, account, "PLN", 300):
                return False
            movement = {ledger.credit_account(account): -300, "sales": 300}
            ledger.post(session, ledger.RETAIL, f"spend:{n}", "PLN", movement, account)
            return True

    assert Counter(at_once(spend, 24))[True] == 3
    assert shop.credit() == 100
    with shop.scope(), shop.database.reading() as session:
        mine = LedgerPosting.ledger_account == ledger.credit_account(account)
        assert session.scalar(select(func.sum(LedgerPosting.amount)).where(mine)) == 100


def test_the_same_order_from_two_tabs_at_once_is_one(shop: Shop) -> None:
    shown = shop.fill_cart("acme.com", "acme.pl")
    ids = {order.id for order in at_once(lambda _: shop.confirm(*shown), 12)}
    assert len(ids) == 1
    assert len(shop.domains()) == 2


def test_activation_from_many_windows_starts_each_line_once(shop: Shop) -> None:
    proforma = shop.order("acme.com", "acme.pl")
    shop.pay(proforma)
    at_once(lambda _: shop.activate(proforma), 12)
    assert len(shop.operations()) == 2


def test_the_same_payment_from_many_windows_counts_once(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    at_once(lambda _: shop.pay(proforma), 12)
    assert shop.credit() == 0
    assert shop.proforma(proforma.id).state == "paid"


@pytest.mark.postgresql
def test_a_proforma_that_was_read_before_is_locked_as_it_is_now(stocked_databases: TemplateDatabases) -> None:
    """What a session has looked at may be old: the lock brings what holds now. (A writer of SQLite is alone.)"""
    with stocked_databases.fresh("postgresql") as url, enter_shop(Database(url)) as shop:
        proforma = shop.order("one.com")
        with shop.scope(), shop.database.writing() as session:
            seen = session.scalars(select(Proforma).where(Proforma.id == proforma.id)).one()
            assert seen.state == "issued"
            at_once(lambda _: shop.pay(proforma), 1)
            assert billing.locked_proforma(session, proforma.id).state == "paid"


def _survivors(work: Callable[[int], object], times: int) -> list[object]:
    """As `at_once`, but a loser of a race may end in the database's refusal of its double."""

    def guarded(n: int) -> object:
        try:
            return work(n)
        except Exception as error:  # noqa: BLE001  whatever the loser gets, the balance counts
            return error

    return at_once(guarded, times)
