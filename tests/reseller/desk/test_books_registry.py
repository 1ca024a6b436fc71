"""I2: the registry is asked about the names, and every difference is named; nothing is put right by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, enter_shop
from webapp.foundation.db import Database, change
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.desk import books
from webapp.reseller.desk.books.registry import Truth, compare
from webapp.reseller.services.models import Domain, ProvisioningOperation


@pytest.fixture
def shop(stocked_databases: TemplateDatabases) -> Iterator[Shop]:
    with stocked_databases.fresh("sqlite") as url, enter_shop(Database(url)) as entered:
        yield entered


def world(shop: Shop) -> MemoryRegistry:
    assert isinstance(shop.worker.registry, MemoryRegistry)
    return shop.worker.registry


def asked(shop: Shop, **bounds: float) -> Truth:
    return compare(shop.database, world(shop), **bounds)  # type: ignore[arg-type]


def test_what_was_sold_stands_there_as_it_does_here(shop: Shop) -> None:
    assert asked(shop) == Truth()
    shop.sell("alpha.com", "beta.pl")
    shop.order("unpaid.com")
    assert asked(shop) == Truth(asked=2)
    found = books.check_registry(shop.database, world(shop))
    assert (found.ok, found.detail) == (True, "2 names asked")


def test_each_difference_is_named(shop: Shop) -> None:
    names = ("gone.com", "taken.com", "moved.com", "fine.com")
    shop.sell(*names)
    domains = world(shop).world.domains
    del domains["gone.com"]
    domains["taken.com"] = replace(domains["taken.com"], sponsor="somebody-else")
    expiry = domains["moved.com"].expires_at
    assert expiry is not None
    domains["moved.com"] = replace(domains["moved.com"], expires_at=expiry + timedelta(days=1))
    truth = asked(shop)
    assert (truth.asked, truth.ok, len(truth.differences)) == (4, False, 3)
    said = "; ".join(truth.differences)
    assert "gone.com is active here, and not registered" in said
    assert "taken.com is active here, and belongs to somebody-else" in said
    assert f"moved.com is active here until {expiry.isoformat(timespec='seconds')}, at the registry until" in said


def test_a_name_that_we_hold_for_nobody_is_named(shop: Shop) -> None:
    """Registered and paid by us, and here it came to nothing: proven by the fingerprint of our own operation."""
    shop.sell("held.com", "other.com")
    with shop.scope(), shop.database.writing() as session:
        change(session, Domain, Domain.name == "held.com", state="lost")
        change(session, Domain, Domain.name == "other.com", state="lost")
    domains = world(shop).world.domains
    domains["other.com"] = replace(domains["other.com"], auth_info="of another order")
    assert asked(shop).differences == ("held.com is lost here, and the registry holds it for us",)


@pytest.mark.broken_books
def test_what_is_under_way_is_left_alone(shop: Shop) -> None:
    shop.sell("alpha.com")
    world(shop).world.domains.clear()
    with shop.scope(), shop.database.writing() as session:
        change(session, ProvisioningOperation, state="unknown")
    assert asked(shop) == Truth()


def test_what_changes_here_while_the_registry_speaks_is_no_difference(shop: Shop) -> None:
    shop.sell("alpha.com")
    domains = world(shop).world.domains
    expiry = domains["alpha.com"].expires_at
    assert expiry is not None
    domains["alpha.com"] = replace(domains["alpha.com"], expires_at=expiry + timedelta(days=365))

    def renewed(phase: str, _command: str) -> None:
        if phase == "before":
            with shop.scope(), shop.database.writing() as session:
                change(session, Domain, expires_at=expiry + timedelta(days=365))

    world(shop).observer = renewed
    assert asked(shop) == Truth(asked=1)


def test_a_registry_that_is_away_is_not_asked_for_ever(shop: Shop) -> None:
    shop.sell(*(f"name{number}.com" for number in range(8)))
    for _ in range(20):
        world(shop).break_next("domain:info")
    assert asked(shop) == Truth(unanswered=5, complete=False)
    found = books.check_registry(shop.database, world(shop))
    assert (found.ok, found.detail) == (False, "0 names asked, not all; 5 without an answer")


def test_it_ends_after_so_many_names_or_so_long_the_newest_first(shop: Shop) -> None:
    shop.sell("old.com")
    shop.sell("new.com")
    del world(shop).world.domains["new.com"]
    truth = asked(shop, most=1)
    assert (truth.asked, truth.complete, truth.differences[0][:7]) == (1, False, "new.com")
    assert asked(shop, seconds=-1) == Truth(complete=False)
