"""Names grow old by the calendar, whenever the daily job comes round to it (P11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, change
from webapp.reseller.catalog.models import Tld
from webapp.reseller.services import tasks
from webapp.reseller.services.models import Domain

GRACE, REDEMPTION = 10, 5

#: Days from now to the end of the registration -> state of a name that was active.
CALENDAR = [
    (400, "active"),
    (31, "active"),
    (29, "expiring"),
    (1, "expiring"),
    (-1, "expired"),
    (-9, "expired"),
    (-11, "redemption"),
    (-14, "redemption"),
    (-16, "deleted"),
    (-400, "deleted"),
]


#: An active name, under an ending with short periods.
NAME = "acme.com"


def _sell(shop: Shop) -> None:
    shop.sell(NAME)
    with shop.database.writing(tenancy.Platform("operator")) as session:
        change(session, Tld, Tld.name == "com", grace_days=GRACE, redemption_days=REDEMPTION)


def _prepare(url: str) -> None:
    with enter_shop(Database(url)) as shop:
        _sell(shop)


@pytest.fixture(scope="module")
def sold_databases(stocked_databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases in which the name is sold."""
    return TemplateDatabases(tmp_path_factory.mktemp("sold"), _prepare, stocked_databases)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def sold(request: pytest.FixtureRequest, sold_databases: TemplateDatabases) -> Iterator[Shop]:
    """A shop that sold the name; the registry of its worker is another one, which nobody asks here."""
    with sold_databases.fresh(request.param) as url, enter_shop(Database(url)) as entered:
        yield entered


def expire_in(shop: Shop, days: int, state: str = "active") -> None:
    with shop.scope(), shop.database.writing() as session:
        change(session, Domain, Domain.name == NAME, expires_at=clock.now() + timedelta(days=days), state=state)


@pytest.mark.parametrize(("days", "state"), CALENDAR)
def test_one_run_brings_a_name_to_the_state_of_the_day(sold: Shop, days: int, state: str) -> None:
    """Also after weeks of downtime: nobody waits for as many runs as there are states."""
    expire_in(sold, days)
    tasks.age_domains(sold.worker)
    assert sold.domains()[NAME].state == state
    tasks.age_domains(sold.worker)
    assert sold.domains()[NAME].state == state, "a second run on the same day changes nothing"


@pytest.mark.parametrize("missed", [3, 10, 40])
def test_downtime_ends_in_the_same_states(sold: Shop, missed: int) -> None:
    expire_in(sold, 40)
    for day in range(0, 60, missed + 1):
        with clock.shifted(timedelta(days=day)):
            tasks.age_domains(sold.worker)
    with clock.shifted(timedelta(days=60)):
        tasks.age_domains(sold.worker)
    assert sold.domains()[NAME].state == "deleted"


@pytest.mark.parametrize(
    "state", ["awaiting_payment", "awaiting_funds", "provisioning", "needs_attention", "lost", "cancelled", "suspended"]
)
def test_only_names_that_run_grow_old(sold: Shop, state: str) -> None:
    expire_in(sold, -400, state)
    tasks.age_domains(sold.worker)
    assert sold.domains()[NAME].state == state


def test_a_renewal_makes_an_expired_name_young_again(shop: Shop) -> None:
    _sell(shop)
    registry_expiry = shop.domains()[NAME].expires_at
    assert registry_expiry is not None
    with clock.shifted(registry_expiry - clock.now() - timedelta(days=3)):
        tasks.age_domains(shop.worker)
        assert shop.domains()[NAME].state == "expiring"
        proforma = shop.renew(shop.domains()[NAME])
        shop.pay(proforma)
        shop.activate(proforma)
        shop.work()
        tasks.age_domains(shop.worker)
        assert shop.domains()[NAME].state == "active"


def test_a_lapsed_name_may_be_ordered_again(shop: Shop) -> None:
    """The live index over all partners lets go of it."""
    _sell(shop)
    expire_in(shop, -400)
    tasks.age_domains(shop.worker)
    del shop.worker.registry.world.domains[NAME]  # type: ignore[attr-defined]
    shop.sell(NAME)
    assert shop.domains()[NAME].state == "active"
