"""Hosting, certificates and other products: ordered, done by a person, seen by the subscriber (H-43, H-25)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.selling import BUYER, SELLER, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.clock import add_years
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import plans
from webapp.reseller.desk.books import check
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import behalf, product_cart, renewing
from webapp.reseller.orders.operations import cancel
from webapp.reseller.orders.pricing import priced_cart
from webapp.reseller.partners import branding
from webapp.reseller.services import by_hand, by_hand_queries, service_states
from webapp.reseller.services.by_hand import Handed, NewFile
from webapp.reseller.services.models import Service, ServiceTask

SECRET = "a secret of this install"
START = plans.ProductDraft("hosting", "start", {"pl": "Start", "en": "Start"}, cost=3000)


@pytest.fixture(autouse=True)
def sells_hosting(shop: Shop) -> Iterator[None]:
    """A plan at 100.00 and 120.00 a year; whatever a test does, the books are in order after it."""
    with shop.scope(), shop.database.writing() as session:
        branding.set_modules(session, SELLER, branding.MODULES)
        product = plans.create(session, SELLER, START)
        prices = {("register", 1): 10000, ("register", 2): 22000, ("renew", 1): 12000, ("renew", 2): 24000}
        plans.set_prices(session, SELLER, product.id, prices)
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def put_in_cart(shop: Shop, *labels: str, years: int = 1) -> tuple[str, int, int]:
    """Put the plan into a new cart for each of the labels."""
    token: str | None = None
    with shop.scope(), shop.database.writing() as session:
        for label in labels:
            cart, token = product_cart.add_product(session, token, "start", years, label)
        return token or "", cart.revision, priced_cart(session, cart, None).total


def bought(shop: Shop, *labels: str, years: int = 1) -> Proforma:
    """Ordered, paid and activated."""
    proforma = shop.proforma(shop.confirm(*put_in_cart(shop, *labels, years=years)).proforma_id)
    shop.pay(proforma)
    shop.activate(proforma)
    return proforma


def tasks(shop: Shop) -> Sequence[ServiceTask]:
    with shop.scope(), shop.database.reading() as session:
        return session.scalars(select(ServiceTask).order_by(ServiceTask.id)).all()


def service(shop: Shop) -> Service:
    with shop.scope(), shop.database.reading() as session:
        return session.scalars(select(Service).order_by(Service.id)).one()


def fulfil(shop: Shop, task: ServiceTask, access: str = "ftp: QX7-anna", **more: Any) -> None:
    with shop.scope(), shop.database.writing() as session:
        by_hand.fulfil(session, SELLER, task.id, Handed(access, **more), SECRET)
    shop.work()


def mails(shop: Shop, kind: str) -> list[Message]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(Message).where(Message.kind == kind)))


def test_a_paid_plan_is_put_on_the_task_list_done_and_seen(shop: Shop) -> None:
    """H-43: activation makes a task with a due date; when it is done the subscriber is told, without the secrets."""
    before = shop.wholesale()
    bought(shop, "example.com")
    (task,) = tasks(shop)
    assert (task.state, task.kind, service(shop).state) == ("open", "set_up", "provisioning")
    assert task.due_on > clock.today(shop.partner.timezone)
    fulfil(shop, task, files=(NewFile("list.txt", "text/plain", 3, "services/1/ab"),))
    made, today = service(shop), clock.today(shop.partner.timezone)
    assert (made.state, made.starts_on, made.ends_on) == ("active", today, add_years(today, 1) - timedelta(days=1))
    assert "QX7" not in made.access
    assert by_hand.access_of(made, SECRET) == "ftp: QX7-anna"
    assert shop.line_states() == ["done"]
    (mail,) = mails(shop, "service_ready")
    assert "QX7" not in mail.text + mail.html
    assert f"/account/services/{made.id}" in mail.text
    assert "dane dostępowe" in mail.text.lower()
    assert shop.wholesale() == before


def test_no_mail_speaks_of_access_data_that_nobody_entered(shop: Shop) -> None:
    bought(shop, "example.com")
    (task,) = tasks(shop)
    fulfil(shop, task, "")
    (mail,) = mails(shop, "service_ready")
    assert "dane dostępowe" not in mail.text.lower()
    assert "w swoim panelu" in mail.text


def test_done_twice_and_activated_twice_is_once(shop: Shop) -> None:
    proforma = bought(shop, "example.com")
    shop.activate(proforma)
    (task,) = tasks(shop)
    fulfil(shop, task)
    fulfil(shop, task, "something else")
    assert by_hand.access_of(service(shop), SECRET) == "ftp: QX7-anna"
    assert len(mails(shop, "service_ready")) == 1
    with shop.scope(), shop.database.writing() as session, pytest.raises(Refusal) as refused:
        by_hand.refuse(session, SELLER, task.id, "no")
    assert refused.value.code == "task_ended"


def test_what_cannot_be_done_gives_the_money_back_once(shop: Shop) -> None:
    bought(shop, "example.com", "example.org")
    first, second = tasks(shop)
    for _again in range(2):
        with shop.scope(), shop.database.writing() as session:
            by_hand.refuse(session, SELLER, first.id, "The server is full.")
        shop.work()
    fulfil(shop, second)
    assert shop.credit() == 10000
    assert shop.line_states() == ["refused", "done"]
    (mail,) = mails(shop, "name_lost")
    assert "The server is full." in mail.text
    with shop.scope(), shop.database.writing() as session, pytest.raises(Refusal):
        by_hand.fulfil(session, SELLER, first.id, Handed(), SECRET)


def test_a_renewal_counts_from_the_anchor_and_is_asked_for_once(shop: Shop) -> None:
    with clock.frozen(clock.as_of(date(2028, 2, 29))):
        bought(shop, "example.com")
        fulfil(shop, tasks(shop)[0])
        assert service(shop).ends_on == date(2029, 2, 27)
    for until in (date(2030, 2, 27), date(2031, 2, 27), date(2032, 2, 28)):
        with clock.frozen(clock.as_of(until - timedelta(days=380))):
            with shop.scope(), shop.database.writing() as session:
                order = renewing.order_service_renewal(session, BUYER, service(shop).id, 1, "pl")
                again = renewing.order_service_renewal(session, BUYER, service(shop).id, 1, "pl")
                assert again.id == order.id
            shop.pay(shop.proforma(order.proforma_id))
            shop.activate(shop.proforma(order.proforma_id))
            fulfil(shop, tasks(shop)[-1])
            assert service(shop).ends_on == until


def test_it_ages_by_the_calendar_and_its_end_is_a_task(shop: Shop) -> None:
    bought(shop, "example.com")
    fulfil(shop, tasks(shop)[0])
    for days, state in ((300, "active"), (340, "expiring"), (370, "expired"), (371, "expired")):
        with clock.shifted(timedelta(days=days)):
            service_states.age_services(shop.worker)
            assert service(shop).state == state
    assert [task.kind for task in tasks(shop)] == ["set_up", "end"]
    fulfil(shop, tasks(shop)[1], access="")
    assert service(shop).state == "deleted"


def test_an_unpaid_order_is_cancelled_with_its_service(shop: Shop) -> None:
    proforma = shop.proforma(shop.confirm(*put_in_cart(shop, "example.com")).proforma_id)
    with shop.scope(), shop.database.writing() as session:
        cancel(session, SELLER, proforma.id)
    assert (service(shop).state, tasks(shop)) == ("cancelled", [])


def test_what_is_switched_off_cannot_be_ordered_any_more(shop: Shop) -> None:
    """H-20: neither put into the basket nor ordered out of one; what one has is untouched."""
    basket = put_in_cart(shop, "example.com")
    with shop.scope(), shop.database.writing() as session:
        branding.set_modules(session, SELLER, ["domains"])
    with pytest.raises(Refusal) as refused:
        shop.confirm(*basket)
    assert refused.value.code == "not_offered"
    with pytest.raises(Refusal) as refused:
        put_in_cart(shop, "example.org")
    assert refused.value.code == "not_sold"


def test_the_partner_orders_for_a_subscriber_and_two_clicks_are_one_order(shop: Shop) -> None:
    """H-25: a product and a name on one proforma, at the shop's prices, without a consent that nobody gave."""
    wanted = [behalf.Wanted("example.com", 2, "start"), behalf.Wanted("acme.com", 1)]
    for _again in range(2):
        with shop.scope(), shop.database.writing() as session:
            order = behalf.order_for(session, SELLER, shop.subscriber.account_id, wanted, "k1")
    proforma = shop.proforma(order.proforma_id)
    assert [(line.kind, line.amount) for line in proforma.lines] == [("hosting", 22000), ("domain", 4999)]
    with tenancy.tenant(shop.partner.id), shop.database.reading() as session:
        assert len(session.scalars(select(Service)).all()) == 1
    with shop.scope(), shop.database.writing() as session, pytest.raises(NotFound):
        behalf.order_for(session, SELLER, 99_999, wanted, "k2")


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("code", {"code": "Start!"}),
    ("code", {"code": "start"}),
    ("names", {"names": {}}),
    ("cost", {"cost": -1}),
    ("cost", {"cost": 10**40}),
    ("due_days", {"due_days": 1000}),
    ("kind", {"kind": "domain"}),
    ("features", {"features": {"pl": [{"label": "x", "value": ""}] * 13}}),
]


