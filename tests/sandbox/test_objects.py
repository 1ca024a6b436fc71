"""Domains, contacts and hosts as a registrar's client sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from epptools import Client, Response

from sandbox.testing import Registry
from tests.sandbox.conftest import SignIn
from tests.sandbox.wire import Wire, command, domain, value_of

ANNA: dict[str, Any] = {
    "postal_infos": [
        {
            "type": "int",
            "name": "Anna Nowak",
            "street": ["ul. Prosta 1", "m. 2"],
            "city": "Krakow",
            "pc": "30-001",
            "cc": "PL",
        },
        {"type": "loc", "name": "Anna Nowak", "street": ["ul. Prosta 1"], "city": "Kraków", "cc": "PL"},
    ],
    "email": "anna@acme.example",
    "voice": "+48.123456789",
    "auth_info": "con-secret",
}


def _anna(client: Client, identity: str = "ANNA-1") -> None:
    frame = (
        '<create><c:create xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>' + identity + "</c:id>"
        '<c:postalInfo type="int"><c:name>Anna Nowak</c:name><c:addr><c:street>ul. Prosta 1</c:street>'
        "<c:city>Krakow</c:city><c:pc>30-001</c:pc><c:cc>PL</c:cc></c:addr></c:postalInfo>"
        '<c:postalInfo type="loc"><c:name>Anna Nowak</c:name><c:addr><c:city>Kraków</c:city><c:cc>PL</c:cc></c:addr>'
        '</c:postalInfo><c:voice x="12">+48.123456789</c:voice><c:email>anna@acme.example</c:email><c:authInfo>'
        '<c:pw>con-secret</c:pw></c:authInfo><c:disclose flag="0"><c:addr type="loc"/><c:voice/></c:disclose>'
        "</c:create></create>"
    )
    assert client.request(command(frame)).code() == 1000


def test_a_check_answers_every_name_with_its_reason(epp: Client) -> None:
    epp.domain.create("taken.com", auth_info="secret-1")
    names = [
        "free.com",
        "taken.com",
        "FREE.PL",
        "gold.com",
        "nic.pl",
        "free.nowhere",
        "-x.com",
        "com.pl",
        "a.b.com",
        "xn--999999999.pl",
    ]
    answer = epp.domain.check(names)
    assert [answer.unavailable_reason(name) for name in names] == [
        None,
        "In use",
        None,
        "Premium",
        "Reserved",
        "Not served here",
        "Not a valid name",
        "Not served here",
        "Not served here",
        "Not a valid name",
    ]
    assert answer.is_available("free.com") is True


def test_more_names_than_allowed_in_one_check_are_refused(registry: Registry, epp: Client) -> None:
    registry.cli("setting", "check_limit", "3")
    assert epp.domain.check(["a.com", "b.com", "c.com"]).code() == 1000
    assert epp.domain.check(["a.com", "b.com", "c.com", "d.com"]).code() == 2306


def test_a_domain_carries_its_contacts_hosts_keys_and_dates(registry: Registry, epp: Client) -> None:
    registry.cli("clock", "--set", "2028-02-29T10:00:00Z")
    _anna(epp)
    assert epp.host.create("ns1.outside.example").code() == 1000
    ds = {"key_tag": 12345, "alg": 8, "digest_type": 2, "digest": "AB" * 32}
    made = epp.domain.create(
        "full.com",
        years=1,
        registrant="ANNA-1",
        contacts={"admin": "ANNA-1", "tech": "ANNA-1"},
        nameservers=["ns1.outside.example"],
        auth_info="secret-1",
        sec_dns={"ds_data": [ds]},
    )
    assert made.code() == 1000
    assert (made.expiry_date() or "").startswith("2029-02-28T10:00:0")
    info = epp.domain.info("FULL.com")
    assert (info.registrant(), info.admin_contacts(), info.tech_contacts()) == ("ANNA-1", ["ANNA-1"], ["ANNA-1"])
    assert (info.nameservers(), info.statuses(), info.rgp_status()) == (["ns1.outside.example"], ["ok"], ["addPeriod"])
    assert info.ds_records()[0]["digest"] == "AB" * 32
    assert info.auth_info() == "secret-1"


def test_create_says_what_is_wrong_with_it(epp: Client) -> None:
    assert epp.domain.create("a.com", auth_info="secret-1").code() == 1000
    wrong: dict[int, Callable[[], Response]] = {
        2302: lambda: epp.domain.create("a.com", auth_info="secret-1"),
        2303: lambda: epp.domain.create("b.com", registrant="NOBODY", auth_info="secret-1"),
        2306: lambda: epp.domain.create("gold.com", auth_info="secret-1"),
        2005: lambda: epp.domain.create("a_b.com", auth_info="secret-1"),
    }
    assert {code: call().code() for code, call in wrong.items()} == {code: code for code in wrong}
    assert epp.domain.create("b.nowhere", auth_info="secret-1").code() == 2306
    assert epp.domain.create("b.com", years=11, auth_info="secret-1").code() == 2306
    assert epp.domain.create("b.com", nameservers=["ns.nobody.example"], auth_info="secret-1").code() == 2303
    assert epp.domain.info("b.com").code() == 2303


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (domain("create", "<q:name>a.com</q:name>"), 2003),
        (domain("create", "<q:authInfo><q:pw>x</q:pw></q:authInfo>"), 2003),
        (domain("create", "<q:name>a.com</q:name><q:period>1</q:period><q:authInfo><q:pw>x</q:pw></q:authInfo>"), 2003),
        (
            domain("create", "<q:name>a.com</q:name><q:period unit='y'>0</q:period><q:authInfo><q:pw/></q:authInfo>"),
            2004,
        ),
        (
            domain("create", "<q:name>a.com</q:name><q:period unit='y'>one</q:period><q:authInfo><q:pw/></q:authInfo>"),
            2005,
        ),
        (
            domain("create", "<q:name>a.com</q:name><q:period unit='m'>13</q:period><q:authInfo><q:pw/></q:authInfo>"),
            2306,
        ),
        (domain("create", "<q:name>a.com</q:name><q:authInfo><q:ext/></q:authInfo>"), 2102),
        (
            domain(
                "create",
                "<q:name>a.com</q:name><q:ns><q:hostAttr><q:hostName>n.s.example</q:hostName></q:hostAttr></q:ns>"
                "<q:authInfo><q:pw/></q:authInfo>",
            ),
            2102,
        ),
        (domain("check", ""), 2003),
        (domain("check", "<q:name>a.com</q:name><q:extra/>"), 2001),
        (domain("check", "<name>a.com</name>"), 2003),
        (domain("info", "<q:name hosts='some'>a.com</q:name>"), 2005),
        (domain("renew", "<q:name>a.com</q:name><q:curExpDate>soon</q:curExpDate>"), 2005),
        (domain("transfer", "<q:name>a.com</q:name>"), 2003),
        (domain("transfer", "<q:name>a.com</q:name>", " op='steal'"), 2005),
        (domain("check", "<q:name>a.com</q:name>", extension="<extension><f:x xmlns:f='urn:f'/></extension>"), 2103),
        (command("<check><s:check xmlns:s='urn:shoe'/></check>"), 2307),
        (command("<renew><h:renew xmlns:h='urn:ietf:params:xml:ns:host-1.0'/></renew>"), 2101),
        (command("<poll/>"), 2003),
        (command("<poll op='ack'/>"), 2003),
        (command("<poll op='ack' msgID='77'/>"), 2303),
        (command("<check/>"), 2001),
        (command(""), 2001),
    ],
)
def test_bad_parameters_have_the_code_of_rfc_5730(wire: Wire, xml: str, code: int) -> None:
    assert wire.ask(xml) == code
    assert wire.ask(command("<poll op='req'/>")) == 1300


def test_auth_info_is_for_the_sponsor_and_for_who_knows_it(sign_in: SignIn) -> None:
    owner, other = sign_in(0), sign_in(1)
    owner.domain.create("mine.com", auth_info="secret-1")
    assert owner.domain.info("mine.com").auth_info() == "secret-1"
    assert other.domain.info("mine.com").auth_info() is None
    assert other.domain.info("mine.com", "secret-1").auth_info() == "secret-1"
    assert other.domain.info("mine.com", "wrong").code() == 2202
    assert other.domain.delete("mine.com").code() == 2201
    _anna(owner)
    assert other.contact.info("ANNA-1").code() == 2201
    assert other.contact.info("ANNA-1", "wrong").code() == 2202
    assert other.contact.info("ANNA-1", "con-secret").email() == "anna@acme.example"


def test_an_erased_auth_info_opens_for_nobody(sign_in: SignIn) -> None:
    owner, other = sign_in(0), sign_in(1)
    owner.domain.create("mine.com", auth_info="secret-1")
    assert owner.domain.update("mine.com", chg={"clear_auth_info": True}).code() == 1000
    assert other.domain.info("mine.com", "").code() in (2003, 2202, 1000)
    assert other.domain.transfer("request", "mine.com", "secret-1").code() == 2202


def test_an_update_adds_removes_and_changes_and_is_all_or_nothing(epp: Client) -> None:
    _anna(epp)
    for name in ("ns1.outside.example", "ns2.outside.example"):
        epp.host.create(name)
    epp.domain.create("a.com", auth_info="secret-1", nameservers=["ns1.outside.example"])
    changed = epp.domain.update(
        "a.com",
        add={"ns": ["ns2.outside.example"], "contacts": {"tech": "ANNA-1"}, "statuses": ["clientTransferProhibited"]},
        rem={"ns": ["ns1.outside.example"]},
        chg={"registrant": "ANNA-1", "auth_info": "secret-2"},
    )
    assert changed.code() == 1000
    info = epp.domain.info("a.com")
    assert (info.nameservers(), info.registrant(), info.auth_info()) == (["ns2.outside.example"], "ANNA-1", "secret-2")
    assert info.statuses() == ["clientTransferProhibited"]
    half = epp.domain.update("a.com", add={"ns": ["ns1.outside.example"], "contacts": {"tech": "NOBODY"}})
    assert half.code() == 2303
    assert epp.domain.info("a.com").nameservers() == ["ns2.outside.example"]
    assert epp.domain.update("a.com", add={"statuses": ["serverHold"]}).code() == 2306


def test_a_locked_domain_can_only_be_unlocked(epp: Client) -> None:
    epp.domain.create("a.com", auth_info="secret-1")
    locks = ["clientUpdateProhibited", "clientDeleteProhibited", "clientRenewProhibited"]
    assert epp.domain.update("a.com", add={"statuses": locks}).code() == 1000
    expires = epp.domain.info("a.com").expiry_date() or ""
    refused = [
        epp.domain.update("a.com", chg={"auth_info": "secret-2"}),
        epp.domain.delete("a.com"),
        epp.domain.renew("a.com", expires),
    ]
    assert [answer.code() for answer in refused] == [2304, 2304, 2304]
    assert epp.domain.update("a.com", rem={"statuses": locks}).code() == 1000
    assert epp.domain.delete("a.com").code() == 1000


def test_ds_records_are_replaced_and_removed(epp: Client) -> None:
    def record(tag: int) -> dict[str, Any]:
        return {"key_tag": tag, "alg": 13, "digest_type": 2, "digest": "CD" * 32}

    epp.domain.create("a.com", auth_info="secret-1", sec_dns={"ds_data": [record(1)]})
    both = {"rem": {"ds_data": [record(1)]}, "add": {"ds_data": [record(2)]}}
    assert epp.domain.update("a.com", sec_dns=both).code() == 1000
    assert [
        item["keyTag"] if "keyTag" in item else item["key_tag"] for item in epp.domain.info("a.com").ds_records()
    ] in ([2], ["2"])
    assert epp.domain.update("a.com", sec_dns={"rem": {"ds_data": [record(1)]}}).code() == 2303
    assert epp.domain.update("a.com", sec_dns={"rem_all": True}).code() == 1000
    assert not epp.domain.info("a.com").is_signed()


def test_renew_needs_the_current_date_so_that_a_repeat_does_no_harm(registry: Registry, epp: Client) -> None:
    first = epp.domain.create("a.com", auth_info="secret-1").expiry_date() or ""
    second = epp.domain.renew("a.com", first).expiry_date() or ""
    assert int(second[:4]) == int(first[:4]) + 1
    assert second[4:] == first[4:]
    assert epp.domain.renew("a.com", first).code() == 2306
    assert epp.domain.renew("a.com", second, 9).code() == 2105
    assert epp.domain.info("a.com").expiry_date() == second
    assert [entry["code"] for entry in registry.log(command="renew")] == [1000, 2306, 2105]


def test_a_prepaid_balance_pays_and_runs_dry(registry: Registry, epp: Client) -> None:
    registry.cli("set", "account", registry.accounts[0].user, "--balance", "2500")
    assert epp.domain.create("a.com", years=2, auth_info="secret-1").code() == 1000
    assert epp.domain.create("b.com", auth_info="secret-1").code() == 2104
    assert epp.domain.info("b.com").code() == 2303
    assert epp.domain.delete("a.com").code() == 1000
    assert registry.cli("list", "accounts")[0]["balance"] == 2500


def test_a_contact_keeps_both_forms_of_its_address(epp: Client) -> None:
    _anna(epp)
    info = epp.contact.info("anna-1")
    assert info.postal_info()["loc"]["city"] == "Kraków"
    assert (info.voice(), info.auth_info(), info.statuses()) == ("+48.123456789", "con-secret", ["ok"])
    assert 'flag="0"' in info.raw
    assert epp.contact.update("ANNA-1", chg={"email": "new@acme.example"}).code() == 1000
    assert epp.contact.info("ANNA-1").email() == "new@acme.example"
    assert epp.contact.info("ANNA-1").postal_info()["int"]["city"] == "Krakow"
    assert epp.contact.check(["ANNA-1", "BERT-1"]).availability() == {"ANNA-1": False, "BERT-1": True}


def test_what_is_in_use_cannot_be_deleted(epp: Client) -> None:
    _anna(epp)
    epp.domain.create("a.com", registrant="ANNA-1", auth_info="secret-1")
    assert epp.host.create("ns1.a.com", ["192.0.2.1", "2001:db8::1"]).code() == 1000
    epp.domain.create("b.com", nameservers=["ns1.a.com"], auth_info="secret-1")
    assert "linked" in epp.contact.info("ANNA-1").statuses()
    refused = [epp.contact.delete("ANNA-1"), epp.host.delete("ns1.a.com"), epp.domain.delete("a.com")]
    assert [answer.code() for answer in refused] == [2305, 2305, 2305]
    order = [
        epp.domain.delete("b.com"),
        epp.host.delete("ns1.a.com"),
        epp.domain.delete("a.com"),
        epp.contact.delete("ANNA-1"),
    ]
    assert [answer.code() for answer in order] == [1000] * 4


def test_a_host_needs_its_domain_and_its_address(sign_in: SignIn) -> None:
    epp, other = sign_in(0), sign_in(1)
    epp.domain.create("a.com", auth_info="secret-1")
    assert epp.host.create("ns1.b.com", ["192.0.2.1"]).code() == 2303
    assert epp.host.create("ns1.a.com").code() == 2003
    assert other.host.create("ns1.a.com", ["192.0.2.1"]).code() == 2201
    assert epp.host.create("ns1.outside.example", ["192.0.2.1"]).code() == 2306
    assert epp.host.create("ns1.a.com", ["192.0.2.1"]).code() == 1000
    assert epp.host.update("ns1.a.com", add_addresses=["192.0.2.2"], rem_addresses=["192.0.2.1"]).code() == 1000
    assert epp.host.update("ns1.a.com", rem_addresses=["192.0.2.2"]).code() == 2003
    rename = (
        '<update><h:update xmlns:h="urn:ietf:params:xml:ns:host-1.0"><h:name>ns1.a.com</h:name><h:chg>'
        "<h:name>ns9.a.com</h:name></h:chg></h:update></update>"
    )
    assert epp.request(command(rename)).code() == 1000
    assert "192.0.2.2" in epp.host.info("ns9.a.com").raw
    assert epp.domain.info("a.com").subordinate_hosts() == ["ns9.a.com"]
    assert epp.host.check(["ns1.a.com", "ns9.a.com"]).availability() == {"ns1.a.com": True, "ns9.a.com": False}


def test_text_of_any_script_comes_back_as_it_went(wire: Wire) -> None:
    strange = "Žluťoučký 名 & <kůň> \U0001f600"
    escaped = strange.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = (
        f'<create><c:create xmlns:c="{"urn:ietf:params:xml:ns:contact-1.0"}"><c:id>S-1</c:id><c:postalInfo '
        f'type="loc"><c:name>{escaped}</c:name><c:addr><c:city>X</c:city><c:cc>CZ</c:cc></c:addr></c:postalInfo>'
        "<c:email>a@b.example</c:email><c:authInfo><c:pw>secret</c:pw></c:authInfo></c:create></create>"
    )
    assert wire.ask(command(body)) == 1000
    wire.ask(command('<info><c:info xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>S-1</c:id></c:info></info>'))
    assert value_of(wire.answer, "name") == escaped
