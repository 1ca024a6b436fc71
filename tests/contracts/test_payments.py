"""One suite over every gateway's adapter, against a real HTTP server that signs apart from it (H-27, P3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from demo.pay import stripe as stripe_peer
from tests.harness.figures import Figures
from tests.harness.gateways import Peer, running_peer
from webapp.foundation.db import NetworkInTransaction
from webapp.providers.errors import ProviderError
from webapp.providers.payments.port import Forged, Payment, PaymentsPort, Refund, StartPayment
from webapp.providers.payments.przelewy24 import sign

ASKED = StartPayment(
    session_key="abc-1",
    amount=12_345,
    currency="PLN",
    title='PRO/2026/00012, domena żółć.pl / "q"',
    email="anna@example.com",
    name="Anna Żółkiewska",
    country="PL",
    locale="pl",
    return_url="http://shop.localhost/pay/x/return?key=abc-1",
    cancel_url="http://shop.localhost/pay/abc",
    notify_url="http://shop.localhost/pay/x/notify",
)


@pytest.fixture(params=["stripe", "przelewy24"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """Each gateway."""
    with running_peer(request.param) as running:
        yield running


def _begun(peer: Peer, port: PaymentsPort, **changed: Any) -> Payment:
    asked = replace(ASKED, **changed)
    return Payment(asked.session_key, port.start(asked).external_id)


def test_a_payment_from_start_to_refund(peer: Peer) -> None:
    """H-27: begin, wait, pay, ask, give a part back, twice is once."""
    port = peer.adapter()
    port.check()
    begun = port.start(ASKED)
    assert begun.address.startswith(peer.url)
    assert port.origin == peer.url
    payment = Payment(ASKED.session_key, begun.external_id)
    assert port.status(payment).state == "pending"
    peer.paid(ASKED.session_key)
    status = port.status(payment)
    assert (status.state, status.amount, status.currency) == ("paid", 12_345, "PLN")
    assert status.reference == peer.entry(ASKED.session_key).money
    assert port.status(payment) == status
    wanted = Refund(replace(payment, reference=status.reference), 2_345, "PLN", "r-1", "two names")
    done = port.refund(wanted)
    assert done.state == "done"
    assert port.refund(wanted) == done
    assert port.refund(replace(wanted, reference=done.reference)) == done
    assert peer.entry(ASKED.session_key).refunded == 2_345
    assert port.status(payment).state == "paid"
    port.refund(replace(wanted, amount=10_000, key="r-2"))
    assert port.status(payment).state == "refunded"
    with pytest.raises(ProviderError) as refused:
        port.refund(replace(wanted, amount=1, key="r-3"))
    assert refused.value.permanent


def test_the_same_key_begins_one_payment(peer: Peer) -> None:
    port = peer.adapter()
    assert port.start(ASKED) == port.start(ASKED)
    assert len(peer.book.entries) == 1


@pytest.mark.parametrize("fault", ["lost", "500", "page", "429"])
def test_what_goes_wrong_on_the_way_is_passing_and_the_next_try_finds_what_was_done(peer: Peer, fault: str) -> None:
    port = peer.adapter()
    for path, call in _steps(peer, port):
        peer.faults.append((path, fault))
        with pytest.raises(ProviderError) as failed:
            call()
        assert not failed.value.permanent, path
        call()
        assert not peer.faults
    assert len(peer.book.entries) == 1
    assert peer.entry(ASKED.session_key).refunded == 100


def _steps(peer: Peer, port: PaymentsPort) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each call that a payment needs, with a part of its path; each may be made twice."""
    yield "sessions" if peer.name == "stripe" else "register", lambda: port.start(ASKED)
    payment = Payment(ASKED.session_key, port.start(ASKED).external_id)
    peer.paid(ASKED.session_key)
    yield "sessions/" if peer.name == "stripe" else "by/sessionId", lambda: port.status(payment)
    if peer.name == "przelewy24":
        peer.book.change(peer.entry(ASKED.session_key), verified=False)
        yield "verify", lambda: port.status(payment)
    known = replace(payment, reference=peer.entry(ASKED.session_key).money)
    yield "refund", lambda: port.refund(Refund(known, 100, "PLN", "r-1", ""))


def test_a_late_answer_ends_the_waiting(peer: Peer) -> None:
    peer.faults.append(("", "late"))
    with pytest.raises(ProviderError) as failed:
        peer.adapter().start(ASKED)
    assert not failed.value.permanent


def test_wrong_keys_are_a_final_refusal_that_shows_no_secret(peer: Peer) -> None:
    wrong = {"stripe": ["secret_key"], "przelewy24": ["crc", "api_key"]}[peer.name]
    for name in wrong:
        with pytest.raises(ProviderError) as refused:
            peer.adapter(**{name: "not-the-right-one"}).check()
        assert refused.value.permanent
        assert "not-the-right-one" not in str(refused.value)


