"""Paying by the link of a proforma, with the gateways' own servers on the wire (H-27, P3)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.harness.gateways import Peer
from tests.harness.paying import Till, open_till
from tests.web.account.conftest import Panel
from tests.web.client import Client, Page
from webapp.foundation.db import change
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import Proforma

GATEWAYS = ("stripe", "przelewy24")


@pytest.fixture
def till(panel: Panel) -> Iterator[Till]:
    """Acme offers both gateways."""
    with open_till(panel.shop) as opened:
        panel.web.app.extensions["gateways"] = opened.gateways
        yield opened


@pytest.fixture
def stranger(panel: Panel) -> Client:
    """Somebody who has the link and no sign-in."""
    return panel.web.shop(panel.web.acme)


def _link(proforma: Proforma) -> str:
    assert len(proforma.pay_token) > 20
    return f"/pay/{proforma.pay_token}?lang=en"


def _gone_on(till: Till, stranger: Client, name: str, *proformas: Proforma) -> GatewayPayment:
    """Press the gateway's button; the browser is at the gateway now."""
    also = "".join(f"&also={each.pay_token}" for each in proformas[1:])
    page = stranger.get(_link(proformas[0]) + also)
    form = page.form("gateway", action="/start")
    sent = [(each.attrs["name"], each.attrs.get("value", "")) for each in form.all("input")]
    data = {key: [value for other, value in sent if other == key] for key, _ in sent}
    answer = stranger.post(form.attrs["action"], {**data, "gateway": name})
    assert answer.location.startswith(till.peers[name].url), answer.location
    return till.rows(GatewayPayment)[-1]  # type: ignore[no-any-return]


def _told(peer: Peer, stranger: Client, payment: GatewayPayment, **other: str) -> int:
    """The gateway's own POST: no cookie, no Origin."""
    raw, headers = peer.notification(payment.session_key)
    return stranger.open("POST", f"/pay/{peer.name}/notify", data=raw, headers={**headers, **other}).status


@pytest.mark.parametrize("name", GATEWAYS)
def test_whoever_has_the_link_can_pay_without_a_sign_in(till: Till, stranger: Client, name: str) -> None:
    """H-27, from the link to "paid": return and notification in either order."""
    proforma = till.shop.order("a.com")
    page = stranger.get(_link(proforma))
    assert proforma.number in page.words
    assert "noindex" in page.text
    assert page.response.headers["Cache-Control"] == "private, no-store"
    policy = page.response.headers["Content-Security-Policy"]
    assert all(peer.url in policy.partition("form-action")[2].partition(";")[0] for peer in till.peers.values())
    payment = _gone_on(till, stranger, name, proforma)
    back = f"/pay/{name}/return?key={payment.session_key}&lang=en"
    assert "being confirmed" in stranger.get(back).words
    till.peers[name].paid(payment.session_key)
    assert "your payment has arrived" in stranger.fragment(back).text
    assert _told(till.peers[name], stranger, payment) == 200
    assert _told(till.peers[name], stranger, payment) == 200
    till.work()
    assert till.shop.proforma(proforma.id).state == "paid"
    assert till.events[0].state == "done"
    assert len(till.money) == 1
    assert "This is paid" in stranger.get(_link(proforma)).words


def test_the_address_of_the_return_proves_nothing(till: Till, stranger: Client) -> None:
    payment = _gone_on(till, stranger, "przelewy24", till.shop.order("a.com"))
    for query in ("status=success", "paid=1&amount=1", "redirect_status=succeeded"):
        stranger.get(f"/pay/przelewy24/return?key={payment.session_key}&{query}")
    assert till.money == []
    stranger.get("/pay/przelewy24/return?key=another", 404)
    stranger.get(f"/pay/stripe/return?key={payment.session_key}", 404)


@pytest.mark.parametrize("name", GATEWAYS)
def test_forged_words_are_refused_and_leave_nothing(panel: Panel, till: Till, stranger: Client, name: str) -> None:
    payment = _gone_on(till, stranger, name, till.shop.order("a.com"))
    peer, address = till.peers[name], f"/pay/{name}/notify"
    raw, headers = peer.notification(payment.session_key)
    flipped = raw.replace(payment.session_key.encode(), payment.session_key[::-1].encode())
    for body in (flipped, b"", b"{}", b"\0" * 100, b"x" * 70_000):
        assert stranger.open("POST", address, data=body, headers=headers).status == 400
    old = {"Stripe-Signature": "t=1,v1=00"}
    assert stranger.open("POST", address, data=raw, headers={**headers, **old}).status in (200, 400)
    # Right for this shop, and nothing at another one.
    other = panel.web.shop(panel.web.nord)
    assert other.open("POST", address, data=raw, headers=headers).status == 400
    till.work()
    assert till.money == []
    assert not [each for each in till.rows(GatewayEvent) if name == "stripe"]


