"""What the clock does to names: grace, expiry, redemption, deletion; and how a client hears of it."""

from __future__ import annotations

from epptools import Client

from sandbox.testing import Registry
from tests.sandbox.conftest import SignIn
from tests.sandbox.wire import command


def _drain(client: Client) -> list[str]:
    texts = []
    while (message := client.poll.request()).code() == 1301:
        texts.append(message.queue_message() or "")
        assert client.poll.ack(message.message_id() or "").code() == 1000
    return texts


def test_a_name_walks_from_expiry_over_redemption_to_free(registry: Registry, epp: Client) -> None:
    epp.domain.create("a.com", auth_info="secret-1")
    registry.cli("clock", "--advance", "1y")
    assert epp.domain.info("a.com").statuses() == ["serverHold", "inactive"]
    assert epp.domain.check(["a.com"]).is_available("a.com") is False
    registry.cli("clock", "--advance", "30d")
    info = epp.domain.info("a.com")
    assert ("pendingDelete" in info.statuses(), info.rgp_status()) == (True, ["redemptionPeriod"])
    assert epp.domain.renew("a.com", info.expiry_date() or "").code() == 2304
    registry.cli("clock", "--advance", "30d")
    assert epp.domain.info("a.com").rgp_status() == ["pendingDelete"]
    assert epp.domain.restore("a.com").code() == 2304
    registry.cli("clock", "--advance", "5d")
    assert epp.domain.info("a.com").code() == 2303
    assert epp.domain.check(["a.com"]).is_available("a.com") is True
    assert _drain(epp) == [
        "Domain a.com has expired",
        "Domain a.com is in the redemption period",
        "Domain a.com was deleted",
    ]
    assert epp.poll.request().code() == 1300


def test_a_clock_that_jumps_ends_where_one_that_walks_does(registry: Registry, epp: Client) -> None:
    epp.domain.create("a.com", auth_info="secret-1")
    registry.cli("clock", "--advance", "2y")
    assert epp.domain.info("a.com").code() == 2303
    assert len(_drain(epp)) == 3


def test_an_expired_name_is_renewed_from_its_old_date(registry: Registry, epp: Client) -> None:
    old = epp.domain.create("a.com", auth_info="secret-1").expiry_date() or ""
    registry.cli("clock", "--advance", "1y")
    registry.cli("clock", "--advance", "20d")
    new = epp.domain.renew("a.com", old).expiry_date() or ""
    assert int(new[:4]) == int(old[:4]) + 1
    assert epp.domain.info("a.com").statuses() == ["inactive"]


def test_an_autorenewing_ending_prolongs_by_itself_and_a_delete_takes_it_back(registry: Registry, epp: Client) -> None:
    registry.cli("set", "tld", "net", "--expiry", "autorenew")
    registry.cli("set", "account", registry.accounts[0].user, "--balance", "5000")
    old = epp.domain.create("a.net", auth_info="secret-1").expiry_date() or ""
    registry.cli("clock", "--advance", "1y")
    info = epp.domain.info("a.net")
    assert int((info.expiry_date() or "")[:4]) == int(old[:4]) + 1
    assert info.rgp_status() == ["autoRenewPeriod"]
    assert registry.cli("list", "accounts")[0]["balance"] == 3000
    assert epp.domain.delete("a.net").code() == 1001
    assert registry.cli("list", "accounts")[0]["balance"] == 4000
    assert epp.domain.info("a.net").expiry_date() == old


def test_a_delete_in_the_add_grace_period_is_at_once_later_it_waits(registry: Registry, epp: Client) -> None:
    epp.domain.create("quick.com", auth_info="secret-1")
    epp.domain.create("slow.com", auth_info="secret-1")
    assert epp.domain.delete("quick.com").code() == 1000
    registry.cli("clock", "--advance", "6d")
    assert epp.domain.info("slow.com").rgp_status() == []
    deleted = epp.domain.delete("slow.com")
    assert deleted.code() == 1001
    assert epp.domain.delete("slow.com").code() == 2304
    registry.cli("clock", "--advance", "36d")
    message = epp.poll.request()
    pending = message.pending_action_data() or {}
    assert (pending["object"], pending["success"], pending["svTRID"]) == ("slow.com", True, deleted.sv_trid())
    assert _drain(epp) == ["Domain slow.com was deleted"]


def test_a_restore_brings_a_name_back(registry: Registry, epp: Client) -> None:
    epp.domain.create("a.com", years=2, auth_info="secret-1")
    registry.cli("clock", "--advance", "6d")
    epp.domain.delete("a.com")
    assert epp.domain.restore("a.com").code() == 1000
    assert epp.domain.info("a.com").statuses() == ["inactive"]
    assert epp.domain.restore("a.com").code() == 2304


def test_a_restore_after_expiry_gives_a_date_in_the_future(registry: Registry, epp: Client) -> None:
    epp.domain.create("a.com", auth_info="secret-1")
    registry.cli("clock", "--advance", "1y")
    registry.cli("clock", "--advance", "40d")
    assert epp.domain.restore("a.com").code() == 1000
    assert (epp.domain.info("a.com").expiry_date() or "") > registry.cli("clock")["now"]


