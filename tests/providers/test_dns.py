"""The look-up asks real servers, and stays within its bounds whatever they do."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.dns import LIE, SOON, Nameserver, World
from webapp.providers.dns.lookup import Lookup, resolver
from webapp.providers.dns.port import Sighting

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        yield made


def _addresses(sighting: Sighting) -> list[tuple[str, ...]]:
    return [view.addresses for view in sighting.authoritative]


def test_a_look_works_where_an_event_loop_runs_already(world: World) -> None:
    world.zone("busy.example", "shop A 127.0.0.9")

    async def in_a_loop() -> Sighting:
        return world.lookup().look("shop.busy.example")

    with ThreadPoolExecutor(1) as apart:
        seen = apart.submit(lambda: asyncio.run(in_a_loop())).result()
    assert _addresses(seen) == [("127.0.0.9",)] * 2


def test_the_zones_own_servers_are_asked_directly_and_not_the_resolvers_memory(world: World) -> None:
    zone = world.zone("direct.example", "shop A 127.0.0.1", ttl=3600)
    world.lookup().look("shop.direct.example")
    zone.set("shop A 127.0.0.9")
    seen = world.lookup().look("shop.direct.example")
    assert _addresses(seen) == [("127.0.0.9",)] * 2
    assert [view.addresses for view in seen.resolvers] == [("127.0.0.1",)] * 2
    assert (seen.zone, seen.nameservers) == ("direct.example", ("ns1.direct.example", "ns2.direct.example"))
    assert all(0 < view.ttl <= 3600 for view in seen.resolvers)


def test_a_domain_that_changed_its_name_servers_is_asked_at_the_new_ones(world: World) -> None:
    old = world.zone("moved.example", "@ A 198.51.100.7", ttl=3600)
    world.lookup().look("moved.example")  # the resolvers know the old servers for an hour now
    world.drop(old)
    server = world.nameserver("ns.newhost.example")
    world.zone("newhost.example", f"ns A {server.address}", servers=1)
    world.zone("moved.example", "@ A 127.0.0.1", servers=[server])
    seen = world.lookup().look("moved.example")
    assert (seen.nameservers, _addresses(seen)) == (("ns.newhost.example",), [("127.0.0.1",)])
    assert [view.addresses for view in seen.resolvers] == [("198.51.100.7",)] * 2


def test_zones_below_zones_are_found_on_other_servers_and_on_the_same_one(world: World) -> None:
    above = world.zone("deep.example", "@ A 127.0.0.1", servers=1)
    world.zone("other.deep.example", "www A 127.0.0.2", servers=1)
    world.zone("same.deep.example", "www A 127.0.0.3", servers=above.servers)
    assert world.lookup().look("www.other.deep.example").zone == "other.deep.example"
    seen = world.lookup().look("www.same.deep.example")
    assert (seen.zone, _addresses(seen)) == ("same.deep.example", [("127.0.0.3",)])


def test_a_link_into_a_zone_below_is_followed_there(world: World) -> None:
    world.zone("links.example", "www CNAME shop.cdn.links.example.", servers=1)
    world.zone("cdn.links.example", "shop A 127.0.0.4", servers=1)
    assert _addresses(world.lookup().look("www.links.example")) == [("127.0.0.4",)]


@pytest.mark.parametrize("mode", ["truncated", "spoofed"])
def test_the_true_answer_is_taken_over_tcp_and_after_others_guesses(world: World, mode: str) -> None:
    name = f"{mode}.example"
    zone = world.zone(name, "@ A 127.0.0.1", servers=1)
    zone.servers[0].mode = mode
    assert _addresses(world.lookup().look(name)) == [("127.0.0.1",)]


def test_a_flood_of_records_is_cut_and_never_looks_like_ours_alone(world: World) -> None:
    zone = world.zone("flood.example", "@ A 127.0.0.1", servers=1)
    zone.servers[0].mode = "flood"
    seen = world.lookup().look("flood.example", "_shop-verify.flood.example").authoritative[0]
    assert (len(seen.addresses), "127.0.0.1" in seen.addresses) == (32, False)
    assert len(seen.txt) == 32
    assert max(map(len, seen.txt)) <= 255


@pytest.mark.parametrize("mode", ["huge", "nonsense"])
def test_more_than_any_answer_needs_is_not_read(world: World, mode: str) -> None:
    zone = world.zone(f"{mode}.example", "@ A 127.0.0.1", servers=1)
    zone.servers[0].mode = mode
    seen = world.lookup().look(f"{mode}.example", f"_shop-verify.{mode}.example").authoritative[0]
    assert (seen.addresses, seen.txt, seen.error, seen.txt_error) == ((), (), "malformed", "malformed")


def test_a_chain_without_end_is_left_after_eight_links(world: World) -> None:
    zone = world.zone("endless.example", "", servers=1)
    zone.servers[0].mode = "endless"
    seen = world.lookup().look("www.endless.example").authoritative[0]
    assert (seen.error, len(seen.cnames)) == ("loop", 8)


def test_records_outside_its_zone_are_not_believed_to_a_server(world: World) -> None:
    world.zone("honest.example", "@ A 127.0.0.5", servers=1)
    zone = world.zone("liar.example", "www CNAME honest.example.", servers=1)
    # The same server claims the honest zone as well; nobody delegated it there.
    zone.servers[0].zones.put("honest.example", f"@ A {LIE}")
    assert _addresses(world.lookup().look("www.liar.example")) == [("127.0.0.5",)]


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "172.16.0.1"),
        ("0.0.0.0", "224.0.0.1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"),
    ],
)
def test_name_servers_at_private_addresses_are_never_asked(world: World, addresses: tuple[str, ...]) -> None:
    name = f"inward{next(_numbers)}.example"
    servers = [Nameserver(f"ns{number}.{name}", address) for number, address in enumerate(addresses)]
    world.zone(name, servers=servers)
    started = time.monotonic()
    seen = world.lookup(timeout=3.0).look(name)
    assert [(view.server, view.error) for view in seen.authoritative] == [(each.name, "private") for each in servers]
    assert time.monotonic() - started < 2.5, "nobody was waited for"


def test_a_private_address_is_not_asked_either_when_a_name_elsewhere_leads_to_it(world: World) -> None:
    world.zone("inside.example", "ns A 10.0.0.1", servers=1)
    world.zone("outside.example", servers=[Nameserver("ns.inside.example", "10.0.0.1")])
    seen = world.lookup().look("outside.example")
    assert [(view.server, view.error) for view in seen.authoritative] == [("ns.inside.example", "private")]


def test_loopback_is_asked_only_where_the_install_says_so(world: World) -> None:
    zone = world.zone("loopback.example", "@ A 127.0.0.1", servers=1)
    seen = Lookup(world.resolvers).look("loopback.example")
    direct = [kind for name, kind in zone.servers[0].asked if kind == "AAAA"]
    assert [view.error for view in seen.authoritative] == ["private"]
    assert len(direct) == len(world.resolvers), "each resolver asked once, we did not"


def test_dead_resolvers_and_dead_servers_end_in_time(world: World) -> None:
    name = "dead.example"
    zone = world.zone(name, "@ A 127.0.0.1", servers=6)
    for server in (*zone.servers, *world.resolver_servers[:1]):
        server.mode = "timeout"
    try:
        started = time.monotonic()
        seen = world.lookup(timeout=1.0, total=1.2).look(f"www.{name}")
        assert time.monotonic() - started < 3
        world.resolver_servers[1].mode = "timeout"
        nothing = world.lookup(timeout=SOON).look(f"www.{name}")
    finally:
        for server in world.resolver_servers:
            server.mode = ""
    assert seen.resolvers[0].error == "timeout"
    assert (nothing.authoritative, nothing.zone, nothing.caa_error) == ((), "", "timeout")


def test_one_resolver_that_fails_does_not_hide_what_the_other_knows(world: World) -> None:
    world.zone("half.example", "@ A 127.0.0.1", servers=1)
    world.resolver_servers[0].mode = "servfail"
    try:
        seen = world.lookup().look("half.example")
    finally:
        world.resolver_servers[0].mode = ""
    assert _addresses(seen) == [("127.0.0.1",)]
    assert [view.error for view in seen.resolvers] == ["servfail", ""]


def test_caa_or_aaaa_that_cannot_be_asked_is_said(world: World) -> None:
    zone = world.zone("silent.example", "@ A 127.0.0.1", servers=1)
    zone.servers[0].mode = "no_caa"
    assert world.lookup(timeout=SOON).look("silent.example").caa_error == "timeout"
    zone.servers[0].mode = "no_aaaa"
    view = world.lookup(timeout=SOON).look("silent.example").authoritative[0]
    assert (view.addresses, view.error) == (("127.0.0.1",), "timeout")


def test_names_that_the_dns_can_hardly_hold_are_looked_at_all_the_same(world: World) -> None:
    world.zone("long.example", "* A 127.0.0.1", servers=1)
    many = ".".join(["a"] * 110) + ".long.example"
    seen = world.lookup().look(many, f"_shop-verify.{many}.{'x' * 40}")
    assert _addresses(seen) == [("127.0.0.1",)]
    asked = world.lookup().look("xn--kw-kka.long.example")
    assert _addresses(asked) == [("127.0.0.1",)]


def test_many_looks_at_once_do_not_mix(world: World) -> None:
    names = [f"n{number}.many.example" for number in range(8)]
    world.zone("many.example", "\n".join(f"n{number} A 127.0.1.{number}" for number in range(8)), servers=1)
    found: dict[str, list[tuple[str, ...]]] = {}
    lookup = world.lookup()
    threads = [
        threading.Thread(target=lambda name=name: found.update({name: _addresses(lookup.look(name))})) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [(f"127.0.1.{number}",)] for number, name in enumerate(names)}


def test_resolvers_are_written_with_or_without_port() -> None:
    texts = ["1.1.1.1", "127.0.0.1:5353", "2606:4700::1111", "[::1]:5353"]
    assert [(*each.addresses, each.port) for each in map(resolver, texts)] == [
        ("1.1.1.1", 53),
        ("127.0.0.1", 5353),
        ("2606:4700::1111", 53),
        ("::1", 5353),
    ]
    with pytest.raises(ValueError, match="invalid literal"):
        resolver("127.0.0.1:dns")
