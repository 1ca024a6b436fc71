"""Guessing is slow: whoever tries, from wherever, the number of secrets that are looked at is bounded."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import redis
from limits import parse

from webapp.foundation import limits
from webapp.foundation.limits import RULES, Rule, TooManyTries, TryLimiter, network_of


@pytest.fixture(params=["redis", "memory"])
def url(request: pytest.FixtureRequest) -> str | None:
    """An empty Redis, or none: an install of one process may do without."""
    return request.getfixturevalue("redis_url") if request.param == "redis" else None


#: A long window, so that no try is forgotten within a test.
def rule(**limits: str) -> dict[str, Rule]:
    return {"login": Rule(**{name: f"{text}/1 day" for name, text in limits.items()})}  # type: ignore[arg-type]


def checked(limiter: TryLimiter, tries: Sequence[tuple[str | None, str | None, str]]) -> int:
    """How many of the tries got through to the secret."""
    passed = 0
    for account, ip, tenant in tries:
        try:
            limiter.check("login", account=account, ip=ip, tenant=tenant)
        except TooManyTries:
            continue
        passed += 1
    return passed


def test_one_account_from_a_thousand_networks(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10"))
    tries = [("Anna@a.test" if n % 2 else " anna@A.test ", f"10.{n // 250}.{n % 250}.1", "t") for n in range(1000)]
    assert checked(limiter, tries) == 10


def test_a_thousand_accounts_from_one_network(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10", network="60"))
    tries = [(f"u{n}@a.test", f"198.51.100.{n % 256}", "t") for n in range(1000)]
    assert checked(limiter, tries) == 60


def test_a_thousand_accounts_from_a_thousand_networks_at_one_shop(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10", network="60", tenant="100"))
    tries = [(f"u{n}@a.test", f"2001:db8:{n:x}::1", "t") for n in range(1000)]
    assert checked(limiter, tries) == 100


def test_everybody_everywhere() -> None:
    limiter = TryLimiter(None, rule(account="10", tenant="100", everyone="150"))
    tries = [(f"u{n}@a.test", f"2001:db8:{n:x}::1", f"shop{n % 9}") for n in range(1000)]
    assert checked(limiter, tries) == 150


def test_the_same_address_at_another_shop_is_another_account(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="3"))
    assert checked(limiter, [("a@a.test", None, "t")] * 5) == 3
    assert checked(limiter, [("a@a.test", None, "other")] * 5) == 3


def test_a_stopped_network_does_not_lock_its_victims_out(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10", network="5"))
    assert checked(limiter, [("anna@a.test", "2001:db8:bad::1", "t")] * 100) == 5
    assert checked(limiter, [("anna@a.test", "2001:db8:feed::1", "t")] * 5) == 5


def test_a_try_that_is_refused_takes_nothing_from_what_others_may_still_try(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10", network="2", tenant="6", everyone="9"))
    assert checked(limiter, [("anna@a.test", "2001:db8:bad::1", "t")] * 100) == 2
    others = [("bob@a.test", f"2001:db8:{n}::1", "t") for n in range(10)]
    assert checked(limiter, others) == 4, "six of the shop, two of which are gone"
    elsewhere = [("eve@a.test", f"2001:db8:a{n}::1", "u") for n in range(10)]
    assert checked(limiter, elsewhere) == 3, "nine of all, six of which are gone"


def test_what_redis_forgets_of_scripts_it_is_told_again(redis_url: str) -> None:
    limiter = TryLimiter(redis_url, rule(account="3", tenant="9"))
    assert checked(limiter, [("a", None, "t")]) == 1
    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
    assert checked(limiter, [("a", None, "t")] * 5) == 2


def test_fifty_tries_at_the_same_instant_do_not_pass_together(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="10"))
    passed: list[int] = []
    barrier = threading.Barrier(50)

    def attempt() -> None:
        barrier.wait()
        passed.append(checked(limiter, [("anna@a.test", None, "t")]))

    threads = [threading.Thread(target=attempt) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 10


def test_the_refusal_says_when_to_try_again(url: str | None) -> None:
    limiter = TryLimiter(url, {"login": Rule(account="2/15 minutes")})
    checked(limiter, [("a@a.test", None, "t")] * 2)
    with pytest.raises(TooManyTries) as refused:
        limiter.check("login", account="a@a.test", ip=None, tenant="t")
    assert 1 <= refused.value.retry_after <= 900
    assert "Try again in" in str(refused.value)


def test_after_the_wait_a_try_is_possible_again(url: str | None) -> None:
    limiter = TryLimiter(url, {"login": Rule(account="2/1 second")})
    assert checked(limiter, [("a", None, "t")] * 20) <= 4
    time.sleep(2.1)
    assert checked(limiter, [("a", None, "t")]) == 1


def test_a_right_password_gives_the_account_its_tries_back_but_not_the_network(url: str | None) -> None:
    limiter = TryLimiter(url, rule(account="3", network="8"))
    net = "2001:db8::1"
    assert checked(limiter, [("a", net, "t")] * 3) == 3
    limiter.forgive("login", account="A", tenant="t")
    assert checked(limiter, [("a", net, "t")] * 3) == 3
    limiter.forgive("login", account="a", tenant="t")
    assert checked(limiter, [("a", net, "t")] * 3) == 2


def dead_redis(tmp_path: Path) -> str:
    return f"unix://{tmp_path}/nobody-listens"


def test_without_redis_all_processes_together_stay_within_the_limit(tmp_path: Path) -> None:
    fleet = [TryLimiter(dead_redis(tmp_path), rule(account="10"), processes=4) for _ in range(4)]
    assert sum(checked(limiter, [("a", None, "t")] * 50) for limiter in fleet) <= 10


def test_without_redis_people_can_still_sign_in_and_search(tmp_path: Path) -> None:
    limiter = TryLimiter(dead_redis(tmp_path))
    limiter.check("login", account="a", ip="10.0.0.1", tenant="t")
    for _ in range(100):
        limiter.check("search", account=None, ip="10.0.0.1", tenant="t")


def test_a_redis_that_hangs_does_not_make_every_try_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # takes connections, says nothing
        limiter = TryLimiter(f"redis://127.0.0.1:{hanging.getsockname()[1]}")
        start = time.monotonic()
        for number in range(20):
            limiter.check("search", account=None, ip=f"10.0.{number}.1", tenant="t")
        assert time.monotonic() - start < 1.5


def test_a_flood_of_names_cannot_fill_the_memory_and_then_guess(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 200)
    limiter = TryLimiter(
        dead_redis(tmp_path), {"login": Rule(account="10/60 minutes"), "search": Rule(guesses_secrets=False)}
    )
    assert checked(limiter, [(f"u{n}", None, "t") for n in range(1000)]) == 200
    limiter.check("search", account=None, ip="10.0.0.1", tenant="t")


def test_an_emptied_or_restarted_redis_is_used_again(redis_url: str, tmp_path: Path) -> None:
    limiter = TryLimiter(dead_redis(tmp_path), rule(account="40"), processes=4)
    assert checked(limiter, [("a", None, "t")] * 50) == 10
    limiter._redis_url, limiter._shared, limiter._redis_again_at = redis_url, None, 0.0
    assert checked(limiter, [("a", None, "t")] * 50) == 40


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "unknown"),
        ("198.51.100.7:80", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_counted_not_an_address(ip: str | None, network: str) -> None:
    assert network_of(ip) == network


def test_no_address_of_a_person_reaches_redis(redis_url: str) -> None:
    limiter = TryLimiter(redis_url, rule(account="10"))
    limiter.check("login", account="anna@subscriber.example\r\nFLUSHALL", ip=None, tenant="t")
    keys = limiter._shared.storage.storage.keys("*")  # type: ignore[union-attr]
    assert keys
    assert not any(b"anna" in key for key in keys)


def test_every_rule_can_be_read_and_every_guess_is_limited() -> None:
    for kind, found in RULES.items():
        for text in (found.account, found.network, found.tenant, found.everyone):
            assert text is None or parse(text).amount > 0
        assert found.network, kind
        assert found.everyone, kind


def test_a_kind_that_nobody_defined_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        TryLimiter(None).check("logn", account="a", ip=None, tenant=None)