def test_with_restore_reports_a_name_waits_for_its_report(registry: Registry, epp: Client) -> None:
    registry.cli("setting", "restore_report", "true")
    epp.domain.create("a.com", auth_info="secret-1")
    registry.cli("clock", "--advance", "6d")
    epp.domain.delete("a.com")
    assert epp.domain.restore("a.com").rgp_status() == ["pendingRestore"]
    registry.cli("clock", "--advance", "8d")
    assert epp.domain.info("a.com").rgp_status() == ["redemptionPeriod"]
    epp.domain.restore("a.com")
    update = (
        '<update><d:update xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:name>a.com</d:name><d:chg/></d:update>'
        "</update>"
    )
    report = (
        '<extension><r:update xmlns:r="urn:ietf:params:xml:ns:rgp-1.0"><r:restore op="report"><r:report>'
        "<r:preData>x</r:preData><r:postData>x</r:postData><r:delTime>2026-01-01T00:00:00Z</r:delTime>"
        "<r:resTime>2026-01-02T00:00:00Z</r:resTime><r:resReason>error</r:resReason><r:statement>a</r:statement>"
        "<r:statement>b</r:statement></r:report></r:restore></r:update></extension>"
    )
    assert epp.request(command(update, extension=report)).code() == 1000
    assert epp.domain.info("a.com").rgp_status() == []


def test_a_transfer_is_asked_for_and_approved(sign_in: SignIn) -> None:
    owner, asker, third = sign_in(0), sign_in(1), sign_in(2)
    expires = owner.domain.create("a.com", auth_info="secret-1").expiry_date() or ""
    owner.host.create("ns1.a.com", ["192.0.2.1"])
    assert asker.domain.transfer("query", "a.com").code() == 2301
    assert asker.domain.transfer("request", "a.com", "wrong").code() == 2202
    assert owner.domain.transfer("request", "a.com", "secret-1").code() == 2106
    asked = asker.domain.transfer("request", "a.com", "secret-1")
    assert (asked.code(), asked.transfer_status()) == (1001, "pending")
    assert third.domain.transfer("request", "a.com", "secret-1").code() == 2300
    assert third.domain.transfer("query", "a.com").code() == 2201
    assert asker.domain.transfer("approve", "a.com").code() == 2201
    assert "pendingTransfer" in owner.domain.info("a.com").statuses()
    assert owner.domain.delete("a.com").code() == 2304
    assert owner.poll.request().transfer() or {}
    assert owner.domain.transfer("approve", "a.com").transfer_status() == "clientApproved"
    info = asker.domain.info("a.com")
    assert (info.auth_info(), int((info.expiry_date() or "")[:4])) == ("secret-1", int(expires[:4]) + 1)
    assert asker.host.info("ns1.a.com").transfer_date()
    assert "clientApproved" in asker.poll.request().raw


def test_a_transfer_is_rejected_cancelled_or_blocked(registry: Registry, sign_in: SignIn) -> None:
    owner, asker = sign_in(0), sign_in(1)
    registry.cli("set", "account", registry.accounts[1].user, "--balance", "1500")
    owner.domain.create("a.com", auth_info="secret-1")
    asker.domain.transfer("request", "a.com", "secret-1")
    assert owner.domain.transfer("reject", "a.com").transfer_status() == "clientRejected"
    asker.domain.transfer("request", "a.com", "secret-1")
    assert owner.domain.transfer("cancel", "a.com").code() == 2201
    assert asker.domain.transfer("cancel", "a.com").transfer_status() == "clientCancelled"
    assert asker.domain.transfer("cancel", "a.com").code() == 2301
    assert registry.cli("list", "accounts")[1]["balance"] == 1500
    owner.domain.update("a.com", add={"statuses": ["clientTransferProhibited"]})
    assert asker.domain.transfer("request", "a.com", "secret-1").code() == 2304


def test_silence_is_consent_to_a_transfer(registry: Registry, sign_in: SignIn) -> None:
    owner, asker = sign_in(0), sign_in(1)
    owner.domain.create("a.com", auth_info="secret-1")
    asker.domain.transfer("request", "a.com", "secret-1")
    registry.cli("clock", "--advance", "5d")
    assert owner.domain.info("a.com").sponsor() == registry.accounts[1].user
    assert _drain(owner) == ["Transfer requested: a.com", "Transfer serverApproved: a.com"]
    assert _drain(asker) == ["Transfer serverApproved: a.com"]


def test_messages_of_others_cannot_be_taken(sign_in: SignIn) -> None:
    owner, asker = sign_in(0), sign_in(1)
    owner.domain.create("a.com", auth_info="secret-1")
    asker.domain.transfer("request", "a.com", "secret-1")
    identity = owner.poll.request().message_id() or ""
    assert asker.poll.ack(identity).code() == 2303
    assert owner.poll.request().message_count() == 1
    assert owner.poll.ack(identity).code() == 1000
    assert owner.poll.ack(identity).code() == 2303
