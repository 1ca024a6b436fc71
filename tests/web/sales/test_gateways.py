"""The partner connects a gateway, looks after online payments, gives money back (H-27, H-32)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.gateways import CREDENTIALS
from tests.harness.paying import Till, open_till
from tests.web.sales.conftest import Desk
from webapp.providers.payments import port
from webapp.reseller.billing.gateway_models import GatewayAccount
from webapp.reseller.billing.models import MoneyDocument

KEYS = {name: {**keys.plain, **keys.secret} for name, keys in CREDENTIALS.items()}


@pytest.fixture
def till(desk: Desk) -> Iterator[Till]:
    """Gateways that answer; none is connected."""
    with open_till(desk.shop, ()) as opened:

        def typed(name: str, credentials: port.Credentials) -> port.PaymentsPort:
            return opened.peers[name].adapter(**credentials.secret)

        desk.web.app.extensions["gateways"] = typed
        yield opened


@pytest.mark.parametrize("name", ["stripe", "przelewy24"])
def test_connect_test_offer_pause_delete(desk: Desk, till: Till, name: str) -> None:
    """H-27: nothing is offered before a real call has passed, and no secret is ever shown."""
    page = desk.owner.get("/settings/gateways")
    assert f"http://csp1001.localhost:8000/pay/{name}/notify" in page.words
    first = next(iter(CREDENTIALS[name].secret))
    wrong = {"secret_key": "sk_test_wrong"}.get(first, "wrong-key")
    page = desk.owner.follow(_send(desk, name, {**KEYS[name], first: wrong}))
    assert "The last test failed" in page.words
    assert not [form for form in page.all("form") if form.attrs["action"].endswith("/activate")]
    page = desk.owner.follow(
        _send(desk, name, {**dict.fromkeys(KEYS[name], ""), **CREDENTIALS[name].plain, first: KEYS[name][first]})
    )
    assert "accepts these keys" in page.words
    assert not [secret for secret in CREDENTIALS[name].secret.values() if secret in page.text]
    page = desk.owner.follow(desk.owner.submit(page, {}, action=f"{name}/activate"))
    assert "can pay with" in page.words
    assert [each.active for each in till.rows(GatewayAccount)] == [True]
    page = desk.owner.follow(desk.owner.submit(page, {}, action=f"{name}/pause"))
    page = desk.owner.follow(desk.owner.submit(page, {}, action=f"{name}/remove"))
    assert [each.secret for each in till.rows(GatewayAccount)] == [""]


def _send(desk: Desk, name: str, typed: dict[str, str], status: int = 303):  # type: ignore[no-untyped-def]
    return desk.owner.submit(desk.owner.get("/settings/gateways"), typed, status, action=f"/gateways/{name}")


@pytest.mark.parametrize(
    ("name", "field", "typed"),
    [
        ("stripe", "secret_key", "pk_live_abc"),
        ("stripe", "secret_key", ""),
        ("stripe", "webhook_secret", "we_123"),
        ("stripe", "secret_key", "sk_test_" + "x" * 600),
        ("przelewy24", "merchant_id", "12a"),
        ("przelewy24", "merchant_id", "9" * 40),
        ("przelewy24", "crc", "two words"),
    ],
)
def test_what_is_no_key_is_said_at_its_field(desk: Desk, till: Till, name: str, field: str, typed: str) -> None:
    page = _send(desk, name, {**KEYS[name], field: typed}, 422)
    assert page.all("a")
    assert till.rows(GatewayAccount) == []
    assert not till.peers[name].asked


def test_a_gateway_is_the_owners_and_unknown_ones_are_not_there(desk: Desk, till: Till) -> None:
    desk.staff().get("/settings/gateways", 403)
    token = desk.owner.get("/settings/gateways").form(action="gateways/stripe").all("input")[0].attrs["value"]
    desk.owner.post("/settings/gateways/paypal/test", {"csrf_token": token}, 404)
    assert till.rows(GatewayAccount) == []


def test_an_online_payment_from_the_list_to_the_refund(desk: Desk, till: Till) -> None:
    """H-32: too much arrived, it is flagged, the rest goes back through the gateway once."""
    assert "Nobody can pay online yet" in desk.owner.get("/payments/online").words
    till.connect("stripe")
    proforma = desk.shop.order("a.com")
    payment = till.begin("stripe", proforma)
    entry = till.peers["stripe"].paid(payment.session_key, amount=proforma.gross + 700)
    address = f"/payments/online/{payment.id}"
    page = desk.owner.follow(desk.owner.submit(desk.owner.get(address), {}, action="/ask"))
    assert "Another amount arrived" in page.words
    assert proforma.number in desk.owner.get("/payments/online?state=look").words
    again = desk.owner.submit(page, {"amount": "99999"}, 422, action="/refund")
    assert "more than what is left" in again.words
    form = {"amount": "7.00", "reason": "Too much"}
    done = desk.owner.submit(page, form, action="/refund")
    desk.owner.submit(page, form, action="/refund")
    till.work()
    assert entry.refunded == 700
    assert [each.state for each in till.rows(MoneyDocument) if each.kind == "refund"] == ["done"]
    page = desk.owner.follow(done)
    desk.owner.follow(desk.owner.submit(page, {}, action="/seen"))
    assert "No payment is in this state" in desk.owner.get("/payments/online?state=look").words
    for path in ("/payments/online/4711", "/payments/online/0"):
        desk.owner.get(path, 404)
