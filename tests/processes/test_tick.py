"""The tick starts what is due, once a day and in one process at a time, and never ends because of trouble."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from tests import factories
from tests.web.conftest import settings_for
from webapp import wiring
from webapp.foundation import clock, db, jobs, leases, outbox, tenancy
from webapp.foundation.db import Database
from webapp.processes import context
from webapp.processes.context import Context
from webapp.processes.tick import Tick, Timetable, run_as_of, run_daily
from webapp.reseller.accounts.models import UserSignIn
from webapp.reseller.accounts.operations import open_sign_in
from webapp.reseller.orders.models import Cart
from webapp.reseller.partners import log_chain

DAY = date(2026, 11, 21)


@pytest.fixture
def here(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Context]:
    """A context over fresh stores."""
    made = context.build(settings_for(database_url, redis_url, tmp_path))
    yield made
    made.close()


class _Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_daily_jobs_run_once_a_date(here: Context) -> None:
    assert set(run_daily(here, DAY)) == set(wiring.PERIODIC)
    assert run_daily(here, DAY) == {}
    assert set(run_daily(here, DAY + timedelta(days=1))) == set(wiring.PERIODIC)


def test_a_job_that_fails_stops_no_other_and_is_tried_again(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.PERIODIC, "age_domains", "tests.processes.test_tick.broken")
    said = run_daily(here, DAY)
    assert "failed" in said["age_domains"]
    assert set(said) == set(wiring.PERIODIC)
    assert set(run_daily(here, DAY)) == {"age_domains"}


def broken(context: object) -> str:
    """A daily job with a fault."""
    raise RuntimeError("planted")


def test_only_one_tick_at_a_time_works_and_another_takes_over(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr("webapp.processes.tick.run_daily", lambda *_: ran.append("daily"))
    first, second, times = Tick(here, Timetable(_Clock())), Tick(here, Timetable(_Clock())), _Clock()
    first.beat()
    second.beat()
    assert ran == ["daily"], "the second one waits"
    third = Tick(here, Timetable(times))
    with clock.shifted(timedelta(seconds=16)):
        third.beat()
    assert ran == ["daily", "daily"], "the first is dead for longer than its lease"


def test_new_deeds_are_sealed_within_seconds(here: Context) -> None:
    """H-59: nobody has to ask for the links of the log."""
    partner = factories.make_partner(here.database)
    Tick(here).beat()
    verdict = log_chain.verify_all(here.database)[partner.id]
    assert verdict.links > 0
    assert verdict.broken is None


def test_an_ended_tick_lets_the_next_start_at_once(here: Context) -> None:
    first, second = Tick(here), Tick(here)
    first.beat()
    first.end()
    second.beat()
    with here.database.reading(tenancy.Platform("tick")) as session:
        assert session.scalars(select(leases.ScheduledRun.job)).all()
    assert leases.hold(here.database, "tick", "somebody else", 5) is False


def test_waiting_rows_wake_the_workers(here: Context) -> None:
    partner = factories.make_partner(here.database)
    with tenancy.tenant(partner.id), clock.shifted(timedelta(minutes=-5)), here.database.writing() as session:
        outbox.enqueue(session, "mail.send", "x", {"message_id": 0, "copy": ""}, after=timedelta(seconds=1))
    assert jobs.queue(here.redis).count == 0
    Tick(here).beat()
    assert jobs.queue(here.redis).count == 1


def test_a_dead_redis_is_said_and_survived(here: Context, caplog: pytest.LogCaptureFixture) -> None:
    partner = factories.make_partner(here.database)
    dead = replace(here, redis=Redis.from_url("redis://127.0.0.1:9/0"))
    with tenancy.tenant(partner.id), clock.shifted(timedelta(minutes=-5)), here.database.writing() as session:
        outbox.enqueue(session, "mail.send", "x", {"message_id": 0, "copy": ""}, after=timedelta(seconds=1))
    Tick(dead).beat()
    assert "no Redis" in caplog.text


def test_a_database_that_stays_busy_is_said_and_survived(
    here: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if here.database.is_postgresql:
        pytest.skip("one writer at a time is SQLite's way")
    monkeypatch.setattr(db, "BUSY_MS", 20)
    hurried = Database(str(here.database.engine.url))
    with closing(sqlite3.connect(str(hurried.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")  # and keeps everybody else from writing
        Tick(replace(here, database=hurried)).beat()
    hurried.dispose()
    assert "the database does not answer" in caplog.text
    Tick(here).beat()


def test_as_of_a_date_the_work_that_is_due_then_is_done_here_and_now(here: Context) -> None:
    partner = factories.make_partner(here.database)
    with tenancy.tenant(partner.id), here.database.writing() as session:
        outbox.enqueue(session, "mail.send", "x", {"message_id": 0, "copy": ""}, after=timedelta(days=3))
    today = clock.now().date()
    run_as_of(here, today)  # which also draws the new shop's icons
    assert run_as_of(here, today)["tasks_done"] == 0
    assert run_as_of(here, today + timedelta(days=5))["tasks_done"] == 1


def test_old_baskets_and_sign_ins_are_forgotten_and_young_ones_kept(here: Context) -> None:
    partner = factories.make_partner(here.database)
    anna = factories.make_subscriber(here.database, partner)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for age in (1, 29, 31, 90):
        with tenancy.tenant(partner.id), clock.frozen(now - timedelta(days=age)), here.database.writing() as session:
            session.add(Cart(token_hash=str(age), currency="PLN", created_at=clock.now(), updated_at=clock.now()))
            open_sign_in(session, anna.user)
    with clock.frozen(now):
        said = run_daily(here, now.date())
    assert said["forget_carts"] == "2 baskets"
    assert said["forget_sign_ins"].startswith("1 sign-ins")  # 90 days ago, over after 14, shown for 30 more
    with tenancy.tenant(partner.id), here.database.reading() as session:
        assert len(session.scalars(select(Cart)).all()) == 2
        assert len(session.scalars(select(UserSignIn)).all()) == 3
