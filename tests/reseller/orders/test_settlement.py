"""What follows when the registry has answered for a line: each thing once, whoever says it how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from tests.selling import PRICES, SELLER, Shop, open_shop
from webapp.foundation.db import Database
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import LedgerPosting, Proforma
from webapp.reseller.desk.books import check
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import reversals, settlement
from webapp.reseller.orders.models import OrderLine


@pytest.fixture(autouse=True)
def the_books_are_in_order(shop: Shop) -> Iterator[None]:
    yield
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def settle(shop: Shop, number: int, outcome: str) -> None:
    """The registry's word for the n-th line."""
    with shop.scope(), shop.database.writing() as session:
        line = session.scalars(select(OrderLine).order_by(OrderLine.id).offset(number).limit(1)).one()
        if outcome == "done":
            settlement.delivered(session, line)
        else:
            settlement.undelivered(session, line, outcome)


def mails(shop: Shop) -> Counter[str]:
    with shop.scope(), shop.database.reading() as session:
        return Counter(session.scalars(select(Message.kind)))


@pytest.fixture
def started(shop: Shop) -> Proforma:
    """Two names that are with the registry; no worker has come by."""
    proforma = shop.order("acme.com", "acme.pl")
    shop.pay(proforma)
    shop.activate(proforma)
    return proforma


def test_the_news_goes_out_when_the_last_line_has_ended(shop: Shop, started: Proforma) -> None:
    shop.work()
    assert mails(shop)["domains_active"] == 1
    for _ in range(2):
        settle(shop, 0, "done")
        settle(shop, 1, "lost")
    assert shop.line_states() == ["done", "done"], "what is done is not lost afterwards"
    assert shop.credit() == 0
    assert mails(shop)["domains_active"] == 1
    assert mails(shop)["name_lost"] == 0


@pytest.mark.parametrize(("by_hand", "in_all"), [(1000, 5999), (6000, 6998), (6998, 6998)])
def test_what_a_person_gave_back_before_is_not_given_back_twice(
    shop: Shop, started: Proforma, by_hand: int, in_all: int
) -> None:
    """4999 and 1999 were paid; the partner gives some of it back, then the dearer name is lost."""
    with shop.scope(), shop.database.writing() as session:
        reversals.give_back(session, SELLER, started.id, by_hand, "Took too long", "k1")
    shop.worker.registry.take("acme.com")  # type: ignore[attr-defined]
    shop.work()
    assert shop.line_states() == ["lost", "done"]
    assert shop.credit() == in_all
    assert mails(shop)["name_lost"] == 1


def test_a_lost_line_gives_back_its_price_and_its_hold_once(shop: Shop) -> None:
    before = shop.wholesale()
    proforma = shop.order("acme.com")
    shop.pay(proforma)
    shop.worker.registry.take("acme.com")  # type: ignore[attr-defined]
    shop.activate(proforma)
    shop.work()
    for outcome in ("lost", "refused", "done", "lost"):
        settle(shop, 0, outcome)
    assert shop.line_states() == ["lost"]
    assert (shop.credit(), shop.wholesale()) == (PRICES["com"][0], before)
    assert mails(shop)["name_lost"] == mails(shop)["name_lost_partner"] == 1
    assert mails(shop)["domains_active"] == 0


def test_a_refused_renewal_leaves_the_domain_as_it_was(shop: Shop) -> None:
    shop.sell("acme.com")
    domain = shop.domains()["acme.com"]
    proforma = shop.renew(domain)
    shop.pay(proforma)
    before = shop.wholesale()
    shop.worker.registry.break_next("domain:renew", code=2304)  # type: ignore[attr-defined]
    shop.activate(proforma)
    shop.work()
    after = shop.domains()["acme.com"]
    assert (after.state, after.expires_at) == ("active", domain.expires_at)
    assert (shop.line_states()[-1], shop.credit(), shop.wholesale()) == ("refused", PRICES["com"][1], before)
    again = shop.renew(after)
    assert again.id != proforma.id, "a refused renewal may be ordered anew"


def test_when_one_of_two_is_lost_the_delivery_names_the_other_only(shop: Shop) -> None:
    proforma = shop.order("acme.com", "acme.pl")
    shop.pay(proforma)
    shop.worker.registry.take("acme.com")  # type: ignore[attr-defined]
    shop.activate(proforma)
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        (delivery,) = session.scalars(select(Message).where(Message.kind == "domains_active"))
        assert "acme.pl" in delivery.text
        assert "acme.com" not in delivery.text


@pytest.mark.parametrize("mode", ["net", "gross"])
def test_losing_every_line_gives_back_exactly_what_was_paid(database_url: str, mode: str) -> None:
    """To the cent, though tax is rounded once per rate and not per line."""
    names = ["acme.com", "acme.pl", "acme.org", "other.pl", "third.pl"]
    with open_shop(Database(database_url), tax_mode=mode) as shop:
        for name in names:
            shop.worker.registry.take(name)  # type: ignore[attr-defined]
        proforma = shop.sell(*names)
        assert shop.line_states() == ["lost"] * 5
        assert shop.credit() == proforma.gross
        assert sum(billing.gross_shares(proforma).values()) == proforma.gross


def test_every_posting_of_a_loss_names_its_event_once(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    shop.pay(proforma)
    shop.worker.registry.take("acme.com")  # type: ignore[attr-defined]
    shop.activate(proforma)
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        rows: Any = session.execute(select(LedgerPosting.book, LedgerPosting.entry, LedgerPosting.amount))
        entries = Counter((book, entry.partition(":")[0]) for book, entry, _ in rows)
    wanted = ("hold", "release", "topup")
    assert all(entries["wholesale", kind] == 2 for kind in wanted), entries
    assert all(entries["retail", kind] == 2 for kind in ("payment", "settle", "return")), entries
