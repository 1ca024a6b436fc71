"""What a partner is told about a name, from records that real servers served to the real look-up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.harness.dns import LIE, SOON, World
from webapp.providers.dns.port import Sighting, View
from webapp.reseller.partners.dns_verdict import Expected, Verdict, judge, txt_found

OURS = Expected(
    addresses=("127.0.0.1", "127.0.0.2"),
    ipv6=("2001:db8::1",),
    cas=("letsencrypt.org", "sectigo.com"),
    own=("csp1001.witryna.example",),
    platform="witryna.example",
)
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        platform = "csp1001 A 127.0.0.1\ncsp1002 A 127.0.0.1\nmail A 198.51.100.9"
        made.zone("witryna.example", platform, servers=1)
        made.zone("elsewhere.example", "old A 198.51.100.7\nhere A 127.0.0.2", servers=1)
        yield made


def _new() -> str:
    return f"shop{next(_numbers)}.example"


def _judged(world: World, text: str, below: str = "") -> Verdict:
    zone = _new()
    world.zone(zone, text)
    return judge(world.lookup().look(below + zone), OURS)


@pytest.mark.parametrize(
    ("records", "code", "params"),
    [
        ("@ A 127.0.0.1", "ok", {}),
        ("@ A 127.0.0.1\n@ A 127.0.0.2\n@ AAAA 2001:db8::1", "ok", {}),
        ("", "missing", {}),
        ("@ TXT hello\n@ MX 10 mail", "missing", {}),
        ("@ AAAA 2001:db8::1", "missing", {}),
        ("@ A 198.51.100.7", "wrong_address", {"seen": ["198.51.100.7"]}),
        ("@ A 198.51.100.7\n@ A 127.0.0.1", "extra_address", {"extra": ["198.51.100.7"]}),
        ("@ A 127.0.0.1\n@ AAAA 2001:db8::7", "ipv6_elsewhere", {"seen": ["2001:db8::7"]}),
        ("@ A 104.16.1.1\n@ AAAA 2606:4700::1", "proxy", {"who": "Cloudflare"}),
        ('@ A 127.0.0.1\n@ CAA 0 issue "letsencrypt.org"', "ok", {}),
        ('@ A 127.0.0.1\n@ CAA 0 issue "pki.example"\n@ CAA 0 issue "SECTIGO.com; policy=ev"', "ok", {}),
        ('@ A 127.0.0.1\n@ CAA 0 iodef "mailto:a@b.example"\n@ CAA 0 issuewild ";"', "ok", {}),
        ('@ A 127.0.0.1\n@ CAA 0 issue "pki.example"', "caa", {"who": "pki.example"}),
        ('@ A 127.0.0.1\n@ CAA 0 issue ";"', "caa", {"who": ""}),
        ('@ A 127.0.0.1\n@ CAA 128 future "x"', "caa", {}),
    ],
)
def test_each_record_at_a_bare_domain_has_its_word_h_53(
    world: World, records: str, code: str, params: dict[str, Any]
) -> None:
    verdict = _judged(world, records)
    assert (verdict.code, {key: verdict.params[key] for key in params}) == (code, params)
    assert verdict.certain
    assert verdict.points_here is (code in ("ok", "caa"))
    touches = code in ("extra_address", "ipv6_elsewhere") or "2001:db8::1" in records
    assert verdict.elsewhere is not (verdict.points_here or touches)


@pytest.mark.parametrize(
    ("records", "code", "elsewhere"),
    [
        ("@ A 127.0.0.1\nwww CNAME @", "ok", False),
        ("www CNAME csp1001.witryna.example.", "ok", False),
        ("www A 127.0.0.1", "ok", False),
        ("www CNAME here.elsewhere.example.", "ok", False),
        ("* A 127.0.0.1", "ok", False),
        ("www CNAME old.elsewhere.example.", "cname_elsewhere", True),
        ("www CNAME gone.elsewhere.example.", "cname_elsewhere", True),
        ("www CNAME nobody.invalid.", "cname_elsewhere", True),
        # Another partner's shop, or the platform itself: its owner does not mean us, and yet it is not elsewhere.
        ("www CNAME csp1002.witryna.example.", "cname_elsewhere", False),
        ("@ A 127.0.0.1", "nxdomain", True),
        ("www CNAME a\na CNAME b\nb CNAME www", "loop", True),
        ("www CNAME www", "loop", True),
        ("\n".join(f"c{n} CNAME c{n + 1}" for n in range(12)) + "\nwww CNAME c0", "loop", True),
    ],
)
def test_www_may_lead_to_us_by_any_way_that_ends_here_h_53(
    world: World, records: str, code: str, elsewhere: bool
) -> None:
    verdict = _judged(world, records, "www.")
    assert (verdict.code, verdict.elsewhere, verdict.points_here) == (code, elsewhere, code == "ok")


def test_caa_of_the_domain_counts_for_its_subdomains_and_the_nearest_one_wins_h_53(world: World) -> None:
    above = '@ CAA 0 issue "pki.example"\nwww A 127.0.0.1\nshop A 127.0.0.1\nshop CAA 0 issue "letsencrypt.org"'
    zone = _new()
    world.zone(zone, above)
    verdict = judge(world.lookup().look(f"www.{zone}"), OURS)
    assert (verdict.code, verdict.params["at"]) == ("caa", zone)
    assert judge(world.lookup().look(f"shop.{zone}"), OURS).code == "ok"


def test_a_parked_domain_is_told_by_its_name_servers(world: World) -> None:
    zone = _new()
    parking = world.zone("sedoparking.com", "", servers=1).servers
    world.zone(zone, "@ A 198.51.100.80", servers=parking)
    assert judge(world.lookup().look(zone), OURS).code == "parked"


def test_a_domain_that_nobody_registered_does_not_exist_and_is_elsewhere(world: World) -> None:
    verdict = judge(world.lookup().look(f"www.{_new()}"), OURS)
    assert (verdict.code, verdict.certain, verdict.elsewhere) == ("nxdomain", True, True)


def test_a_name_whose_ending_does_not_exist_does_not_exist(world: World) -> None:
    verdict = judge(world.lookup().look("www.shop.nosuchending"), OURS)
    assert (verdict.code, verdict.points_here, verdict.elsewhere) == ("nxdomain", False, False)


def test_old_memories_of_resolvers_are_propagation_with_the_time_left_h_53(world: World) -> None:
    name = _new()
    zone = world.zone(name, "@ A 198.51.100.7", ttl=1800)
    assert judge(world.lookup().look(name), OURS).code == "wrong_address"
    zone.set("@ A 127.0.0.1")
    verdict = judge(world.lookup().look(name), OURS)
    assert (verdict.code, verdict.points_here, verdict.elsewhere) == ("propagating", True, False)
    assert 29 <= verdict.params["minutes"] <= 30
    assert 1700 < verdict.retry_after <= 1800
    world.forget()
    assert judge(world.lookup().look(name), OURS).code == "ok"


def test_a_remembered_absence_is_propagation_too(world: World) -> None:
    name = _new()
    zone = world.zone(name, "", ttl=600)
    assert judge(world.lookup().look(name), OURS).code == "missing"
    zone.set("@ A 127.0.0.1")
    verdict = judge(world.lookup().look(name), OURS)
    assert (verdict.code, verdict.params["minutes"]) == ("propagating", 10)


def test_a_name_that_led_here_is_not_elsewhere_while_resolvers_remember_it(world: World) -> None:
    """A gap of one look must not pass for "it led elsewhere when it was claimed"."""
    name = _new()
    zone = world.zone(name, "@ A 127.0.0.1")
    assert judge(world.lookup().look(name), OURS).code == "ok"
    zone.set("")
    assert not judge(world.lookup().look(name), OURS).elsewhere
    world.forget()
    assert judge(world.lookup().look(name), OURS).elsewhere


def test_servers_that_disagree_are_neither_here_nor_elsewhere(world: World) -> None:
    name = _new()
    zone = world.zone(name, "@ A 198.51.100.7")
    zone.set("@ A 127.0.0.1", only=zone.servers[0])
    verdict = judge(world.lookup().look(name), OURS)
    assert (verdict.code, verdict.points_here, verdict.elsewhere) == ("disagree", False, False)
    assert verdict.params == {"here": [f"ns1.{name}"], "there": [f"ns2.{name}"]}


def test_servers_that_cannot_be_asked_have_not_failed_h_53(world: World) -> None:
    name = _new()
    words = {
        "timeout": "timeout",
        "stalled": "timeout",
        "garbage": "timeout",
        "servfail": "servfail",
        "refused": "refused",
        "lame": "lame",
    }
    zone = world.zone(name, "@ A 127.0.0.1", servers=len(words))
    for server, mode in zip(zone.servers, words, strict=True):
        server.mode = mode
    sighting = world.lookup(timeout=SOON).look(name)
    assert [view.error for view in sighting.authoritative] == list(words.values())
    verdict = judge(sighting, OURS)
    assert (verdict.code, verdict.certain, verdict.points_here, verdict.elsewhere) == (
        "unreachable",
        False,
        False,
        False,
    )
    assert verdict.params["errors"] == ["timeout", "servfail", "refused", "lame"]


def test_one_server_that_answers_is_enough_and_the_silent_one_is_named(world: World) -> None:
    name = _new()
    zone = world.zone(name, "@ A 127.0.0.1")
    zone.servers[1].mode = "timeout"
    sighting = world.lookup(timeout=SOON).look(name)
    assert [view.error for view in sighting.authoritative] == ["", "timeout"]
    assert judge(sighting, OURS).code == "ok"


def test_the_proof_must_stand_at_every_server_that_answers_exactly_there(world: World) -> None:
    name, value = _new(), "shop-csp1001-k7"
    zone = world.zone(name, '_shop-verify TXT "v=other"\n_shop-verify TXT "shop-csp" "1001-k7"')
    verify = f"_shop-verify.{name}"
    found = world.lookup().look(name, verify)
    assert txt_found(found, value)
    assert not txt_found(found, "shop-csp1002-k7")
    zone.set("@ A 127.0.0.1", only=zone.servers[0])
    assert not txt_found(world.lookup().look(name, verify), value)
    zone.servers[0].mode = "refused"
    assert txt_found(world.lookup().look(name, verify), value)
    zone.servers[1].mode = "refused"
    assert not txt_found(world.lookup().look(name, verify), value), "what resolvers remember proves nothing"
    assert not txt_found(world.lookup().look(name), value), "nobody asked"


def test_a_wildcard_that_leads_to_a_stranger_lets_the_stranger_prove_nothing(world: World) -> None:
    name, value = _new(), "shop-csp1002-stolen"
    world.zone("stranger.example", f'* TXT "{value}"\n@ TXT "{value}"', servers=1)
    world.zone(name, "* CNAME stranger.example.")
    assert not txt_found(world.lookup().look(f"www.{name}", f"_shop-verify.www.{name}"), value)


@contextmanager
def _resolvers(world: World, mode: str) -> Iterator[None]:
    for server in world.resolver_servers:
        server.mode = mode
    yield
    for server in world.resolver_servers:
        server.mode = ""


def test_an_unreachable_zone_is_explained_by_what_the_resolvers_said(world: World) -> None:
    with _resolvers(world, "servfail"):
        verdict = judge(world.lookup().look(_new()), OURS)
    assert (verdict.code, verdict.certain, verdict.params["errors"]) == ("unreachable", False, ["servfail"])


def test_signatures_that_do_not_hold_are_told_and_prove_nothing(world: World) -> None:
    """Left over from the old DNS provider, mostly: the records are right, and still many see no shop."""
    name = _new()
    world.zone(name, "@ A 127.0.0.1")
    with _resolvers(world, "bogus"):
        sighting = world.lookup().look(name)
    verdict = judge(sighting, OURS)
    assert [view.error for view in sighting.resolvers] == ["dnssec", "dnssec"]
    assert (verdict.code, verdict.points_here, verdict.elsewhere, verdict.certain) == ("dnssec", False, False, True)


def test_an_install_without_public_address_says_so() -> None:
    verdict = judge(Sighting("a.example", (View("ns", ("127.0.0.1",)),)), Expected(()))
    assert (verdict.code, verdict.certain, verdict.points_here, verdict.elsewhere) == (
        "unconfigured",
        False,
        False,
        False,
    )


def test_ipv6_is_compared_as_an_address_not_as_a_text() -> None:
    seen = Sighting("a.example", (View("ns", ("127.0.0.1",), ("2001:db8:0:0::1",)),))
    assert judge(seen, OURS).code == "ok"
    assert judge(replace(seen, authoritative=(View("ns", (LIE,)),)), OURS).elsewhere


def test_a_cname_at_the_bare_domain_has_words_of_its_own() -> None:
    """No sound server holds one beside the zone's own records; some sell it all the same."""
    seen = Sighting("a.example", (View("ns", (LIE,), cnames=("old.example",)),), zone="a.example")
    verdict = judge(seen, OURS)
    assert (verdict.code, verdict.params["target"]) == ("apex_cname", "old.example")
