"""Names grow old by the calendar, whenever the daily job comes round to it (P11)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.selling import Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
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


@pytest.fixture
def name(shop: Shop) -> str:
    """An active name, under an ending with short periods."""
    shop.sell("acme.com")
    with shop.database.writing(tenancy.Platform("operator")) as session:
        change(session, Tld, Tld.name == "com", grace_days=GRACE, redemption_days=REDEMPTION)
    return "acme.com"


def expire_in(shop: Shop, days: int, state: str = "active") -> None:
    with shop.scope(), shop.database.writing() as session:
        change(session, Domain, Domain.name == "acme.com", expires_at=clock.now() + timedelta(days=days), state=state)


@pytest.mark.parametrize(("days", "state"), CALENDAR)
def test_one_run_brings_a_name_to_the_state_of_the_day(shop: Shop, name: str, days: int, state: str) -> None:
    """Also after weeks of downtime: nobody waits for as many runs as there are states."""
    expire_in(shop, days)
    tasks.age_domains(shop.worker)
    assert shop.domains()[name].state == state
    tasks.age_domains(shop.worker)
    assert shop.domains()[name].state == state, "a second run on the same day changes nothing"


@pytest.mark.parametrize("missed", [3, 10, 40])
def test_downtime_ends_in_the_same_states(shop: Shop, name: str, missed: int) -> None:
    expire_in(shop, 40)
    for day in range(0, 60, missed + 1):
        with clock.shifted(timedelta(days=day)):
            tasks.age_domains(shop.worker)
    with clock.shifted(timedelta(days=60)):
        tasks.age_domains(shop.worker)
    assert shop.domains()[name].state == "deleted"


@pytest.mark.parametrize(
    "state", ["awaiting_payment", "awaiting_funds", "provisioning", "needs_attention", "lost", "cancelled", "suspended"]
)
def test_only_names_that_run_grow_old(shop: Shop, name: str, state: str) -> None:
    expire_in(shop, -400, state)
    tasks.age_domains(shop.worker)
    assert shop.domains()[name].state == state


def test_a_renewal_makes_an_expired_name_young_again(shop: Shop, name: str) -> None:
    registry_expiry = shop.domains()[name].expires_at
    assert registry_expiry is not None
    with clock.shifted(registry_expiry - clock.now() - timedelta(days=3)):
        tasks.age_domains(shop.worker)
        assert shop.domains()[name].state == "expiring"
        proforma = shop.renew(shop.domains()[name])
        shop.pay(proforma)
        shop.activate(proforma)
        shop.work()
        tasks.age_domains(shop.worker)
        assert shop.domains()[name].state == "active"


def test_a_lapsed_name_may_be_ordered_again(shop: Shop, name: str) -> None:
    """The live index over all partners lets go of it."""
    expire_in(shop, -400)
    tasks.age_domains(shop.worker)
    del shop.worker.registry.world.domains[name]  # type: ignore[attr-defined]
    shop.sell(name)
    assert shop.domains()[name].state == "active"
