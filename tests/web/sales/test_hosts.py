"""Own domain at the desk (H-53): every state has its words, wrong names a sentence, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
from webapp.foundation.limits import TryLimiter
from webapp.providers.certificates.port import Served
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners import dns_verdict, host_states, host_tasks, hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Host, Staff
from webapp.surfaces.sales import host_providers
from webapp.surfaces.shared import host_words

V4, V6 = "203.0.113.10", "2001:db8::10"


@pytest.fixture
def own(desk: Desk) -> Desk:
    """A desk of an install that says where names shall lead."""
    app = desk.web.app
    app.settings = replace(app.settings, public_addresses=(V4, V6), certificate_authorities=("ca.example",))
    return desk


def _add(desk: Desk, name: str, state: str, dns: Any = None, https: Any = None, **more: Any) -> int:
    """A host as a look leaves it."""
    now = clock.now()
    times = {"created_at": now, "changed_at": now, "next_check_at": now + timedelta(minutes=5)}
    facts = {"dns": dns or {}, "https": https or {}, "token": "t0ken-of-this-name"}
    with desk.shop.scope(), desk.web.database.writing() as session:
        host = Host(name=name, kind="custom", state=state, **times, **facts, **more)
        session.add(host)
        session.flush()
        return host.id


def _light(code: str, *seen: str, **params: Any) -> dict[str, Any]:
    at = (clock.now() - timedelta(minutes=3)).isoformat()
    return {"code": code, "params": params, "seen": list(seen), "at": at}


def _states(desk: Desk) -> dict[str, str]:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return {each.name: each.state for each in hosts.rows(session) if each.kind == "custom"}


def _claim(desk: Desk, typed: str, status: int = 303, **more: Any) -> Page:
    page = desk.owner.get("/site/hosts")
    return desk.owner.submit(page, {"name": typed, **more}, status, action="/site/hosts")


# --- words -----------------------------------------------------------------------------------------------------


def _codes(described: Callable[..., Any] | type) -> set[str]:
    return set(re.findall(r'"([a-z0-9_]+)"', described.__doc__ or ""))


def test_every_code_of_either_light_has_words() -> None:
    """The verdict's and the certificate port's own lists, and what the check and the hand-over write themselves."""
    of_verdicts = _codes(dns_verdict.Verdict) - {"minutes"}
    assert "propagating" in of_verdicts
    assert of_verdicts | {"", "moved"} == set(host_words.DNS)
    written = set(re.findall(r'"code": "([a-z_]+)"', _source(host_tasks)))
    assert "not_reached" in written
    assert written | _codes(Served) <= set(host_words.HTTPS)


def _source(module: Any) -> str:
    return Path(module.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", host_words.DNS)
def test_a_light_says_what_is_seen_and_what_to_do(code: str) -> None:
    params = {"seen": ["192.0.2.9"], "extra": ["192.0.2.9"], "minutes": 7, "who": "Cloudflare", "at": "example.com"}
    params |= {"target": "old.example", "chain": ["a.example", "b.example"], "here": ["ns1"], "there": ["ns2"]}
    host = Host(name="example.com", state="waiting_dns", proof="", dns=_light(code, "192.0.2.9", **params), https={})
    light = host_words.dns_light(host, "ca.example")
    assert light.headline
    assert bool(light.advice) == (light.tone != "ok")
    assert "…" not in light.headline + light.advice, "every word that the sentence needs is among the verdict's params"
    assert "%(" not in light.headline + light.advice
    assert (light.seen, light.last, light.next) == (("192.0.2.9",), "3 minutes ago", "")


@pytest.mark.parametrize(
    "stored", [{"code": "from the future"}, {"code": 7, "params": "x", "seen": "y", "at": "z"}, {"code": "proxy"}]
)
def test_a_light_that_is_not_as_we_write_it_breaks_no_page(stored: dict[str, Any]) -> None:
    host = Host(name="example.com", state="live", proof="", dns=stored, https=stored)
    assert host_words.dns_light(host, "").headline
    assert host_words.https_light(host).headline


@pytest.mark.parametrize(
    ("servers", "key"),
    [
        (["dns10.ovh.net.", "ns10.ovh.net"], "ovh"),
        (["DNS.home.pl"], "home.pl"),
        (["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"], "cloudflare"),
        (["ns1045.ui-dns.de"], "ionos"),
        (["ns51.domaincontrol.com"], "godaddy"),
        (["ns1.websupport.sk"], "websupport"),
        (["evilhome.pl.example", "nothome.pl"], None),
        ([], None),
    ],
)
def test_a_provider_is_known_by_its_name_servers(servers: list[str], key: str | None) -> None:
    found = host_providers.detected(servers)
    assert (found.key if found else None) == key
    first, own = host_providers.ordered(servers)[0]
    assert own == (key is not None)
    assert not own or first is found


# --- the page --------------------------------------------------------------------------------------------------


def test_without_a_domain_the_page_says_what_to_do_and_shows_it(own: Desk) -> None:
    page = own.owner.get("/site/hosts")
    assert "Your shop at your own domain" in page.words
    picture = next(each for each in page.all("figure") if "host-picture" in each.attrs["class"])
    assert V4 in picture.text
    assert picture.attrs["aria-label"]
    assert f"csp1001.{factories.PLATFORM_HOST}" in page.words
    assert "/site/hosts" in {each.attrs.get("href") for each in own.owner.get("/").all("a")}, "in the to-do list too"


def test_a_name_and_its_twin_are_claimed_by_one_tick_and_their_records_shown(own: Desk) -> None:
    page = own.owner.follow(_claim(own, " HTTPS://Sklep.Example.COM./oferta?x=1#y "))
    assert _states(own) == {"sklep.example.com": "draft"}, "a name below another has no twin"
    page = own.owner.follow(_claim(own, "Żółw.pl"))
    assert sorted(_states(own)) == ["sklep.example.com", "www.xn--w-uga1v8h.pl", "xn--w-uga1v8h.pl"]
    zolw = next(each for each in page.all("section") if each.attrs.get("aria-labelledby", "").startswith("zone-")
                and "żółw.pl" in each.text)  # fmt: skip
    copied = [each.attrs["data-copy"] for each in zolw.all("button") if "data-copy" in each.attrs]
    assert copied == ["@", V4, "@", V6, "www", V4, "www", V6]
    assert "żółw.pl is added" in page.words
    assert "Leave MX records" in page.words
    page = own.owner.get("/site/hosts")
    own.owner.post("/site/hosts", {"csrf_token": token(page), "name": "only.example"})
    assert "www.only.example" not in _states(own)


WRONG = (
    ("", "Type the name"),
    ("   ", "Type the name"),
    ("shop.example:8443", "without a colon"),
    ("*.example.com", "star"),
    ("co.uk", "ending that many share"),
    ("github.io", "ending that many share"),
    ("com", "whole name"),
    ("localhost", "whole name"),
    ("203.0.113.10", "IP address"),
    ("2130706433", "IP address"),
    ("[2001:db8::1]", "IP address"),
    (f"csp1002.{factories.PLATFORM_HOST.partition(':')[0]}", "whole name"),
    ("a b.example", "one name at a time"),
    ("-a.example", ""),
    ("<script>alert(1)</script>.example", ""),
    ("x" * 64 + ".example", ""),
    ("x" * 2001, ""),
)


def test_what_is_no_name_for_a_shop_gets_a_sentence_and_stays_in_the_field(own: Desk) -> None:
    for typed, said in WRONG:
        page = _claim(own, typed, 422)
        wrong = next(each for each in page.all("input") if each.attrs.get("name") == "name")
        assert (wrong.attrs["value"], wrong.attrs["aria-invalid"]) == (typed, "true")
        error = next(each for each in page.all("p") if each.attrs.get("id") == "name-error")
        assert error.text
        assert said in error.text, typed
    assert _states(own) == {}


STATES: dict[str, tuple[dict[str, Any], str]] = {
    "draft": ({}, "Not looked at yet"),
    "waiting_dns": ({"dns": _light("wrong_address", "192.0.2.9", seen=["192.0.2.9"])}, "another server: 192.0.2.9"),
    "conflict": ({"dns": _light("ok", V4), "needs_txt": True}, "_shop-verify"),
    "dns_ok": ({"dns": _light("ok", V4), "proof": "change"}, "certificate is on its way"),
    "certificate_pending": (
        {"dns": _light("ok", V4), "https": _light("authority", detail="x"), "proof": "change"},
        "has not been issued yet",
    ),
    "live": ({"dns": _light("ok", V4), "https": _light("ok"), "proof": "change"}, "Secure connection works"),
    "degraded": (
        {"dns": _light("proxy", who="Cloudflare", seen=[]), "proof": "change", "failing_since": clock.now()},
        "does not lead here any more",
    ),
    "detached": ({"dns": _light("nxdomain"), "ended_at": clock.now()}, "does not answer there any more"),
}


#: What a row holds besides.
EMPTY: dict[str, Any] = {
    "dns": {},
    "https": {},
    "proof": "",
    "needs_txt": False,
    "failing_since": None,
    "ended_at": None,
}


def test_every_state_of_a_host_is_shown() -> None:
    assert set(STATES) | {"quarantined"} == set(host_states.TRANSITIONS)


def test_a_state_is_shown_with_its_lights_and_what_to_do(own: Desk) -> None:
    """D9: the card walks from the claim to the shop that answers, and back."""
    host_id = _add(own, "www.example.com", "draft")
    for state, (facts, said) in STATES.items():
        with own.shop.scope(), own.web.database.writing() as session:
            change(session, Host, Host.id == host_id, **{**EMPTY, **facts}, state=state)
        page = own.owner.get("/site/hosts")
        assert said in page.text, state
        waits = state in host_states.WATCHED and state != "live"
        assert ('hx-trigger="every 5s"' in page.text) == waits, state
        fragment = own.owner.fragment(f"/site/hosts/{host_id}/lights?since={int(clock.now().timestamp())}")
        assert said in fragment.text
        assert "<html" not in fragment.text


def test_polling_becomes_rarer_and_stops(own: Desk) -> None:
    host_id = _add(own, "example.com", "waiting_dns")

    def every(age: int) -> list[str]:
        since = int(clock.now().timestamp()) - age
        return re.findall(r'hx-trigger="(.*?)"', own.owner.fragment(f"/site/hosts/{host_id}/lights?since={since}").text)

    assert [every(age) for age in (0, 100, 130, 1100, 1300)] == [["every 5s"]] * 2 + [["every 30s"]] * 2 + [[]]
    assert every(-1000) == []
    for junk in ("", "x", "-1", "1e9", "9" * 40):
        assert "hx-trigger" not in own.owner.fragment(f"/site/hosts/{host_id}/lights?since={junk}").text
    assert own.owner.get(f"/site/hosts/{host_id}/lights", 303).location == "/site/hosts"
    page = own.owner.get("/site/hosts")
    checked = own.owner.post(
        f"/site/hosts/{host_id}/check", {"csrf_token": token(page)}, 200, headers={"HX-Request": "true"}
    )
    assert "every 5s" in checked.text, "asked by hand, it looks often again"
    assert "Traceback" not in checked.text


def test_the_own_provider_stands_open_and_first(own: Desk) -> None:
    dns = _light("missing") | {"nameservers": ["dns10.ovh.net"], "zone": "example.com"}
    _add(own, "shop.example.com", "waiting_dns", dns)
    page = own.owner.get("/site/hosts")
    opened = [each for each in page.all("details") if each.attrs.get("class") == "provider" and "open" in each.attrs]
    assert [each.all("summary")[0].text for each in opened] == ["OVHcloud"]
    assert "belong to OVHcloud" in page.words


def test_an_install_that_has_no_address_says_so(desk: Desk) -> None:
    _add(desk, "example.com", "waiting_dns", _light("unconfigured"))
    page = desk.owner.get("/site/hosts")
    assert "ask its operator" in page.words
    assert not [each for each in page.all("form") if each.attrs["action"].endswith("/tell")]


# --- steps -----------------------------------------------------------------------------------------------------


def test_the_main_address_changes_and_a_name_goes_and_comes_back(own: Desk) -> None:
    ok = {"dns": _light("ok", V4), "https": _light("ok"), "proof": "change"}
    host_id = _add(own, "example.com", "live", live_since=clock.now(), **ok)
    page = own.owner.get("/site/hosts")
    page = own.owner.follow(own.owner.submit(page, {}, action=f"/{host_id}/primary"))
    assert "example.com is the main address" in page.words
    assert "csp1001" in page.words
    page = own.owner.follow(own.owner.submit(page, {}, action=f"/{host_id}/remove"))
    assert _states(own) == {}
    assert "example.com was removed" in page.words
    page = own.owner.follow(own.owner.submit(page, {}, action=f"/{host_id}/take-back"))
    assert _states(own) == {"example.com": "live"}
    own.owner.follow(own.owner.submit(page, {}, action=f"/{host_id}/remove"))
    with clock.shifted(timedelta(minutes=16)):
        page = own.owner.get("/site/hosts")
        assert "take-back" not in page.text
        late = own.owner.post(f"/site/hosts/{host_id}/take-back", {"csrf_token": token(page)})
        assert "too long ago" in own.owner.follow(late).words


def test_only_what_answers_can_be_the_main_address(own: Desk) -> None:
    host_id = _add(own, "example.com", "waiting_dns")
    page = own.owner.get("/site/hosts")
    assert f"/{host_id}/primary" not in page.text
    refused = own.owner.post(f"/site/hosts/{host_id}/primary", {"csrf_token": token(page)})
    assert "example.com does not answer yet" in own.owner.follow(refused).words


def test_the_it_person_gets_the_records_in_a_mail_that_answers_to_the_sender(own: Desk) -> None:
    host_id = _add(own, "shop.example.com", "conflict", _light("ok", V4), needs_txt=True)
    page = own.owner.get("/site/hosts")
    fill = {f"tell{host_id}-to": "it@example.net", f"tell{host_id}-note": "Thank you,\nEwa"}
    after = own.owner.follow(own.owner.submit(page, fill, action="/tell"))
    assert "Sent to it@example.net" in after.words
    own.owner.submit(page, fill, action="/tell")  # the same form once more sends nothing
    with own.shop.scope(), own.web.database.reading() as session:
        (mail,) = session.scalars(select(Message).where(Message.kind == "host_instructions"))
        owner = session.scalars(select(Staff.email).where(Staff.role == "owner")).first()
        assert (mail.recipient, mail.reply_to) == ("it@example.net", owner)
        for words in (V4, V6, "_shop-verify.shop", "shop-csp1001-t0ken-of-this-name", "Thank you,", "MX"):
            assert words in mail.text
            assert words in mail.html


def test_a_wrong_address_keeps_what_was_typed(own: Desk) -> None:
    host_id = _add(own, "example.com", "waiting_dns")
    page = own.owner.get("/site/hosts")
    for to in ("", "no address", "a@b", "it@example.net\nBcc: x@example.com"):
        fill = {f"tell{host_id}-to": to, f"tell{host_id}-note": "Words that I do not want to lose"}
        own.web.app.limiter = TryLimiter(None)
        again = own.owner.submit(page, fill, 422, action="/tell")
        assert "Words that I do not want to lose" in again.text
        opened = [each.attrs.get("id") for each in again.all("details") if "open" in each.attrs]
        assert f"tell-{host_id}" in opened


def test_mails_to_strangers_are_counted(own: Desk) -> None:
    host_id = _add(own, "example.com", "waiting_dns")
    for number in range(11):
        page = own.owner.get("/site/hosts")
        fill = {f"tell{host_id}-to": f"it{number}@example.net"}
        last = own.owner.submit(page, fill, 303 if number < 10 else 429, action="/tell")
    assert "Too many tries" in last.words


def test_looks_asked_for_by_hand_are_counted_name_by_name(own: Desk) -> None:
    """Adding, removing and adding again costs workers as much as pressing the button."""
    page = own.owner.get("/site/hosts")
    own.owner.submit(page, {"name": "example.com"}, action="/site/hosts")
    for _again in range((30 - 2) // 2):
        own.owner.submit(page, {"name": "example.com"}, 303, action="/site/hosts")
    assert "Too many tries" in own.owner.submit(page, {"name": "example.com"}, 429, action="/site/hosts").words
    page = own.owner.get("/site/hosts")
    assert "Too many tries" in own.owner.follow(own.owner.submit(page, {}, action="/check")).words


def test_another_partners_name_does_not_exist(own: Desk) -> None:
    with own.web.database.writing(tenancy.Platform("operator")) as session:
        made = hosts.add_host(session, SYSTEM, own.web.nord.id, "nord.example", platform_host=factories.PLATFORM_HOST)
        host_id = made.id
    csrf = {"csrf_token": token(own.owner.get("/site/hosts"))}
    assert "nord.example" not in own.owner.get("/site/hosts").text
    own.owner.fragment(f"/site/hosts/{host_id}/lights", 404)
    own.owner.get(f"/site/hosts/{host_id}/lights", 404)
    for step in ("check", "primary", "remove", "take-back", "tell"):
        for there in (host_id, 987_654):
            own.owner.post(f"/site/hosts/{there}/{step}", csrf, 404)
    page = own.owner.follow(_claim(own, "nord.example", www=""))
    assert "nord.example is added" in page.words, "whose it is cannot be seen from here: the TXT record decides"


def test_staff_who_are_not_owners_stay_out(own: Desk) -> None:
    clerk = own.staff()
    clerk.get("/site/hosts", 403)
    assert "/site/hosts" not in clerk.get("/").text
