"""The renewal run: one proforma for each domain and service that ends soon, whatever happens (H-26, H-36)."""

from __future__ import annotations

from contextvars import copy_context
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from tests.selling import PRICES, SELLER, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing.models import NumberSeries, Proforma, ProformaLine
from webapp.reseller.catalog import promotions
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.catalog.models import Price, Product, Tld
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import operations, renewal_queries, renewal_run, restructure
from webapp.reseller.orders.models import Order, OrderLine
from webapp.reseller.orders.subjects import name_of
from webapp.reseller.partners.models import AuditEvent
from webapp.reseller.services import by_hand
from webapp.reseller.services.models import Domain, Service

TODAY = date(2026, 11, 21)


def run(shop: Shop, day: date) -> str:
    """The daily job at noon (UTC) of a day; twice, since a tick may run it twice."""
    with clock.frozen(clock.as_of(day)):
        said = renewal_run.run(shop.worker)
        assert renewal_run.run(shop.worker).startswith("0 renewal proformas")
    return said


def renewals(shop: Shop) -> list[Proforma]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(Proforma).where(Proforma.origin == "renewal").order_by(Proforma.id)))


def end_of(shop: Shop, name: str) -> date:
    end = shop.domains()[name].ends_on
    assert end is not None
    return end


def row(shop: Shop, model: Any, *where: Any) -> dict[str, Any]:
    """The newest row of a table, without what makes each row another one."""
    with shop.scope(), shop.database.reading() as session:
        found = session.scalars(select(model).where(*where).order_by(model.id.desc()).limit(1)).one()
        names = [attribute.key for attribute in model.__mapper__.column_attrs]
    varying = ("id", "number", "sequence", "proforma_id", "order_id", "proforma_line_id", "key", "pay_token")
    about = ("domain_id", "subject", "object_id", "object_label", "data", "user_id")
    return {
        name: getattr(found, name)
        for name in names
        if name not in (*varying, *about, "at", "placed_at", "issued_at", "actor_kind", "actor_id", "actor_label", "ip")
    }


def test_h_26_the_run_writes_for_many_what_a_single_renewal_writes_for_one(shop: Shop) -> None:
    shop.sell("one.com", "two.com")
    day = end_of(shop, "one.com") - timedelta(days=30)
    with clock.frozen(clock.as_of(day)):
        shop.renew(shop.domains()["one.com"])
    tables = ((Proforma,), (ProformaLine,), (Order,), (OrderLine,), (AuditEvent, AuditEvent.action == "order.renewal"))
    alone = [row(shop, *each) for each in tables]
    assert run(shop, day) == "1 renewal proformas, 0 cancelled"
    assert [row(shop, *each) for each in tables] == alone
    with clock.frozen(clock.as_of(day)):
        shop.work()
    with shop.scope(), shop.database.reading() as session:
        series = select(NumberSeries.last).where(NumberSeries.series == "proforma").order_by(NumberSeries.year.desc())
        last = session.scalars(series.limit(1)).one()
        mails = session.scalars(select(Message).where(Message.kind == "proforma").order_by(Message.id)).all()
    assert [each.sequence for each in renewals(shop)] == [last - 1, last]
    assert [name in mails[-1].text for name in ("one.com", "two.com")] == [False, True]


