"""How often somebody may try. Limits belong to the credential check itself, not to an address: call `check` there.

Counters live in Redis, shared by all processes. When Redis is away, each process counts in its own memory: for the
kinds that guess secrets with its share of the limit only, and not at all beyond a bounded number of keys.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import RedisError

from .i18n import N_
from .refusal import Refusal

log = logging.getLogger(__name__)


_Counter = tuple[RateLimitItem, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Limits of one kind of try, such as "10/15 minutes", by whose try it is; None: not limited that way.

    `guesses_secrets` decides what happens when tries cannot be counted properly: such kinds are refused.
    """

    account: str | None = None
    network: str | None = None
    tenant: str | None = None
    everyone: str | None = None
    guesses_secrets: bool = True


RULES: Mapping[str, Rule] = {
    "login": Rule("10/15 minutes", "60/15 minutes", "1000/15 minutes", "5000/15 minutes"),
    "second_factor": Rule("5/15 minutes", "30/15 minutes", "300/15 minutes", "1500/15 minutes"),
    "reset": Rule("3/60 minutes", "20/60 minutes", "300/60 minutes", "1500/60 minutes"),
    "token": Rule(None, "60/15 minutes", "1000/15 minutes", "5000/15 minutes"),
    "hand_off": Rule("30/15 minutes", "120/15 minutes", "2000/15 minutes", "10000/15 minutes"),
    "register": Rule(None, "20/60 minutes", "500/60 minutes", "2500/60 minutes", guesses_secrets=False),
    "contact": Rule("5/60 minutes", "10/60 minutes", "100/60 minutes", "2000/60 minutes", guesses_secrets=False),
    "host_mail": Rule("3/60 minutes", "10/60 minutes", "10/60 minutes", "500/60 minutes", guesses_secrets=False),
    "host_look": Rule(None, "60/10 minutes", "30/10 minutes", "1000/10 minutes", guesses_secrets=False),
    "pay": Rule(None, "120/1 minutes", "3000/1 minutes", "15000/1 minutes"),
    "notify": Rule(None, "1200/1 minutes", "6000/1 minutes", "30000/1 minutes", guesses_secrets=False),
    "search": Rule(None, "120/1 minutes", "3000/1 minutes", "15000/1 minutes", guesses_secrets=False),
    "drawing": Rule(None, "100/10 minutes", "600/10 minutes", "3000/10 minutes", guesses_secrets=False),
    "page_check": Rule("10/10 minutes", "30/10 minutes", "30/10 minutes", "300/10 minutes", guesses_secrets=False),
    "code": Rule(None, "40/10 minutes", "1000/10 minutes", "5000/10 minutes"),
    "wholesale": Rule("60/15 minutes", "120/15 minutes", "3000/15 minutes", "15000/15 minutes"),
    "bulk": Rule(None, "12/10 minutes", "300/10 minutes", "1500/10 minutes", guesses_secrets=False),
}

#: The script of `limits` that counts one try, run for one counter after the other until one is full: one round trip,
#: however many counters there are. Gives the place of the full one (from 1), 0 when all have counted.
_COUNT_EACH = f"""
local function counted(KEYS, ARGV)
{RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()}
end
for at = 1, #KEYS, 2 do
    if not counted({{KEYS[at], KEYS[at + 1]}}, {{ARGV[at], ARGV[at + 1], 1}}) then
        return (at + 1) / 2
    end
end
return 0
"""

#: How long Redis is left alone after it did not answer, in seconds.
_PAUSE = 5.0
#: How long one question to Redis may take, in seconds: a sign-in waits for it.
_PATIENCE = 0.5
#: Keys that a process counts by itself at most (about 20 MB).
_MOST_KEYS = 50_000