def test_a_link_shows_its_own_proformas_and_no_others(panel: Panel, till: Till, stranger: Client) -> None:
    proforma = till.shop.order("a.com")
    other = panel.somebody_else().order("b.com")
    for path in (
        "/pay/" + "x" * 22,
        "/pay/1",
        "/pay/%C5%BC%C3%B3%C5%82w%C5%BC%C3%B3%C5%82w%C5%BC%C3%B3%C5%82w",
        f"{_link(proforma)}&also={other.pay_token}",
        f"{_link(proforma)}&also={'y' * 22}",
    ):
        stranger.get(path, 404)
    panel.web.shop(panel.web.nord).get(_link(proforma), 404)


def test_several_proformas_in_one_payment(till: Till, stranger: Client) -> None:
    proformas = [till.shop.order(name) for name in ("a.com", "b.com", "c.pl")]
    payment = _gone_on(till, stranger, "stripe", *proformas)
    assert payment.amount == sum(each.gross for each in proformas)
    till.peers["stripe"].paid(payment.session_key)
    stranger.get(f"/pay/stripe/return?key={payment.session_key}")
    assert {till.shop.proforma(each.id).state for each in proformas} == {"paid"}


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize("fault", ["500", pytest.param("lost", marks=pytest.mark.full)])
def test_a_gateway_that_is_down_says_so_and_another_try_works(
    till: Till, stranger: Client, name: str, fault: str
) -> None:
    proforma = till.shop.order("a.com")
    page = stranger.get(_link(proforma))
    form = page.form("gateway")
    token = next(each.attrs["value"] for each in form.all("input") if each.attrs["name"] == "csrf_token")
    till.peers[name].faults.append(("", fault))
    answer = stranger.post(form.attrs["action"], {"csrf_token": token, "gateway": name})
    words = stranger.follow(answer).words
    assert "does not answer at the moment. Nothing was paid." in words
    payment = _gone_on(till, stranger, name, proforma)
    till.peers[name].paid(payment.session_key)
    till.peers[name].faults.append(("", "500"))
    back = f"/pay/{name}/return?key={payment.session_key}&lang=en"
    assert "being confirmed" in stranger.get(back).words
    assert "has arrived" in stranger.get(back).words


def test_without_an_active_gateway_there_is_no_button(panel: Panel, stranger: Client) -> None:
    page = stranger.get(_link(panel.shop.order("a.com")))
    assert not [each for each in page.all("button") if each.attrs.get("name") == "gateway"]
    assert "Please transfer to this account" in page.words


def test_who_comes_back_without_paying_is_told_so_while_it_is_to_be_paid(till: Till, stranger: Client) -> None:
    proforma = till.shop.order("rower.com")
    payment = _gone_on(till, stranger, "stripe", proforma)
    left = urlsplit(till.peers["stripe"].entry(payment.session_key).cancel_url)
    path = f"{left.path}?{left.query}".replace("lang=pl", "lang=en")
    assert "came back without paying" in stranger.get(path).words
    till.shop.pay(proforma)
    assert "came back without paying" not in stranger.get(path).words


def test_what_was_cancelled_meanwhile_cannot_be_paid(till: Till, stranger: Client) -> None:
    proforma = till.shop.order("a.com")
    form = stranger.get(_link(proforma)).form("gateway")
    token = next(each.attrs["value"] for each in form.all("input") if each.attrs["name"] == "csrf_token")
    with till.shop.scope(), till.database.writing() as session:
        change(session, Proforma, Proforma.id == proforma.id, state="cancelled")
    answer = stranger.post(form.attrs["action"], {"csrf_token": token, "gateway": "stripe"})
    assert "Nothing is to be paid" in stranger.follow(answer).words
    assert till.rows(GatewayPayment) == []


def test_the_webhook_answers_at_every_host_of_the_shop(till: Till, stranger: Client) -> None:
    """A browser that opens it is led to the shop; there is nothing to read."""
    page: Page = stranger.get("/pay/stripe/notify", 303)
    assert urlsplit(page.location).path == "/"


def test_the_account_pays_several_at_once_and_each_paper_has_its_button(panel: Panel, till: Till) -> None:
    """H-27: choose several, one payment; a foreign id among them chooses nothing of others."""
    mine = [till.shop.order(name) for name in ("a.com", "b.com")]
    foreign = panel.somebody_else().order("c.com")
    anna = panel.anna
    paper = anna.get(f"/account/proformas/{mine[0].id}?lang=en")
    assert [each for each in paper.all("a") if mine[0].pay_token in each.attrs["href"]]
    assert "Pay several at once" in anna.get("/account/proformas?lang=en").words
    page = anna.get("/account/pay?lang=en")
    assert [each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "id"] == [
        str(each.id) for each in mine
    ]
    query = f"id={mine[0].id}&id={mine[1].id}&id={foreign.id}&id=x"
    onward = anna.get(f"/account/pay/on?{query}", 303)
    assert all(each.pay_token in onward.location for each in mine)
    assert foreign.pay_token not in onward.location
    assert anna.get(f"/account/pay/on?id={foreign.id}", 303).location.startswith("/account/pay")


def test_without_a_gateway_the_account_offers_none(panel: Panel) -> None:
    proforma = panel.shop.order("a.com")
    assert proforma.pay_token not in panel.anna.get(f"/account/proformas/{proforma.id}").text
    assert "not offered here" in panel.anna.get("/account/pay?lang=en").words
