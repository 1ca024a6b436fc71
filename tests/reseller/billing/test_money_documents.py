"""What happens to money besides payments: each event once, each with its paper, and the ledger at zero (H-27, H-32)."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from tests.harness.databases import TemplateDatabases
from tests.reseller.billing.test_matching import payments, written
from tests.reseller.billing.test_races import at_once
from tests.selling import SELLER, Shop, enter_shop
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import ledger, money_documents, queries
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import LedgerPosting, MoneyDocument, Proforma
from webapp.reseller.desk.books import check
from webapp.reseller.orders import payments as receiving


def call(shop: Shop, deed: Any, *values: Any) -> Any:
    """One deed in one transaction."""
    with shop.scope(), shop.database.writing() as session:
        return deed(session, SELLER, *values)


def received(amount: int, key: str, currency: str = "PLN") -> billing.Received:
    return billing.Received(amount, currency, date(2026, 11, 21), "transfer", "", key)


def pay_many(shop: Shop, proformas: list[Proforma], amount: int, key: str = "many") -> Any:
    ids = [each.id for each in proformas]
    return call(shop, receiving.receive_for_many, shop.subscriber.account_id, ids, received(amount, key))


def papers(shop: Shop) -> dict[str, int]:
    with shop.scope(), shop.database.reading() as session:
        rows = session.execute(select(MoneyDocument.kind, func.sum(MoneyDocument.amount)).group_by(MoneyDocument.kind))
        return dict(rows.all())


def balance_of(shop: Shop, name: str) -> int:
    with shop.scope(), shop.database.reading() as session:
        found = select(func.sum(LedgerPosting.amount)).where(LedgerPosting.ledger_account == name)
        return session.scalar(found) or 0


def in_order(shop: Shop) -> None:
    broken = [each for each in check(shop.database) if not each.ok]
    assert not broken, broken


def test_one_payment_for_many_proformas(shop: Shop) -> None:
    first, second, third = (written(shop, amount) for amount in (1000, 2000, 3000))
    pay_many(shop, [first, second, third], 3500)
    pay_many(shop, [first, second, third], 3500)
    assert [shop.proforma(each.id).state for each in (first, second, third)] == ["paid", "paid", "issued"]
    assert (shop.credit(), papers(shop)) == (500, {"underpayment": 2500})
    (payment,) = payments(shop)
    with shop.scope(), shop.database.reading() as session:
        found = [queries.payments_of(session, each.id) for each in (first, third)]
        assert [[each.id for each in one] for one in found] == [[payment.id], [payment.id]]
    in_order(shop)


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [(0, "PLN", "greater than zero"), (-5, "PLN", "greater"), (10**40, "PLN", "greater"), (5, "EUR", "currency")],
)
def test_absurd_payments_are_refused(shop: Shop, amount: int, currency: str, says: str) -> None:
    proforma = written(shop, 1000)
    with pytest.raises(Refusal, match=says):
        call(
            shop, receiving.receive_for_many, shop.subscriber.account_id, [proforma.id], received(amount, "a", currency)
        )
    assert shop.credit() == 0


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2001, 11, 21), date(9999, 12, 31)])
def test_a_day_that_nobody_can_have_meant_is_refused(shop: Shop, day: date) -> None:
    proforma = written(shop, 1000)
    slip = replace(received(1000, "a"), received_on=day)
    with pytest.raises(Refusal, match="day on which the money arrived"):
        call(shop, receiving.receive, proforma.id, slip)
    with pytest.raises(Refusal, match="day on which the money arrived"):
        call(shop, receiving.receive_for_many, shop.subscriber.account_id, [proforma.id], slip)
    assert shop.credit() == 0


def test_an_overpayment_is_credit_and_can_be_sent_back(shop: Shop) -> None:
    pay_many(shop, [written(shop, 1000)], 1500)
    (payment,) = payments(shop)
    assert (shop.credit(), papers(shop)) == (500, {"overpayment": 500})
    with pytest.raises(Refusal, match="less on the subscriber's credit"):
        call(shop, money_documents.refund, payment.id, 501, "", "r1")
    for _ in range(2):
        document = call(shop, money_documents.refund, payment.id, 500, "za dużo", "r2")
    assert (document.number, document.state, shop.credit()) == (f"REF/{document.issue_date.year}/00001", "done", 0)
    in_order(shop)


def test_twenty_people_refunding_one_payment_send_it_back_once(shop: Shop) -> None:
    pay_many(shop, [], 1000)
    (payment,) = payments(shop)

    def send(n: int) -> bool:
        try:
            return bool(call(shop, money_documents.refund, payment.id, 300, "", f"race{n}"))
        except Refusal:
            return False

    assert Counter(at_once(send, 20)) == {True: 3, False: 17}
    assert (shop.credit(), balance_of(shop, "cash")) == (100, -100)
    in_order(shop)


@pytest.mark.broken_books  # the payment came from no gateway
def test_a_refund_that_the_gateway_refuses_is_credit_again(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        account = shop.subscriber.account_id
        payment = billing.book_payment(session, account, received(900, "g"), gateway="stripe", gateway_ref="pi_1")
    document = call(shop, money_documents.refund, payment.id, 900, "", "gr")
    assert (document.state, shop.credit()) == ("requested", 0)
    for done in (True, False):
        with shop.scope(), shop.database.writing() as session:
            assert money_documents.refund_failed(session, document.id, "card expired") is done
    assert shop.credit() == 900
    call(shop, money_documents.refund, payment.id, 900, "", "again")
    assert shop.credit() == 0
    with shop.scope(), shop.database.reading() as session:
        assert check_entries(session) == {0}


def check_entries(session: Any) -> set[int]:
    sums = select(func.sum(LedgerPosting.amount)).group_by(LedgerPosting.entry, LedgerPosting.currency)
    return set(session.scalars(sums))


def test_a_chargeback_takes_the_credit_and_leaves_the_rest_owed(shop: Shop) -> None:
    pay_many(shop, [written(shop, 1000)], 1300)
    (payment,) = payments(shop)
    account = shop.subscriber.account_id
    call(shop, money_documents.charge_back, payment.id, 1300, "spór", "c1")
    assert (shop.credit(), balance_of(shop, f"chargebacks:{account}")) == (0, -1000)
    with pytest.raises(Refusal, match="what is left"):
        call(shop, money_documents.refund, payment.id, 1, "", "r")
    pay_many(shop, [], 400, "more")
    assert call(shop, money_documents.repay, account, "PLN") == 400
    document = call(shop, money_documents.write_off_owed, account, "PLN", "bankrupt", "w1")
    assert (document.amount, balance_of(shop, f"chargebacks:{account}"), shop.credit()) == (600, 0, 0)
    in_order(shop)


def test_a_missing_cent_is_written_off_and_the_proforma_is_paid(shop: Shop) -> None:
    proforma = written(shop, 1000)
    pay_many(shop, [proforma], 999)
    for _ in range(2):
        call(shop, money_documents.write_off_rest, proforma.id, "a cent", "w")
    assert (shop.proforma(proforma.id).state, shop.credit(), papers(shop)["write_off"]) == ("paid", 0, 1)
    with pytest.raises(Refusal, match="paid in part"):
        call(shop, money_documents.write_off_rest, written(shop, 50).id, "", "w2")
    in_order(shop)


def test_papers_are_numbered_by_kind_without_gaps(shop: Shop) -> None:
    pay_many(shop, [], 1000)
    (payment,) = payments(shop)
    for n in range(3):
        with pytest.raises(Refusal):
            call(shop, money_documents.refund, payment.id, 2000, "", f"no{n}")
        call(shop, money_documents.refund, payment.id, 100, "", f"yes{n}")
    with shop.scope(), shop.database.reading() as session:
        found = session.scalars(select(MoneyDocument.sequence).where(MoneyDocument.kind == "refund"))
        assert sorted(found) == [1, 2, 3]


AMOUNT = st.integers(1, 3000)


class Money(RuleBasedStateMachine):
    """Somebody at the desk, and a shop in which everything may happen."""

    shop: Shop
    keys = count()

    def attempt(self, deed: Any, *values: Any) -> None:
        with suppress(Refusal):
            call(self.shop, deed, *values)

    def key(self) -> str:
        return f"k{next(self.keys)}"

    @rule(amounts=st.lists(AMOUNT, max_size=3), paid=AMOUNT)
    def pay(self, amounts: list[int], paid: int) -> None:
        pay_many(self.shop, [written(self.shop, each) for each in amounts], paid, self.key())

    @rule(amount=AMOUNT, back=st.integers(0, 3), kind=st.sampled_from(["refund", "charge_back"]))
    def give(self, amount: int, back: int, kind: str) -> None:
        for payment in payments(self.shop)[-1 - back :][:1]:
            self.attempt(getattr(money_documents, kind), payment.id, amount, "", self.key())

    @rule(back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        found = [each for each in payments(self.shop) if not each.undone_at]
        for payment in found[-1 - back :][:1]:
            self.attempt(_undo, payment.id)

    @rule(amount=AMOUNT)
    def keep_credit(self, amount: int) -> None:
        account = self.shop.subscriber.account_id
        self.attempt(money_documents.write_off_credit, account, "PLN", amount, "", self.key())

    @rule()
    def forgive(self) -> None:
        self.attempt(money_documents.write_off_owed, self.shop.subscriber.account_id, "PLN", "", self.key())

    @rule()
    def repay(self) -> None:
        self.attempt(money_documents.repay, self.shop.subscriber.account_id, "PLN")

    @rule()
    def let_the_rest_go(self) -> None:
        with self.shop.scope(), self.shop.database.reading() as session:
            last = session.scalars(select(Proforma.id).order_by(Proforma.id.desc()).limit(1)).first()
        if last:
            self.attempt(money_documents.write_off_rest, last, "", self.key())

    @invariant()
    def books(self) -> None:
        account = self.shop.subscriber.account_id
        with self.shop.scope(), self.shop.database.reading() as session:
            assert check_entries(session) <= {0}
            owed = money_documents.owed(session, account, "PLN")
        credit = self.shop.credit()
        assert credit >= 0
        assert owed >= 0
        assert credit == balance_of(self.shop, ledger.credit_account(account))

    def teardown(self) -> None:
        in_order(self.shop)


def _undo(session: Any, actor: Any, payment_id: int) -> None:
    receiving.undo(session, actor, money_documents.locked_payment(session, payment_id))


@pytest.mark.parametrize("size", [(8, 12), pytest.param((100, 30), marks=[pytest.mark.full, pytest.mark.timeout(600)])])
def test_whatever_happens_the_ledger_is_zero_and_no_credit_negative(
    stocked_databases: TemplateDatabases, size: tuple[int, int]
) -> None:
    """Pay, overpay, undo, refund, charge back, write off, in any order: zero per entry, credit = its postings."""
    with stocked_databases.fresh("sqlite") as url, enter_shop(Database(url)) as shop:
        bound = type("Bound", (Money,), {"shop": shop})
        examples, steps = size
        everything = list(HealthCheck)
        bound.TestCase.settings = settings(  # type: ignore[attr-defined]
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=everything
        )
        bound.TestCase("runTest").runTest()  # type: ignore[attr-defined]