@pytest.mark.parametrize(("amount", "currency"), [(1, "PLN"), (12_346, "PLN"), (12_345, "EUR")])
def test_what_was_really_paid_is_told(peer: Peer, amount: int, currency: str) -> None:
    """P3: the gateway says what arrived, not what was asked."""
    port = peer.adapter()
    payment = _begun(peer, port)
    peer.paid(ASKED.session_key, amount=amount, currency=currency)
    status = port.status(payment)
    assert (status.state, status.amount, status.currency) == ("paid", amount, currency)


def test_nothing_is_asked_within_a_write_transaction(
    peer: Peer, write_transaction: Callable[[], AbstractContextManager[Any]]
) -> None:
    with write_transaction(), pytest.raises(NetworkInTransaction):
        peer.adapter().start(ASKED)


def test_payers_are_sent_to_the_gateway_only(peer: Peer) -> None:
    """Whatever address the answer holds."""
    port = peer.adapter()
    if peer.name == "stripe":
        port.origin = "https://checkout.stripe.com"  # type: ignore[misc]
        with pytest.raises(ProviderError) as refused:
            port.start(ASKED)
        assert refused.value.permanent


# --- notifications ------------------------------------------------------------------------------------------


def _told(peer: Peer, port: PaymentsPort) -> tuple[bytes, dict[str, str]]:
    _begun(peer, port)
    peer.paid(ASKED.session_key)
    raw, headers = peer.notification(ASKED.session_key)
    return raw, {name.lower(): value for name, value in headers.items()}


def test_a_notification_names_the_payment(peer: Peer) -> None:
    port = peer.adapter()
    raw, headers = _told(peer, port)
    word = port.parse_notification(raw, headers)
    assert word.session_key == ASKED.session_key
    assert word.event_id
    assert word == port.parse_notification(raw, headers)


def test_every_bit_that_is_flipped_makes_a_notification_forged(peer: Peer, figures: Figures) -> None:
    """P3: 0 forged ones are accepted."""
    port = peer.adapter()
    raw, headers = _told(peer, port)
    right = port.parse_notification(raw, headers)
    accepted = 0
    for place in range(len(raw)):
        broken = bytearray(raw)
        broken[place] ^= 1 << (place % 8)
        try:
            word = port.parse_notification(bytes(broken), headers)
        except Forged:
            continue
        # JSON has several spellings of one value (white space, the sign's own field name excepted).
        accepted += word != right or peer.name == "stripe"
    figures.count(f"P3 forged notifications of {peer.name}", len(raw), broken=accepted)
    assert accepted == 0


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b'{"data":1}', b"[" * 50_000])
def test_nonsense_is_forged(peer: Peer, raw: bytes) -> None:
    port = peer.adapter()
    with pytest.raises(Forged):
        port.parse_notification(raw, {})
    signed = {"stripe-signature": stripe_peer.signed({})[1]["Stripe-Signature"]}
    with pytest.raises(Forged):
        port.parse_notification(raw, signed)


def test_a_notification_for_another_account_is_forged(peer: Peer) -> None:
    raw, headers = _told(peer, peer.adapter())
    name = {"stripe": "webhook_secret", "przelewy24": "crc"}[peer.name]
    with pytest.raises(Forged):
        peer.adapter(**{name: "another partner's"}).parse_notification(raw, headers)


@pytest.mark.parametrize(("seconds", "fits"), [(-299, True), (-302, False), (299, True), (302, False)])
def test_stripes_signatures_are_good_for_five_minutes(seconds: int, fits: bool) -> None:
    import time

    with running_peer("stripe") as peer:
        port = peer.adapter()
        body = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}
        raw, headers = stripe_peer.signed(body, at=int(time.time()) + seconds)
        lower = {name.lower(): value for name, value in headers.items()}
        if fits:
            assert port.parse_notification(raw, lower).event_id == "evt_1"
        else:
            with pytest.raises(Forged):
                port.parse_notification(raw, lower)


def test_two_secrets_hold_while_one_is_rolled() -> None:
    with running_peer("stripe") as peer:
        port = peer.adapter(webhook_secret="whsec_new, whsec_demo")
        raw, headers = _told(peer, port)
        assert port.parse_notification(raw, headers).session_key == ASKED.session_key


def test_the_sign_is_over_the_exact_text() -> None:
    """Compact, in the order of the call, letters and slashes as they are (standards.md 6)."""
    text = '{"sessionId":"ż/1","merchantId":7,"amount":100,"currency":"PLN","crc":"k"}'
    fields = {"sessionId": "ż/1", "merchantId": 7, "amount": 100, "currency": "PLN", "crc": "k"}
    assert sign(fields) == hashlib.sha384(text.encode()).hexdigest()
    assert sign(dict(reversed(fields.items()))) != sign(fields)
    assert json.loads(text) == fields
