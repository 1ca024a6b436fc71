"""From payment to an active name, or to the money back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.selling import PRICES, SELLER, Shop, open_shop
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import DomainFacts
from webapp.reseller.desk.books import check
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.operations import cancel
from webapp.reseller.services.models import Domain


@pytest.fixture(autouse=True)
def the_books_are_in_order(shop: Shop) -> Iterator[None]:
    """Whatever a test does, the invariants hold after it."""
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def registry(shop: Shop) -> MemoryRegistry:
    assert isinstance(shop.worker.registry, MemoryRegistry)
    return shop.worker.registry


def expiry(facts: Domain | DomainFacts | None) -> datetime:
    """The end of a registration that must have one."""
    assert facts is not None
    assert facts.expires_at is not None
    return facts.expires_at


def later(shop: Shop, minutes: int = 60) -> None:
    """Let the worker try again, so many minutes from now."""
    with clock.shifted(timedelta(minutes=minutes)):
        shop.work()


def test_activation_registers_each_name_and_the_subscriber_sees_the_registrys_date(shop: Shop) -> None:
    """H-28: wholesale order sent, balance charged, active when the registry confirms."""
    before = shop.wholesale()
    proforma = shop.sell("acme.com", "acme.pl")
    assert proforma.state == "activated"
    for name, domain in shop.domains().items():
        facts = registry(shop).info(name)
        assert facts is not None
        assert (domain.state, domain.expires_at) == ("active", facts.expires_at)
    assert shop.wholesale() < before
    assert shop.line_states() == ["done", "done"]
    with shop.scope(), shop.database.reading() as session:
        assert session.scalars(select(Message.kind)).all().count("domains_active") == 1


def test_activating_twice_orders_once(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    shop.pay(proforma)
    shop.activate(proforma)
    shop.activate(proforma)
    shop.work()
    assert len(shop.operations()) == 1


def test_an_unpaid_proforma_cannot_be_activated(shop: Shop) -> None:
    with pytest.raises(Refusal) as refused:
        shop.activate(shop.order("acme.com"))
    assert refused.value.code == "not_paid"


def test_a_name_that_somebody_took_in_between_is_lost_and_the_money_is_credit(shop: Shop) -> None:
    proforma = shop.order("acme.com", "acme.pl")
    shop.pay(proforma)
    registry(shop).take("acme.com")
    before = shop.wholesale()
    shop.activate(proforma)
    shop.work()
    assert shop.domains()["acme.com"].state == "lost"
    assert shop.domains()["acme.pl"].state == "active"
    assert shop.credit() == PRICES["com"][0]
    assert shop.line_states() == ["lost", "done"]
    kept = before - shop.wholesale()
    assert kept > 0
    with shop.scope(), shop.database.reading() as session:
        kinds = session.scalars(select(Message.kind)).all()
        assert kinds.count("name_lost") == kinds.count("name_lost_partner") == 1


def test_without_funds_a_paid_line_waits_and_goes_on_when_money_arrives(database_url: str) -> None:
    """Section 7 item 1: "paid, waiting for funds" is a state, not an error."""
    with open_shop(Database(database_url), funds=0) as shop:
        proforma = shop.order("acme.com")
        shop.pay(proforma)
        shop.activate(proforma)
        shop.work()
        assert shop.domains()["acme.com"].state == "awaiting_funds"
        shop.top_up(100_000, "top-up-1")
        shop.top_up(100_000, "top-up-1")  # the same transfer again
        shop.work()
        assert shop.domains()["acme.com"].state == "active"
        assert 0 < shop.wholesale() < 100_000


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_is_neither_success_nor_failure_until_the_registry_is_asked(shop: Shop, done: bool) -> None:
    registry(shop).break_next("domain:create", done=done)
    proforma = shop.order("acme.com")
    shop.pay(proforma)
    shop.activate(proforma)
    shop.work()
    assert shop.domains()["acme.com"].state in ("active", "provisioning")
    later(shop)
    assert shop.domains()["acme.com"].state == "active"
    assert len(shop.operations()) == 1


def test_a_registry_that_is_down_makes_orders_wait_not_fail(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    shop.pay(proforma)
    shop.activate(proforma)
    for hours in range(1, 7):
        registry(shop).break_next("domain:info")
        later(shop, 60 * hours)
    assert shop.domains()["acme.com"].state == "provisioning"
    later(shop, 600)
    assert shop.domains()["acme.com"].state == "active"


def test_a_proven_refusal_gives_the_money_back(shop: Shop) -> None:
    before = shop.wholesale()
    registry(shop).break_next("domain:create", code=2306)
    shop.sell("acme.com")
    assert shop.domains()["acme.com"].state == "cancelled"
    assert (shop.credit(), shop.wholesale()) == (PRICES["com"][0], before)


def test_credit_pays_the_next_proforma(shop: Shop) -> None:
    shop.pay(shop.order("acme.com"), amount=6000)
    assert shop.credit() == 6000 - PRICES["com"][0]
    second = shop.order("acme.pl")
    shop.pay(second, amount=PRICES["pl"][0] - shop.credit())
    assert shop.proforma(second.id).state == "paid"
    assert shop.credit() == 0


def test_a_part_payment_leaves_the_proforma_open(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    shop.pay(proforma, amount=1000)
    assert shop.proforma(proforma.id).state == "issued"
    assert shop.credit() == 1000


def test_the_same_payment_recorded_twice_counts_once(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    assert shop.pay(proforma).id == shop.pay(proforma).id
    assert shop.credit() == 0


def test_a_renewal_moves_the_registrys_expiry_by_a_year_once(shop: Shop) -> None:
    shop.sell("acme.com")
    domain = shop.domains()["acme.com"]
    proforma = shop.renew(domain)
    assert shop.renew(domain).id == proforma.id, "one open renewal per expiry"
    assert (proforma.origin, proforma.gross) == ("renewal", PRICES["com"][1])
    shop.pay(proforma)
    shop.activate(proforma)
    shop.work()
    renewed = shop.domains()["acme.com"]
    assert expiry(renewed).date() == clock.add_years(expiry(domain).date(), 1)


@pytest.mark.parametrize("done", [True, False])
def test_a_renewal_whose_answer_is_lost_happens_once(shop: Shop, done: bool) -> None:
    shop.sell("acme.com")
    domain = shop.domains()["acme.com"]
    proforma = shop.renew(domain)
    shop.pay(proforma)
    registry(shop).break_next("domain:renew", done=done)
    shop.activate(proforma)
    shop.work()
    later(shop)
    facts = registry(shop).info("acme.com")
    assert expiry(facts).date() == clock.add_years(expiry(domain).date(), 1)
    assert shop.domains()["acme.com"].expires_at == expiry(facts)


def test_an_expiry_that_moved_by_itself_needs_attention(shop: Shop) -> None:
    shop.sell("acme.com")
    proforma = shop.renew(shop.domains()["acme.com"])
    shop.pay(proforma)
    before = expiry(registry(shop).info("acme.com"))
    registry(shop).renew("acme.com", before.date(), 2, "by-hand-1")
    shop.activate(proforma)
    for hours in range(1, 6):
        later(shop, 60 * hours)
    (operation,) = [op for op in shop.operations() if op.kind == "renew"]
    assert operation.state == "unknown"
    with shop.scope(), shop.database.reading() as session:
        assert "needs_attention_partner" in session.scalars(select(Message.kind)).all()


def test_two_orders_for_one_name_end_with_one_owner_and_one_credit(shop: Shop) -> None:
    first, second = shop.order("acme.com"), shop.order("acme.com")
    for proforma in (first, second):
        shop.pay(proforma)
        shop.activate(proforma)
    shop.work()
    assert sorted(shop.line_states()) == ["done", "lost"]
    assert shop.credit() == PRICES["com"][0]


def test_a_cancelled_proforma_takes_its_names_with_it(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    with shop.scope(), shop.database.writing() as session:
        cancel(session, SELLER, proforma.id)
    assert shop.domains()["acme.com"].state == "cancelled"
    with pytest.raises(Refusal):
        shop.pay(proforma)
