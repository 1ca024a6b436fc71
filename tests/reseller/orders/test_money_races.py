"""Many hands on the same money at once, on both databases: each deed once, a word for the others, nothing lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.reseller.billing.test_races import at_once
from tests.selling import BUYER, SELLER, Shop
from webapp.foundation import outbox
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import Refusal
from webapp.providers.mail.memory import MemoryMailer
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import Proforma
from webapp.reseller.desk.books import check
from webapp.reseller.orders import activation, operations, readdressing, restructure
from webapp.reseller.partners.audit import record
from webapp.reseller.partners.models import AuditEvent


@pytest.fixture(autouse=True)
def the_books_are_in_order(shop: Shop) -> Iterator[None]:
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def spend_all(shop: Shop) -> None:
    """The partner has nothing left with the operator."""
    with shop.scope(), shop.database.writing() as session:
        assert ledger.hold_wholesale(session, "everything", "PLN", shop.wholesale())


def paid(shop: Shop, *names: str) -> Proforma:
    proforma = shop.order(*names)
    shop.pay(proforma)
    return shop.proforma(proforma.id)


def waiting(shop: Shop, count: int) -> None:
    """So many lines are activated and wait for funds."""
    spend_all(shop)
    for number in range(count):
        shop.activate(paid(shop, f"waits{number}.com"))
    assert shop.line_states() == ["awaiting_funds"] * count


def test_many_activate_at_once_while_nothing_is_left(shop: Shop) -> None:
    spend_all(shop)
    proformas = [paid(shop, f"name{number}.com") for number in range(6)]
    at_once(lambda n: shop.activate(proformas[n]), 6)
    assert shop.line_states() == ["awaiting_funds"] * 6


def test_the_same_top_up_from_many_windows_counts_once(shop: Shop) -> None:
    before = shop.wholesale()
    at_once(lambda _: shop.top_up(5_000, "one transfer"), 8)
    assert shop.wholesale() == before + 5_000


def test_top_ups_and_workers_at_once_continue_each_line_once(shop: Shop) -> None:
    waiting(shop, 8)

    def money_or_work(number: int) -> None:
        if number < 2:
            shop.top_up(1_000_000, f"top-up {number}")
        replace(shop, worker=replace(shop.worker, mailer=MemoryMailer())).work()

    at_once(money_or_work, 6)
    shop.work()
    assert shop.line_states() == ["done"] * 8
    assert sorted(each.line_key for each in shop.operations()) == [f"order-line:{n}" for n in range(1, 9)]


def test_a_little_money_continues_as_many_as_it_covers(shop: Shop) -> None:
    before = shop.wholesale()
    shop.sell("first.com")
    cost = before - shop.wholesale()
    spend_all(shop)
    for number in range(3):
        shop.activate(paid(shop, f"waits{number}.com"))
    shop.top_up(2 * cost, "for two")
    shop.work()
    assert shop.line_states() == ["done"] * 3 + ["awaiting_funds"]
    assert shop.wholesale() == 0


def test_what_waits_is_started_in_steps(shop: Shop) -> None:
    """Ten thousand waiting lines must not hold up everybody who needs the balance."""
    waiting(shop, 5)
    with shop.scope(), shop.database.writing() as session:
        ledger.top_up_wholesale(session, "by hand", "PLN", 1_000_000)
    seen: list[int | None] = [0]
    while (after := seen[-1]) is not None:
        with shop.scope(), shop.database.writing() as session:
            seen.append(activation.retry_funds(session, SELLER, after, most=2))
    assert seen == [0, 2, 4, 5, None]
    shop.work()
    assert shop.line_states() == ["done"] * 5


def split(shop: Shop, proforma: Proforma, _other: Proforma, _contact: int) -> object:
    with shop.scope(), shop.database.writing() as session:
        return restructure.split(session, BUYER, proforma.id)


def merge(shop: Shop, proforma: Proforma, other: Proforma, _contact: int) -> object:
    with shop.scope(), shop.database.writing() as session:
        return restructure.merge(session, BUYER, [proforma.id, other.id])


def cancel(shop: Shop, proforma: Proforma, _other: Proforma, _contact: int) -> object:
    with shop.scope(), shop.database.writing() as session:
        return operations.cancel(session, SELLER, proforma.id)


def readdress(shop: Shop, proforma: Proforma, _other: Proforma, contact: int) -> object:
    with shop.scope(), shop.database.writing() as session:
        return readdressing.readdress(session, SELLER, proforma.id, contact)


def contact_abroad(shop: Shop) -> int:
    typed = {"kind": "company", "name": "Jan Novak", "organisation": "Novak s.r.o.", "street": "Hlavni 1",
             "postcode": "11000", "city": "Praha", "country": "CZ", "phone": "+420.221234567",
             "email": "jan@novak.example", "tax_id": "CZ25123891"}  # fmt: skip
    with shop.scope(), shop.database.writing() as session:
        return accounts.add_contact(session, SELLER, shop.subscriber.account_id, typed).id


@pytest.mark.parametrize("other_deed", [split, merge, cancel, readdress])
def test_pay_and_activate_against_every_other_deed(
    shop: Shop, other_deed: Callable[[Shop, Proforma, Proforma, int], object]
) -> None:
    """Whoever comes first wins; the other one gets a sentence; nothing is half done."""
    proforma, other, contact = shop.order("one.com", "two.pl"), shop.order("three.com"), contact_abroad(shop)

    def deed(number: int) -> str:
        try:
            if number % 2:
                other_deed(shop, proforma, other, contact)
            else:
                shop.pay(proforma, 20_000, key="one transfer")
                shop.activate(proforma)
        except Refusal as refusal:
            return refusal.code
        return ""

    said = at_once(deed, 8)
    state = shop.proforma(proforma.id).state
    assert "" in said
    assert set(said) <= {"", "state", "state_moved", "not_paid", "one_line"}
    assert state in ("activated", "cancelled", "superseded")
    shop.work()
    mine = len([each for each in shop.operations() if each.state == "confirmed"])
    assert mine == (2 if state == "activated" else 0)


def test_two_who_ask_for_the_same_work_in_one_moment_both_go_on(shop: Shop) -> None:
    """The later one finds the row that was not there when it began, and its own deed stands."""

    def ask(session: Session, note: str) -> None:
        outbox.enqueue(session, "funds.missing", "now", {})
        record(session, SELLER, "test.asked", "partner", None, note)

    def later() -> None:
        with shop.scope(), shop.database.writing() as session:
            ask(session, "later")

    with ThreadPoolExecutor(1) as pool:
        with shop.scope(), shop.database.writing() as session:
            ask(session, "first")
            waits = pool.submit(later)
            time.sleep(0.3)
            assert not waits.done()
        waits.result(timeout=20)
    with shop.scope(), shop.database.reading() as session:
        said = session.scalars(select(AuditEvent.object_label).where(AuditEvent.action == "test.asked"))
        assert sorted(said) == ["first", "later"]
        assert len(session.scalars(select(OutboxRow).where(OutboxRow.kind == "funds.missing")).all()) == 1
