"""Online payments, with gateways on the wire: once, in full, for the right proforma, or not at all (H-27, P3)."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.databases import TemplateDatabases
from tests.harness.figures import Figures
from tests.harness.paying import SECRET, Till, open_till
from tests.selling import SELLER, Shop, enter_shop
from webapp.foundation import clock
from webapp.foundation.db import Database, change
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.payments.port import Forged
from webapp.reseller.billing import gateways, money_documents
from webapp.reseller.billing.gateway_models import GatewayAccount, GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import MoneyDocument
from webapp.reseller.desk import books
from webapp.reseller.orders import online

GATEWAYS = ("stripe", "przelewy24")
#: Where both go the same way through our own code.
EITHER = ("stripe", pytest.param("przelewy24", marks=pytest.mark.full))


@pytest.fixture
def till(shop: Shop) -> Iterator[Till]:
    """On both databases."""
    with open_till(shop) as opened:
        yield opened


@pytest.fixture
def quick_till(stocked_databases: TemplateDatabases) -> Iterator[Till]:
    """On SQLite, for what does not depend on the database."""
    with (
        stocked_databases.fresh("sqlite") as url,
        enter_shop(Database(url)) as shop,
        open_till(shop) as opened,
    ):
        yield opened


def _sound(till: Till) -> bool:
    """The ledger sums to zero, the credit is the sum of its postings, every payment is booked ..."""
    return not [each for each in books.check(till.database) if not each.ok]


@pytest.mark.parametrize("name", GATEWAYS)
def test_paid_is_paid_whoever_hears_of_it_first_and_how_often(till: Till, name: str) -> None:
    """H-27: return, notification (twice) and our own look of one payment are one payment."""
    proforma = till.shop.order("a.com")
    payment = till.begin(name, proforma)
    assert till.payment(payment.id).state == "pending"
    till.come_back(payment)
    assert till.shop.proforma(proforma.id).state == "issued"
    till.peers[name].paid(payment.session_key)
    raw, headers = till.peers[name].notification(payment.session_key)
    assert till.hear(name, raw, headers)
    assert not till.hear(name, raw, headers)
    till.come_back(payment)
    till.work()
    till.come_back(payment)
    assert till.shop.proforma(proforma.id).state == "paid"
    assert [(each.amount, each.method, each.gateway) for each in till.money] == [(proforma.gross, "online", name)]
    assert till.payment(payment.id).state == "paid"
    assert till.payment(payment.id).problem == ""
    assert [each.state for each in till.events] == ["done"]
    assert till.credit() == 0
    assert _sound(till)


@pytest.mark.parametrize("name", EITHER)
@pytest.mark.parametrize(
    ("arrives", "problem"),
    [({"amount": 1}, "amount"), ({"amount": 999_999}, "amount"), ({"currency": "EUR"}, "currency")],
)
def test_other_money_is_credit_and_waits_for_a_person(
    quick_till: Till, name: str, arrives: dict[str, object], problem: str
) -> None:
    """P3: in full or not at all. What arrived is kept, in its own currency."""
    till = quick_till
    proforma = till.shop.order("a.com")
    payment = till.begin(name, proforma)
    entry = till.peers[name].paid(payment.session_key, **arrives)
    till.come_back(payment)
    till.come_back(payment)
    assert till.shop.proforma(proforma.id).state == "issued"
    assert till.payment(payment.id).problem == problem
    assert till.credit(entry.currency) == entry.amount
    assert len(till.money) == 1
    assert _sound(till)


@pytest.mark.parametrize("name", EITHER)
def test_a_second_payment_of_the_same_proforma_is_credit(quick_till: Till, name: str) -> None:
    till = quick_till
    proforma = till.shop.order("a.com")
    first = till.begin(name, proforma)
    other = next(each for each in GATEWAYS if each != name)
    second = till.begin(other, proforma)
    for payment in (first, second):
        till.peers[payment.gateway].paid(payment.session_key)
        till.come_back(payment)
    assert till.shop.proforma(proforma.id).state == "paid"
    assert till.credit() == proforma.gross
    assert [till.payment(each.id).problem for each in (first, second)] == ["", "not_open"]
    assert len(till.money) == 2
    assert _sound(till)


def test_one_payment_for_several_proformas_less_the_credit(quick_till: Till) -> None:
    till = quick_till
    paid, *others = [till.shop.order(name) for name in ("a.com", "b.com", "c.pl")]
    till.shop.pay(paid, paid.gross + 500)
    payment = till.begin("przelewy24", *others)
    assert payment.amount == sum(each.gross for each in others) - 500
    till.peers["przelewy24"].paid(payment.session_key)
    till.come_back(payment)
    assert [till.shop.proforma(each.id).state for each in others] == ["paid", "paid"]
    assert till.credit() == 0
    assert _sound(till)


def test_a_word_may_be_faster_than_our_own_commit(quick_till: Till) -> None:
    """The event is stored raw, and taken up when the payment is there."""
    till = quick_till
    payment = till.begin("stripe", till.shop.order("a.com"))
    till.peers["stripe"].paid(payment.session_key)
    with till.shop.scope(), till.database.writing() as session:
        change(session, GatewayPayment, GatewayPayment.id == payment.id, session_key="not yet")
    till.hear("stripe", *till.peers["stripe"].notification(payment.session_key))
    till.work()
    assert [each.state for each in till.events] == ["new"]
    with till.shop.scope(), till.database.writing() as session:
        # As if the first commit had come only now, and Stripe's own number with none at all.
        change(
            session, GatewayPayment, GatewayPayment.id == payment.id, session_key=payment.session_key, external_id=""
        )
        change(session, OutboxRow, OutboxRow.kind == "gateway.event", available_at=clock.now())
    till.work()
    assert [each.state for each in till.events] == ["done"]
    assert till.payment(payment.id).state == "paid"


def test_a_word_about_nothing_of_ours_is_kept_dead_after_a_while(quick_till: Till) -> None:
    till = quick_till
    payment = till.begin("stripe", till.shop.order("a.com"))
    raw, headers = till.peers["stripe"].notification(payment.session_key)
    with till.shop.scope(), till.database.writing() as session:
        change(session, GatewayPayment, GatewayPayment.id == payment.id, session_key="another")
    till.hear("stripe", raw, headers)
    with till.shop.scope(), till.database.writing() as session:
        change(session, GatewayEvent, GatewayEvent.id > 0, received_at=clock.now() - timedelta(hours=2))
    till.work()
    assert [(each.state, each.problem) for each in till.events] == [("dead", "no such payment")]


@pytest.mark.parametrize("name", EITHER)
def test_without_any_word_our_own_look_finds_the_payment(quick_till: Till, name: str) -> None:
    """The notification is lost, the browser never comes back, the gateway is out of order for a while."""
    till = quick_till
    proforma = till.shop.order("a.com")
    payment = till.begin(name, proforma)
    till.peers[name].paid(payment.session_key)
    peer = till.peers[name]
    peer.faults += [("", fault) for fault in ("500", "lost", "page")]
    for _ in range(4):
        with till.shop.scope(), till.database.writing() as session:
            change(session, OutboxRow, OutboxRow.kind == "gateway.look", available_at=clock.now())
        till.work()
    assert till.shop.proforma(proforma.id).state == "paid"
    assert len(till.money) == 1


def test_nobody_pays_and_after_a_day_nobody_looks(quick_till: Till) -> None:
    till = quick_till
    payment = till.begin("stripe", till.shop.order("a.com"))
    with till.shop.scope(), till.database.writing() as session:
        long_ago = clock.now() - online.LONGEST - timedelta(minutes=1)
        change(session, GatewayPayment, GatewayPayment.id == payment.id, started_at=long_ago)
        change(session, OutboxRow, OutboxRow.kind == "gateway.look", available_at=clock.now())
    till.work()
    assert till.payment(payment.id).state == "expired"
    # Money that comes later still counts.
    till.peers["stripe"].paid(payment.session_key)
    till.come_back(payment)
    assert till.payment(payment.id).state == "paid"


@pytest.mark.parametrize("state", ["charged_back", "refunded"])
def test_money_that_goes_back_elsewhere_waits_for_a_person_and_deletes_nothing(quick_till: Till, state: str) -> None:
    till = quick_till
    proforma = till.shop.order("a.com")
    payment = till.begin("stripe", proforma)
    entry = till.peers["stripe"].paid(payment.session_key)
    till.come_back(payment)
    if state == "refunded":
        till.peers["stripe"].book.give_back(entry, "by hand", entry.amount)
    else:
        till.peers["stripe"].book.change(entry, disputed=True)
    till.hear("stripe", *_event(till, payment, "charge.dispute.created"))
    till.work()
    assert (till.payment(payment.id).state, till.payment(payment.id).problem) == (state, state)
    assert till.shop.proforma(proforma.id).state == "paid"
    assert _sound(till)


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize(
    "fault", ["lost", pytest.param("", marks=pytest.mark.full), pytest.param("500", marks=pytest.mark.full)]
)
def test_a_refund_goes_back_through_the_gateway_once(quick_till: Till, name: str, fault: str) -> None:
    """H-32: requested, sent, done; whatever gets lost on the way."""
    till = quick_till
    proforma = till.shop.order("a.com")
    payment = till.begin(name, proforma)
    entry = till.peers[name].paid(payment.session_key, amount=proforma.gross + 100)
    till.come_back(payment)
    with till.shop.scope(), till.database.writing() as session:
        money_documents.refund(session, SELLER, till.money[0].id, 100, "too much", "key-1")
    till.peers[name].faults += [("refund", fault)] if fault else []
    for _ in range(3):
        with till.shop.scope(), till.database.writing() as session:
            change(session, OutboxRow, OutboxRow.kind == "gateway.refund", available_at=clock.now())
        till.work()
    assert [(each.state, each.amount) for each in till.rows(MoneyDocument) if each.kind == "refund"] == [("done", 100)]
    assert entry.refunded == 100
    assert _sound(till)


def test_a_refund_that_the_gateway_refuses_is_credit_again(quick_till: Till) -> None:
    till = quick_till
    proforma = till.shop.order("a.com")
    payment = till.begin("stripe", proforma)
    entry = till.peers["stripe"].paid(payment.session_key, amount=100)
    till.come_back(payment)
    till.peers["stripe"].book.give_back(entry, "by hand at the gateway", 100)
    with till.shop.scope(), till.database.writing() as session:
        money_documents.refund(session, SELLER, till.money[0].id, 100, "", "key-1")
    assert till.credit() == 0
    till.work()
    assert till.credit() == 100
    assert [each.state for each in till.rows(MoneyDocument) if each.kind == "refund"] == ["failed"]
    assert _sound(till)


def _event(till: Till, payment: GatewayPayment, kind: str) -> tuple[bytes, dict[str, str]]:
    from demo.pay import stripe

    return stripe.event(till.peers["stripe"].entry(payment.session_key), kind)


# --- forged, foreign, old ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EITHER)
def test_a_right_word_about_another_payment_moves_no_money(quick_till: Till, name: str) -> None:
    """P3: a notification tells when to ask, never what is the case."""
    till = quick_till
    payment = till.begin(name, till.shop.order("a.com"))
    till.peers[name].paid(payment.session_key, state="open")
    till.hear(name, *till.peers[name].notification(payment.session_key))
    till.work()
    assert till.money == []


@pytest.mark.parametrize("name", EITHER)
def test_another_shops_word_is_forged_here(quick_till: Till, name: str) -> None:
    till = quick_till
    payment = till.begin(name, till.shop.order("a.com"))
    raw, headers = till.peers[name].notification(payment.session_key)
    secret = {"stripe": "webhook_secret", "przelewy24": "crc"}[name]
    with pytest.raises(Forged):
        till.peers[name].adapter(**{secret: "another-shop's"}).parse_notification(
            raw, {key.lower(): value for key, value in headers.items()}
        )


# --- beginning -----------------------------------------------------------------------------------------------------


def test_pressing_twice_begins_one_payment(quick_till: Till) -> None:
    till = quick_till
    proforma = till.shop.order("a.com")
    first = till.begin("stripe", proforma)
    assert till.start("stripe", proforma).id == first.id
    assert till.start("przelewy24", proforma).id != first.id


def test_what_cannot_be_paid_is_refused_in_words(quick_till: Till) -> None:
    till = quick_till
    proforma, other = till.shop.order("a.com"), till.shop.order("b.com")
    with till.shop.scope(), till.database.writing() as session:
        with pytest.raises(NotFound):
            online.start(session, SELLER, 4711, [proforma.id], "stripe", "pl")
        with pytest.raises(Refusal, match="Choose at least one"):
            online.start(session, SELLER, proforma.account_id, [], "stripe", "pl")
        with pytest.raises(Refusal, match="not offered"):
            online.start(session, SELLER, proforma.account_id, [proforma.id], "other", "pl")
    till.shop.pay(proforma, proforma.gross + other.gross)
    for each, words in ((proforma, "nothing to pay"), (other, "credit covers")):
        with pytest.raises(Refusal, match=words):
            till.start("stripe", each)


def test_keys_are_sealed_and_a_gateway_is_offered_only_after_a_passed_test(quick_till: Till) -> None:
    till = quick_till
    with till.shop.scope(), till.database.writing() as session:
        row = gateways.account(session, "stripe")
        assert row is not None
        assert "sk_test_demo" not in row.secret
        keys = {"secret_key": "sk_test_other", "webhook_secret": ""}
        changed = gateways.connect(session, SELLER, "stripe", keys, SECRET, till.shop.partner.id)
        assert not changed.active
        assert gateways.credentials(changed, SECRET).secret["webhook_secret"] == "whsec_demo"
        with pytest.raises(Refusal, match="Test the connection first"):
            gateways.activate(session, SELLER, "stripe")
        gateways.tested(session, SELLER, "stripe", changed.secret, "Stripe answers 401")
        with pytest.raises(Refusal, match="Test the connection first"):
            gateways.activate(session, SELLER, "stripe")
        with pytest.raises(Refusal, match="changed in the meantime"):
            gateways.tested(session, SELLER, "stripe", "other keys", "")
    assert [each.active for each in till.rows(GatewayAccount)] == [False, True]


def test_keys_are_not_forgotten_while_somebody_may_be_paying(quick_till: Till) -> None:
    till = quick_till
    payment = till.begin("stripe", till.shop.order("a.com"))
    with till.shop.scope(), till.database.writing() as session, pytest.raises(Refusal, match="still be paying"):
        gateways.remove(session, SELLER, "stripe")
    till.peers["stripe"].paid(payment.session_key)
    till.come_back(payment)
    with till.shop.scope(), till.database.writing() as session:
        gateways.remove(session, SELLER, "stripe")
        assert not gateways.is_connected(gateways.account(session, "stripe"))


# --- at the same moment --------------------------------------------------------------------------------------------


def test_return_notification_and_look_at_the_same_moment(till: Till, figures: Figures, full_tier: bool) -> None:
    """P3: 200 interleavings of threads behind a barrier; every payment counts once."""
    rounds, seed = 100 if full_tier else 4, random.Random(27)
    doubled = 0
    for number in range(rounds):
        name = GATEWAYS[number % 2]
        proforma = till.shop.order(f"r{number}.com")
        payment = till.begin(name, proforma)
        till.peers[name].paid(payment.session_key)
        told = till.peers[name].notification(payment.session_key)
        _all_at_once(till, payment, told, seed)
        till.work()
        mine = [each for each in till.money if each.proforma_id == proforma.id]
        doubled += len(mine) != 1 or till.shop.proforma(proforma.id).state != "paid"
    figures.count("P3 interleavings of return, notification and look", rounds, broken=doubled)
    assert doubled == 0
    assert till.credit() == 0
    assert _sound(till)


def _all_at_once(till: Till, payment: GatewayPayment, told: tuple[bytes, dict[str, str]], seed: random.Random) -> None:
    def hear() -> None:
        till.hear(payment.gateway, *told)
        till.work()

    ways = [lambda: till.come_back(payment), lambda: till.come_back(payment), hear, hear]
    seed.shuffle(ways)
    start, failed = threading.Barrier(len(ways)), []

    def go(way: object) -> None:
        start.wait()
        try:
            way()  # type: ignore[operator]
        except Exception as problem:  # noqa: BLE001  shown below
            failed.append(problem)

    threads = [threading.Thread(target=go, args=(way,)) for way in ways]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