class TooManyTries(Refusal):
    """`retry_after` is in seconds, for the Retry-After header (RFC 9110 section 10.2.3)."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        minutes = math.ceil(retry_after / 60)
        super().__init__("too_many_tries", N_("Too many tries. Try again in %(minutes)s min."), minutes=minutes)


class TryLimiter:
    """The counters of one install. `processes`: how many count by themselves when Redis is away."""

    def __init__(self, redis_url: str | None, rules: Mapping[str, Rule] = RULES, processes: int = 4) -> None:
        self._rules = rules
        self._processes = processes
        self._redis_url = redis_url
        self._shared: _Shared | None = None
        self._memory: MemoryStorage | None = None
        self._lock = threading.Lock()
        self._redis_again_at = 0.0

    def check(self, kind: str, *, account: str | None, ip: str | None, tenant: str | int | None) -> None:
        """Count one try. Raises TooManyTries when this one is too many, KeyError for a kind without a rule.

        Count before the secret is looked at, so that many tries at once cannot pass together.
        """
        rule = self._rules[kind]
        full = self._count(rule, list(self._counters(kind, rule, account, ip, tenant)))
        if full is not None:
            raise TooManyTries(self._wait(*full))

    def forgive(self, kind: str, *, account: str, tenant: str | int | None) -> None:
        """The secret was right: the account starts afresh. The network's and the shop's counters stay."""
        rule = self._rules[kind]
        for item, key in self._counters(kind, rule, account, None, tenant):
            if ":account:" in key:
                self._clear(item, key)

    def _counters(
        self, kind: str, rule: Rule, account: str | None, ip: str | None, tenant: str | int | None
    ) -> Iterator[_Counter]:
        """The narrowest source first: a network that is stopped must not use up what others may still try."""
        if rule.network:
            yield parse(rule.network), f"{kind}:network:{network_of(ip)}"
        if rule.account and account is not None:
            yield parse(rule.account), f"{kind}:account:{_hidden(tenant, account)}"
        if rule.tenant:
            yield parse(rule.tenant), f"{kind}:tenant:{tenant}"
        if rule.everyone:
            yield parse(rule.everyone), f"{kind}:everyone"

    # --- Redis, and what happens without it ---

    def _count(self, rule: Rule, counters: Sequence[_Counter]) -> _Counter | None:
        """Count in one counter after the other. The first that is full, which ends it; None when all have counted."""
        shared = self._redis()
        if shared is not None:
            try:
                return shared.count(counters)
            except RedisError as problem:
                self._leave_redis_alone(problem)
        return next((each for each in counters if not self._hit_alone(rule, *each)), None)

    def _hit_alone(self, rule: Rule, item: RateLimitItem, key: str) -> bool:
        with self._lock:
            storage = self._own_memory()
            if len(storage.storage) >= _MOST_KEYS:
                return not rule.guesses_secrets
            allowed = self._share(item) if rule.guesses_secrets and self._redis_url else item
            return SlidingWindowCounterRateLimiter(storage).hit(allowed, key)

    def _share(self, item: RateLimitItem) -> RateLimitItem:
        """This process's part of a limit, so that all processes together stay within the whole of it."""
        return type(item)(max(1, item.amount // self._processes), item.multiples)

    def _own_memory(self) -> MemoryStorage:
        # Made on first use: the storage starts a timer thread, which must not be inherited by a fork.
        if self._memory is None:
            self._memory = MemoryStorage()
        return self._memory

    def _redis(self) -> _Shared | None:
        if self._redis_url is None or time.monotonic() < self._redis_again_at:
            return None
        if self._shared is None:
            self._shared = _Shared(self._redis_url)
        return self._shared

    def _leave_redis_alone(self, problem: Exception) -> None:
        self._redis_again_at = time.monotonic() + _PAUSE
        log.warning("tries are counted per process for %s s: Redis does not answer: %s", _PAUSE, problem)

    def _wait(self, item: RateLimitItem, key: str) -> int:
        """Seconds until one more try may fit; the whole window when nobody can say."""
        shared = self._redis()
        try:
            limiter = shared or SlidingWindowCounterRateLimiter(self._own_memory())
            seconds = limiter.get_window_stats(item, key).reset_time - time.time()
        except StorageError:
            seconds = float(item.get_expiry())
        return max(1, math.ceil(min(seconds, item.get_expiry())))

    def _clear(self, item: RateLimitItem, key: str) -> None:
        shared = self._redis()
        if shared is not None:
            try:
                shared.clear(item, key)
            except StorageError as problem:
                self._leave_redis_alone(problem)
        with self._lock:
            if self._memory is not None:
                SlidingWindowCounterRateLimiter(self._memory).clear(item, key)
                SlidingWindowCounterRateLimiter(self._memory).clear(self._share(item), key)


class _Shared(SlidingWindowCounterRateLimiter):
    """The counters in Redis."""

    def __init__(self, redis_url: str) -> None:
        self._store = RedisStorage(
            redis_url,
            key_prefix="tries",
            wrap_exceptions=True,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
        )
        super().__init__(self._store)
        self._each = self._store.get_connection().register_script(_COUNT_EACH.encode())

    def count(self, counters: Sequence[_Counter]) -> _Counter | None:
        """As `TryLimiter._count`. Raises RedisError."""
        keys: list[str] = []
        limits: list[int] = []
        for item, name in counters:
            keys += self._keys(item.key_for(name))
            limits += [item.amount, item.get_expiry()]
        full = int(self._each(keys, limits))
        return counters[full - 1] if full else None

    def _keys(self, key: str) -> tuple[str, str]:
        """Of the window before and of the one that is on, as `limits` names them: that is where it looks, too."""
        current = f"{{{key}}}"
        return self._store.prefixed_key(f"{current}/-1"), self._store.prefixed_key(current)


def network_of(ip: str | None) -> str:
    """The network that an address stands for: IPv4 /24, IPv6 /64 (one customer). Bad addresses share one counter."""
    try:
        address = ipaddress.ip_address((ip or "").split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    length = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def _hidden(tenant: str | int | None, account: str) -> str:
    """Same account, same key, of bounded length; the e-mail address itself never goes to Redis."""
    return hashlib.sha256(f"{tenant}\n{account.strip().casefold()}".encode("utf-8", "replace")).hexdigest()[:32]
