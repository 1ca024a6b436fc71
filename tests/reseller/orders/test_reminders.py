"""Reminders of unpaid proformas: on the partner's days, once each, until they are paid, cancelled or given up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import reminding
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import reminders


def run(shop: Shop, days: int) -> str:
    """The daily job, so many days after today; twice, since a tick may run it twice."""
    with clock.frozen(clock.as_of(clock.now().date() + timedelta(days=days))):
        said = reminders.remind(shop.worker)
        assert reminders.remind(shop.worker) == "0 reminders, 0 cancelled"
    return said


def sent(shop: Shop) -> list[str]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(Message.kind).where(Message.kind == "proforma_reminder")))


def test_h_36_unpaid_ones_are_reminded_of_on_their_days_and_paid_ones_never(shop: Shop) -> None:
    unpaid, paid = shop.order("one.com"), shop.order("two.com")
    shop.pay(paid)
    said = [run(shop, days) for days in (6, 7, 8, 15, 16, 21, 30)]
    assert [each.split()[0] for each in said] == ["0", "1", "0", "1", "0", "1", "0"]
    assert (len(sent(shop)), shop.proforma(unpaid.id).reminders, shop.proforma(paid.id).reminders) == (3, 3, 0)
    assert shop.proforma(unpaid.id).remind_on is None


def test_after_days_of_downtime_one_reminder_goes_out_not_three(shop: Shop) -> None:
    shop.order("one.com")
    assert run(shop, 40).startswith("1 reminders")
    assert run(shop, 41).startswith("0 reminders")


def test_what_is_never_paid_is_given_up_where_the_partner_says_so(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        reminding.change_schedule(session, SELLER, [3], 10)
    document = shop.order("one.com")
    assert [run(shop, days) for days in (17, 23, 24)] == [
        "1 reminders, 0 cancelled", "0 reminders, 0 cancelled", "0 reminders, 1 cancelled",
    ]  # fmt: skip
    assert (shop.proforma(document.id).state, shop.line_states()) == ("cancelled", ["cancelled"])


def test_by_hand_once_in_a_while(shop: Shop) -> None:
    document = shop.order("one.com")
    with shop.scope(), shop.database.writing() as session:
        reminders.remind_now(session, SELLER, document.id)
    with pytest.raises(Refusal, match="short while"), shop.scope(), shop.database.writing() as session:
        reminders.remind_now(session, SELLER, document.id)
    assert len(sent(shop)) == 1


@pytest.mark.parametrize(("days", "cancel"), [([999], 0), (list(range(20)), 0), ([5], 5), ([5], 500), ([5], -1)])
def test_absurd_schedules_are_refused(shop: Shop, days: list[int], cancel: int) -> None:
    with pytest.raises(Refusal), shop.scope(), shop.database.writing() as session:
        reminding.change_schedule(session, SELLER, days, cancel)
