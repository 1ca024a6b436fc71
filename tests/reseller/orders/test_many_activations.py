"""H-28: many proformas at once, each once, with what waits for funds and what is missing; and the partner's rule."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import LedgerPosting
from webapp.reseller.billing.operations import Received
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import activation, activation_tasks, automatic, funds, payments
from webapp.reseller.partners import long_works
from webapp.reseller.partners.models import LongWork


def start(shop: Shop, ids: list[int]) -> int:
    with shop.scope(), shop.database.writing() as session:
        return activation_tasks.start(session, SELLER, ids).id


def work_of(shop: Shop, work_id: int) -> LongWork:
    with shop.scope(), shop.database.reading() as session:
        return long_works.get(session, work_id)


def mails(shop: Shop, kind: str) -> int:
    with shop.scope(), shop.database.reading() as session:
        return session.scalar(select(func.count(Message.id)).where(Message.kind == kind)) or 0


def test_h_28_many_are_activated_once_and_what_cannot_be_is_named(shop: Shop) -> None:
    paid = [shop.order(f"name{n}.com") for n in range(12)]
    unpaid = shop.order("unpaid.com")
    for each in paid:
        shop.pay(each)
    ids = [each.id for each in paid]
    first, second = start(shop, [*ids, unpaid.id]), start(shop, ids)
    shop.work()
    done = work_of(shop, first)
    assert (done.state, done.done, [each["what"] for each in done.problems]) == ("done", 13, [unpaid.number])
    assert (work_of(shop, second).state, work_of(shop, second).problems) == ("done", [])
    assert shop.line_states() == ["done"] * 12 + ["awaiting_payment"]
    with shop.scope(), shop.database.reading() as session:
        holds = select(func.count(LedgerPosting.id)).where(LedgerPosting.entry.like("hold:%"))
        costs = session.scalar(holds) or 0
    assert costs == 24  # two postings a line


def test_h_28_what_waits_for_funds_says_how_much_is_missing_and_goes_on_after_a_top_up(shop: Shop) -> None:
    before = shop.wholesale()
    shop.sell("first.com")
    cost = before - shop.wholesale()
    with shop.scope(), shop.database.writing() as session:
        assert ledger.hold_wholesale(session, "all but one", "PLN", shop.wholesale() - cost - 1)
    ids = [shop.order(f"name{n}.com").id for n in range(3)]
    for each in ids:
        shop.pay(shop.proforma(each))
    work_id = start(shop, ids)
    shop.work()
    assert [each["what"] for each in work_of(shop, work_id).problems] == [
        shop.proforma(each).number for each in ids[1:]
    ]
    with shop.scope(), shop.database.reading() as session:
        found = activation.shortage(session)
    assert (found.lines, found.needed, found.missing) == (2, 2 * cost, 2 * cost - 1)
    for minutes in (2, 4):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            shop.work()
    assert mails(shop, "low_balance") == 1  # one owner, told once
    shop.top_up(10_000, "more")
    shop.work()
    assert shop.line_states() == ["done"] * 4


def test_owners_hear_of_a_low_balance_once_per_fall(shop: Shop) -> None:
    before = shop.wholesale()
    with shop.scope(), shop.database.writing() as session:
        funds.set_threshold(session, SELLER, before)
    shop.sell("one.com")
    shop.sell("two.com")
    assert mails(shop, "low_balance") == 1
    shop.top_up(before, "again")
    with shop.scope(), shop.database.writing() as session:
        funds.set_threshold(session, SELLER, shop.wholesale())
    shop.sell("three.com")
    assert mails(shop, "low_balance") == 2


def test_paid_proformas_activate_themselves_only_where_the_partner_says_so(shop: Shop) -> None:
    def pay(name: str) -> str:
        document = shop.order(name)
        received = Received(document.gross, "PLN", document.issue_date, "transfer", "", name)
        with shop.scope(), shop.database.writing() as session:
            payments.receive(session, SELLER, document.id, received)
        shop.work()
        return shop.proforma(document.id).state

    assert pay("one.com") == "paid"
    with shop.scope(), shop.database.writing() as session:
        automatic.set_activation(session, SELLER, True)
    assert pay("two.com") == "activated"
    assert shop.line_states() == ["awaiting_payment", "done"]
