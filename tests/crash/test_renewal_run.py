"""A renewal run that is killed (-9) anywhere and started again makes each proforma exactly once (H-26)."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from demo.parentage import die_with_parent
from tests.factories import make_partner, make_subscriber
from tests.harness.databases import TemplateDatabases
from tests.harness.figures import Figures
from tests.selling import Shop, Worker, open_shop, stock
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, insert_rows
from webapp.foundation.outbox import OutboxRow
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing.models import NumberSeries, Proforma
from webapp.reseller.catalog.models import Tld
from webapp.reseller.orders import renewal_run
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.services.models import Domain

SEED, EACH, POINTS_IN_FULL = "renewal-run", 12, 20
POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.full])


def _prepare(url: str) -> None:
    """Three shops, each with a dozen names that end soon."""
    database = Database(url)
    with open_shop(database) as first:
        shops = [first, *(_shop(database) for _ in range(2))]
        for number, shop in enumerate(shops):
            _plant(shop, number)


def _shop(database: Database) -> Shop:
    partner = make_partner(database)
    shop = Shop(database, partner, make_subscriber(database, partner), Worker(database, MemoryRegistry()))
    with shop.scope(), database.writing() as session:
        stock(session, partner)
    return shop


def _plant(shop: Shop, number: int) -> None:
    with shop.scope(), shop.database.writing() as session:
        registrant = session.scalars(select(Contact.id)).first()
        tld = session.scalars(select(Tld.id).where(Tld.name == "com")).one()
        common = {"tld_id": tld, "registry_key": "sandbox", "account_id": shop.subscriber.account_id}
        common |= {"registrant_id": registrant, "state": "expiring", "created_at": clock.now()}
        rows = [
            {
                **common,
                "name": f"{name}.com",
                "name_unicode": f"{name}.com",
                "expires_at": clock.now() + timedelta(days=9),
            }
            for name in (f"d{number}-{n}" for n in range(EACH))
        ]
        insert_rows(session, Domain, rows)


@pytest.fixture(scope="module")
def planted(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases with names that end soon."""
    folder: Path = tmp_path_factory.mktemp("renewals")
    return TemplateDatabases(folder, _prepare, databases)


def _life(url: str, point: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.crash.renewal_runner", url, str(point)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=die_with_parent())
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode, ended.stdout


def _problems(url: str) -> list[str]:
    """What is wrong after the second life."""
    database = Database(url)
    said = renewal_run.run(Worker(database, MemoryRegistry()))
    again = renewal_run.run(Worker(database, MemoryRegistry()))
    with database.reading(tenancy.Platform("books")) as session:
        lines = session.execute(select(OrderLine.domain_id, func.count()).group_by(OrderLine.domain_id)).all()
        numbers = session.execute(select(Proforma.partner_id, Proforma.sequence).order_by(Proforma.sequence)).all()
        last = dict(session.execute(select(NumberSeries.partner_id, NumberSeries.last)).all())
        mails = session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.kind == "proforma.mail"))
    database.dispose()
    wanted = [(partner, n) for n in range(1, EACH + 1) for partner in sorted(last)]
    wrong = {
        f"another run: {again}": not again.startswith("0 renewal"),
        f"lines: {len(lines)}": [count for _, count in lines] != [1] * 3 * EACH,
        f"numbers: {numbers}": sorted((n, p) for p, n in numbers) != sorted((n, p) for p, n in wanted),
        f"counters: {last}": set(last.values()) != {EACH},
        f"mails: {mails}": mails != 3 * EACH,
    }
    return [f"{what} (second life: {said})" for what, is_wrong in wrong.items() if is_wrong]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_h_26_killed_anywhere_and_started_again_makes_each_proforma_once(
    planted: TemplateDatabases, kind: str, full_tier: bool, figures: Figures
) -> None:
    with planted.fresh(kind) as url:
        passed = int(_life(url, 0)[1].split()[0])
        assert _problems(url) == []
    count = POINTS_IN_FULL if full_tier else 1
    points = random.Random(SEED + kind).sample(range(1, passed + 1), count)
    broken: dict[int, list[str]] = {}
    for point in points:
        with planted.fresh(kind) as url:
            status, _ = _life(url, point)
            problems = _problems(url)
            if problems or status == 0:
                broken[point] = problems or ["the point was not reached"]
    figures.count(f"renewal runs killed ({kind})", len(points), broken=len(broken))
    assert not broken
