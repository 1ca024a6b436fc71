"""P1 under concurrency: many workers and many buyers at once, answers lost at random, a worker that oversleeps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.harness.figures import Figures
from tests.selling import Shop, Worker, open_shop
from webapp.foundation import clock, jobs, outbox, tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.desk.books import check
from webapp.wiring import TASKS

ORDERS, WORKERS = 12, 4
TROUBLED = ("domain:info", "domain:create", "contact:create")


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with open_shop(Database(database_url)) as opened:
        yield opened
        assert [inv for inv in check(opened.database) if not inv.ok] == []


def registry(shop: Shop) -> MemoryRegistry:
    assert isinstance(shop.worker.registry, MemoryRegistry)
    return shop.worker.registry


def buy(shop: Shop, number: int) -> None:
    """One customer's order up to the activation; every third wants the same name."""
    name = "wanted.com" if number % 3 == 0 else f"name-{number}.pl"
    proforma = shop.order(name, f"second-{number}.com")
    shop.pay(proforma)
    shop.activate(proforma)


def drain_for(shop: Shop, hours: int) -> None:
    """A worker of its own, coming back every hour."""
    worker = Worker(shop.database, registry(shop).seen_by(registry(shop).user))
    for hour in range(hours):
        with clock.shifted(timedelta(hours=hour)):
            jobs.drain(worker, shop.database, TASKS)


def test_many_workers_deliver_each_name_once_whatever_is_lost(shop: Shop, figures: Figures) -> None:
    dice = random.Random(20261121)
    for _ in range(ORDERS):
        registry(shop).break_next(dice.choice(TROUBLED), done=dice.random() < 0.5)
    with ThreadPoolExecutor(WORKERS * 2) as pool:
        work = [pool.submit(drain_for, shop, 6) for _ in range(WORKERS)]
        work += [pool.submit(buy, shop, number) for number in range(ORDERS)]
        for each in work:
            each.result(100)
    drain_for(shop, 12)
    states = shop.line_states()
    lost = sum(state == "lost" for state in states)
    assert states.count("done") + lost == ORDERS * 2
    assert lost == ORDERS // 3 - 1, "one buyer gets the wanted name"
    assert len(registry(shop).world.domains) == ORDERS * 2 - lost
    assert len([op for op in shop.operations() if op.state == "confirmed"]) == ORDERS * 2 - lost
    figures.count("names delivered by workers at once", len(states), broken=0)


def test_a_worker_that_overslept_its_lease_changes_nothing(shop: Shop) -> None:
    """It speaks to the registry, sleeps, and comes back when another one has finished the job."""
    buy(shop, 1)
    leases = [lease for lease in outbox.claim(shop.database) if lease.kind == "domain.provision"]
    sleeper, lease = Worker(shop.database, registry(shop)), leases[0]
    with clock.shifted(outbox.LEASE + timedelta(seconds=1)):
        shop.work()
    done = shop.domains()
    with pytest.raises(outbox.LeaseLost), tenancy.tenant(lease.partner_id):
        jobs.load(TASKS[lease.kind])(sleeper, lease)
    assert not jobs.run(sleeper, shop.database, TASKS, lease)
    assert {name: (row.state, row.expires_at) for name, row in shop.domains().items()} == {
        name: (row.state, row.expires_at) for name, row in done.items()
    }
    assert len(registry(shop).world.domains) == 2


class Slow:
    """A process whose every task takes longer than a lease lasts."""

    def __init__(self, database: Database, times: ExitStack) -> None:
        self.database, self.times = database, times
        self.late: list[int] = []
        self.ran: list[int] = []


def dawdle(here: Slow, lease: outbox.Lease) -> None:
    """The task: says whether the row was still its worker's, and ends it."""
    with here.database.writing() as session:
        row = session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.id == lease.row_id)).one()
        (here.ran if row.lease_until and row.lease_until > clock.now() else here.late).append(row.id)
        outbox.complete(session, lease)
    here.times.enter_context(clock.shifted(outbox.LEASE + timedelta(seconds=1)))


def test_rows_behind_a_slow_one_are_not_worked_on_when_they_are_anybodys(shop: Shop) -> None:
    """Looks at the names of a partner with slow servers came before everybody's mails."""
    with tenancy.tenant(shop.partner.id), shop.database.writing() as session:
        for number in range(3):
            outbox.enqueue(session, "test.slow", str(number), {})
    with ExitStack() as times:
        here = Slow(shop.database, times)
        jobs.drain(
            here, shop.database, {**dict.fromkeys(TASKS, f"{__name__}.dawdle"), "test.slow": f"{__name__}.dawdle"}
        )
    assert here.late == []
    assert len(here.ran) >= 3


def test_no_two_workers_get_the_same_row(shop: Shop) -> None:
    for number in range(1, 9):
        buy(shop, number)
    with ThreadPoolExecutor(WORKERS) as pool:
        batches = list(pool.map(lambda _: outbox.claim(shop.database, limit=6), range(WORKERS)))
    claimed = [lease.row_id for batch in batches for lease in batch]
    assert len(claimed) == len(set(claimed)) == WORKERS * 6