@pytest.mark.parametrize("reduced", [False, True])
def test_what_its_registry_renews_for_two_years_and_more_is_renewed_for_two(shop: Shop, reduced: bool) -> None:
    """Priced with many at once, and alone where a promotion may reduce it."""
    shop.sell("one.com")
    day = end_of(shop, "one.com") - timedelta(days=30)
    with shop.database.writing(tenancy.Platform("tests")) as session:
        change(session, Tld, Tld.name == "com", min_years=2)
    if reduced:
        with shop.scope(), clock.frozen(clock.as_of(day)), shop.database.writing() as session:
            wanted = Conditions(operations=frozenset({"renew"}))
            draft = promotions.Draft({"pl": "Wiosna"}, "percent", 5_000, day, day, wanted)
            promotions.activate(session, SELLER, promotions.create(session, SELLER, draft).id)
    assert run(shop, day) == "1 renewal proformas, 0 cancelled"
    (line,) = renewals(shop)[0].lines
    with shop.scope(), shop.database.reading() as session:
        (ordered,) = session.scalars(select(OrderLine).where(OrderLine.operation == "renew"))
    full = PRICES["com"][1] * 2
    assert (ordered.years, ordered.amount) == (2, full // 2 if reduced else full)
    assert line.period_from is not None
    assert line.period_to is not None
    assert (line.period_to - line.period_from).days > 725


def test_h_26_thirty_days_before_the_end_and_not_a_day_earlier(shop: Shop) -> None:
    shop.sell("one.com")
    end = end_of(shop, "one.com")
    said = [run(shop, end - timedelta(days=days)) for days in (60, 31, 30, 29, 5)]
    assert [each.split()[0] for each in said] == ["0", "0", "1", "0", "0"]


def test_paying_and_activating_renews_once_and_the_next_year_gets_its_own(shop: Shop) -> None:
    shop.sell("one.com")
    ends = []
    for _ in range(3):
        end = end_of(shop, "one.com")
        run(shop, end - timedelta(days=30))
        document = renewals(shop)[-1]
        with clock.frozen(clock.as_of(end - timedelta(days=20))):
            shop.pay(document)
            shop.activate(document)
            shop.activate(document)
            shop.work()
        ends.append(end)
    assert [(each.lines[0].period_from, each.state) for each in renewals(shop)] == [(end, "activated") for end in ends]


def test_a_cancelled_renewal_is_the_subscribers_word_and_what_is_switched_off_is_left_alone(shop: Shop) -> None:
    shop.sell("one.com", "two.com")
    day = end_of(shop, "one.com") - timedelta(days=30)
    with shop.scope(), shop.database.writing() as session:
        change(session, Domain, Domain.name == "two.com", auto_renew=False)
    assert run(shop, day) == "1 renewal proformas, 0 cancelled"
    with shop.scope(), shop.database.writing() as session:
        operations.cancel(session, SELLER, renewals(shop)[0].id)
    assert run(shop, day + timedelta(days=1)) == "0 renewal proformas, 0 cancelled"


def test_services_groups_promotions_and_tax_are_as_with_a_single_renewal(shop: Shop) -> None:
    """Hosting from the day after its last one; a promotion takes off what it takes off; no price: no proforma."""
    shop.sell("one.com", "two.com", "three.org")
    day = end_of(shop, "one.com") - timedelta(days=30)
    with shop.scope(), shop.database.writing() as session:
        org = session.scalars(select(Product.id).where(Product.code == "org")).one()
        com = session.scalars(select(Product).where(Product.code == "com")).one()
        change(session, Price, Price.product_id == org, Price.operation == "renew", amount=None)
        draft = promotions.Draft(
            {"pl": "Wiosna"}, "percent", 1_000, day, day, Conditions(operations=frozenset({"renew"}))
        )
        promotions.activate(session, SELLER, promotions.create(session, SELLER, draft).id)
        hosted = by_hand.order_service(session, com, shop.subscriber.account_id, None, "pages of Anna")
        change(
            session, Service, Service.id == hosted.id, kind="hosting", state="active", ends_on=day + timedelta(days=5)
        )
    assert run(shop, day) == "3 renewal proformas, 1 without: no_price, 0 cancelled"
    lines = {each.lines[0].subject: each.lines[0] for each in renewals(shop)}
    assert {name: (line.amount, line.discount) for name, line in lines.items()} == {
        "one.com": (5399, 600), "two.com": (5399, 600), "pages of Anna": (5399, 600),
    }  # fmt: skip
    assert lines["pages of Anna"].period_from == day + timedelta(days=6)


def test_what_gets_no_proforma_is_told_with_what_is_missing_until_it_is_there(shop: Shop) -> None:
    """A name without a price, and a subscriber to whom no paper can be written: by the run and by a person alike."""
    shop.sell("one.com", "two.org")
    day = end_of(shop, "one.com") - timedelta(days=30)

    def street(text: str) -> None:
        with shop.scope(), shop.database.writing() as session:
            change(session, Contact, Contact.account_id == shop.subscriber.account_id, street=text)

    def stuck() -> list[tuple[str, str]]:
        with clock.frozen(clock.as_of(day)), shop.scope(), shop.database.reading() as session:
            return [(name_of(each.subject), each.why) for each in renewal_queries.stuck(session)]

    with shop.scope(), shop.database.writing() as session:
        org = session.scalars(select(Product.id).where(Product.code == "org")).one()
        change(session, Price, Price.product_id == org, Price.operation == "renew", amount=None)
    street("")
    assert run(shop, day) == "0 renewal proformas, 2 without: no address, 0 cancelled"
    assert stuck() == [("one.com", "no_address"), ("two.org", "no_address")]
    with clock.frozen(clock.as_of(day)), pytest.raises(Refusal, match="not complete"):
        shop.renew(shop.domains()["one.com"])
    street("Długa 5")
    assert stuck() == [("two.org", "no_price")]
    assert run(shop, day) == "1 renewal proformas, 1 without: no price, 0 cancelled"
    assert stuck() == [("two.org", "no_price")]


def test_what_has_its_proforma_hides_nothing_that_has_none(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as are looked at end first and have their proformas: the one behind them is told all the same."""
    monkeypatch.setattr(renewal_queries, "LOOKED_AT", 2)
    shop.sell("one.com", "two.com", "three.org")
    day = end_of(shop, "one.com") - timedelta(days=30)
    with shop.scope(), shop.database.writing() as session:
        org = session.scalars(select(Product.id).where(Product.code == "org")).one()
        change(session, Price, Price.product_id == org, Price.operation == "renew", amount=None)
    run(shop, day)
    with clock.frozen(clock.as_of(day)), shop.scope(), shop.database.reading() as session:
        assert [name_of(each.subject) for each in renewal_queries.stuck(session)] == ["three.org"]


def test_two_runs_and_a_person_at_once_make_one_proforma(shop: Shop) -> None:
    shop.sell(*(f"n{number}.com" for number in range(6)))
    day = end_of(shop, "n0.com") - timedelta(days=30)
    domain, said = shop.domains()["n3.com"], list[object]()
    with clock.frozen(clock.as_of(day)):
        works = [
            *(lambda: renewal_run.run(shop.worker, 2) for _ in range(2)),
            lambda: shop.renew(domain),
        ]
        threads = [Thread(target=copy_context().run, args=(lambda work=work: said.append(work()),)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(said) == 3
    found = renewals(shop)
    assert sorted(each.lines[0].subject for each in found) == [f"n{number}.com" for number in range(6)]
    assert [each.sequence for each in found] == list(range(found[0].sequence, found[0].sequence + 6))


def test_what_leaves_gets_its_open_proforma_cancelled(shop: Shop) -> None:
    shop.sell("one.com", "two.com")
    day = end_of(shop, "one.com") - timedelta(days=30)
    run(shop, day)
    with shop.scope(), shop.database.writing() as session:
        change(session, Domain, Domain.name == "one.com", state="transferred_out")
    assert run(shop, day + timedelta(days=1)) == "0 renewal proformas, 1 cancelled"
    assert sorted(each.state for each in renewals(shop)) == ["cancelled", "issued"]


def test_what_leaves_is_taken_out_of_a_proforma_that_asks_for_more(shop: Shop) -> None:
    shop.sell("one.com", "two.com")
    day = end_of(shop, "one.com") - timedelta(days=30)
    run(shop, day)
    with shop.scope(), shop.database.writing() as session:
        restructure.merge(session, SELLER, [each.id for each in renewals(shop)])
        change(session, Domain, Domain.name == "one.com", state="deleted")
    assert run(shop, day + timedelta(days=1)) == "0 renewal proformas, 1 cancelled"
    left = {each.lines[0].subject: each.state for each in renewals(shop) if each.state in ("issued", "cancelled")}
    assert left == {"one.com": "cancelled", "two.com": "issued"}
