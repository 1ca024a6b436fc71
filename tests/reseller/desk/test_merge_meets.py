"""A merge of subscribers meets those who renew, activate and book their things in that moment: nobody is thrown out.

On PostgreSQL who takes the same rows in another order is ended by the server ("deadlock detected").
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import copy_context
from datetime import date, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_subscriber
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.desk import merge
from webapp.reseller.orders import activation, payments, renewal_run
from webapp.reseller.services.models import Domain


def run_renewals(shop: Shop) -> object:
    return renewal_run.run(shop.worker)


def renew_one(shop: Shop) -> object:
    return shop.renew(shop.domains()["one.com"])


def activate(shop: Shop) -> object:
    return shop.activate(waiting(shop))


def book_for_many(shop: Shop) -> object:
    received = Received(1, "PLN", date(2026, 11, 21), "transfer", "", "many")
    with shop.scope(), shop.database.writing() as session:
        return payments.receive_for_many(session, SELLER, shop.subscriber.account_id, [waiting(shop).id], received)


def waiting(shop: Shop) -> Proforma:
    """The proforma of two.com."""
    with shop.scope(), shop.database.reading() as session:
        return session.scalars(select(Proforma).order_by(Proforma.id.desc()).limit(1)).one()


#: The work, and a function in its midst: rows are locked, others are still to be written.
MIDST: list[tuple[Callable[[Shop], object], Any, str]] = [
    (run_renewals, renewal_run, "write"),
    (renew_one, accounts, "living"),
    (activate, activation, "wholesale_cost"),
    (book_for_many, payments, "_recorded"),
]


@pytest.mark.parametrize(("work", "module", "name"), MIDST, ids=[each[0].__name__ for each in MIDST])
def test_both_go_through(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, work: Callable[[Shop], object], module: Any, name: str
) -> None:
    shop.sell("one.com")
    open_one = shop.order("two.com")
    if work is activate:
        shop.pay(open_one)
    old, new = shop.subscriber.account_id, make_subscriber(shop.database, shop.partner, "b@example.com").account_id
    reached, ended, inner = Event(), list[str](), getattr(module, name)

    def slowly(*args: Any, **kwargs: Any) -> Any:
        reached.set()
        time.sleep(0.6)  # the merge takes what it can get
        return inner(*args, **kwargs)

    def merging() -> None:
        assert reached.wait(20)
        with shop.scope(), shop.database.writing() as session:
            merge.merge(session, SELLER, old, new)
        ended.append("merge")

    def working() -> None:
        work(shop)
        ended.append("work")

    ends = shop.domains()["one.com"].ends_on
    assert ends is not None
    day = ends - timedelta(days=20)
    monkeypatch.setattr(module, name, slowly)
    with clock.frozen(clock.as_of(day)):
        threads = [Thread(target=copy_context().run, args=(each,)) for each in (merging, working)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(40)
    assert ended == ["work", "merge"]
    with shop.scope(), shop.database.reading() as session:
        owners = {*session.scalars(select(Proforma.account_id)), *session.scalars(select(Domain.account_id))}
    assert owners == {new}