def test_a_product_that_cannot_be_is_refused_at_its_field(shop: Shop) -> None:
    for name, values in WRONG:
        with shop.scope(), shop.database.writing() as session, pytest.raises(Refusal) as refused:
            plans.create(session, SELLER, replace(START, **{"code": "other", **values}))
        assert refused.value.field == name, values


def test_too_many_files_and_too_much_text_are_refused(shop: Shop) -> None:
    bought(shop, "example.com")
    (task,) = tasks(shop)
    file = NewFile("a", "text/plain", 1, "services/1/a")
    large = replace(file, size=by_hand.LARGEST_FILE + 1)
    for handed in (Handed(files=(file,) * 11), Handed(files=(large,)), Handed("x" * 20_001)):
        with pytest.raises(Refusal), shop.scope(), shop.database.writing() as session:
            by_hand.fulfil(session, SELLER, task.id, handed, SECRET)
    assert tasks(shop)[0].state == "open"
    with shop.scope(), shop.database.reading() as session:
        assert by_hand_queries.files_of(session, task.service_id) == []


@given(st.dates(date(2027, 1, 1), date(2033, 12, 31)), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_years_paid_is_the_opposite_of_paid_until(anchor: date, years: int) -> None:
    until = by_hand.paid_until(anchor, years)
    assert by_hand.years_paid(anchor, until) == years
    assert until < add_years(anchor, years)


@pytest.mark.parametrize(("day", "days", "due"), [
    (date(2026, 11, 20), 0, date(2026, 11, 20)), (date(2026, 11, 20), 1, date(2026, 11, 23)),
    (date(2026, 11, 21), 0, date(2026, 11, 23)), (date(2026, 11, 22), 2, date(2026, 11, 24)),
    (date(2026, 11, 23), 5, date(2026, 11, 30)),
])  # fmt: skip
def test_working_days(day: date, days: int, due: date) -> None:
    assert by_hand.after_business_days(day, days) == due
