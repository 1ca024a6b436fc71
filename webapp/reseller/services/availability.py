"""Is a name free? Asked by many prospects at once, answered by few registry commands.

Three layers, so that a hundred prospects cost about as much as one:

* a short memory in Redis, shared by all processes (an answer serves everybody for `FRESH` seconds);
* a claim in Redis per name, so that of several processes that miss it only one asks; the others wait for its answer;
* the adapter, which joins the names of all callers of its process in `<check>` commands over warm sessions.

Without Redis every process asks for itself; one that failed is left alone for `REST` seconds, so that a Redis which
hangs costs one wait and not one for each name.

What cannot be answered in time is "unknown": "could not check, try again".
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from redis import Redis, RedisError

from webapp.providers.registry.port import Availability, Quote, RegistryPort, State

#: Seconds for which an answer is good enough to show; activation asks again anyway.
FRESH = 30
#: Seconds after which a claim of a process that died lapses.
CLAIM = 3
#: Longest wait for the answers of others, in seconds, and the pause between two looks.
PATIENCE, PAUSE = 6.0, 0.004
#: Answers that are told to Redis together, and seconds after which those that are there are told anyway.
TOGETHER, PROMPTLY = 25, 0.02
#: Seconds without Redis after it failed.
REST = 5.0

T = TypeVar("T")

_CODES: dict[State, bytes] = {"free": b"f", "taken": b"t", "premium": b"p"}
_STATES: dict[bytes, State] = {code: state for state, code in _CODES.items()}
_KEPT = re.compile(rb"([ftp])(?:(\d{1,15})([A-Z]{3}))?")
_CLAIMED = b"?"


class AvailabilityService:
    """One per web process. Thread-safe, as its parts are."""

    def __init__(self, registry: RegistryPort, redis: Redis | None) -> None:
        self._registry = registry
        self._redis = redis
        self._resting_until = 0.0

    @property
    def registry(self) -> RegistryPort:
        """Who is asked."""
        return self._registry

    def _with_redis(self, act: Callable[[Redis], T], otherwise: T) -> T:
        """What `act` finds in Redis; `otherwise` without one."""
        if self._redis is None or time.monotonic() < self._resting_until:
            return otherwise
        try:
            return act(self._redis)
        except RedisError:
            self._resting_until = time.monotonic() + REST
            return otherwise

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        """Each name once, as the answers come. Never raises for a registry or Redis that is away."""
        wanted = list(dict.fromkeys(names))
        known = self._recall(wanted)
        yield from known.values()
        missing = [name for name in wanted if name not in known]
        mine = self._claim(missing)
        yield from self._ask(mine)
        yield from self._await([name for name in missing if name not in set(mine)])

    def check(self, names: Sequence[str]) -> list[Availability]:
        """The finished list, in the order asked."""
        answers = {answer.name: answer for answer in self.check_each(names)}
        return [answers[name] for name in names]

    def forget(self, names: Sequence[str]) -> None:
        """Ask afresh next time: these names have just been registered or found lost."""
        if names:
            self._with_redis(lambda redis: redis.delete(*map(_key, names)), None)

    def _recall(self, names: Sequence[str]) -> dict[str, Availability]:
        if not names:
            return {}
        nothing: list[Any] = []
        values = self._with_redis(lambda redis: redis.mget([_key(name) for name in names]), nothing)
        answers = (read(name, value) for name, value in zip(names, values, strict=False))
        return {answer.name: answer for answer in answers if answer}

    def _claim(self, names: Sequence[str]) -> list[str]:
        """Those names that this call has to ask for; the others are being asked for by somebody else."""

        def claim(redis: Redis) -> list[str]:
            pipe = redis.pipeline(transaction=False)
            for name in names:
                pipe.set(_key(name), _CLAIMED, nx=True, ex=CLAIM)
            return [name for name, won in zip(names, pipe.execute(), strict=True) if won]

        return self._with_redis(claim, list(names)) if names else []

    def _ask(self, names: Sequence[str]) -> Iterator[Availability]:
        if not names:
            return
        fresh: list[Availability] = []
        left, since = set(names), time.monotonic()
        try:
            for answer in self._registry.check_each(names):
                fresh.append(answer)
                left.discard(answer.name)
                yield answer
                # A registry answers many names at once; one by one, telling Redis would take longer than asking.
                if len(fresh) == TOGETHER or time.monotonic() - since > PROMPTLY:
                    self._remember(fresh)
                    fresh, since = [], time.monotonic()
        finally:  # a visitor who left must not leave claims behind
            self._remember(fresh)
            self.forget(list(left))

    def _remember(self, answers: Sequence[Availability]) -> None:
        def keep(redis: Redis) -> None:
            pipe = redis.pipeline(transaction=False)
            for answer in answers:
                value = written(answer)
                if value is None:
                    pipe.delete(_key(answer.name))
                else:
                    pipe.set(_key(answer.name), value, ex=FRESH)
            pipe.execute()

        if answers:
            self._with_redis(keep, None)

    def _await(self, names: Sequence[str]) -> Iterator[Availability]:
        """Answers of other callers; a claim that lapsed without one is taken over."""
        waiting = list(names)
        deadline = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < deadline:
            time.sleep(PAUSE)
            known = self._recall(waiting)
            yield from known.values()
            waiting = [name for name in waiting if name not in known]
            mine = self._claim(waiting)
            yield from self._ask(mine)
            waiting = [name for name in waiting if name not in set(mine)]
        yield from (Availability(name, "unknown", "nobody answered in time") for name in waiting)


def written(answer: Availability) -> bytes | None:
    """An answer as Redis keeps it: "f", "t", "p" or "p250000EUR"; None for one that is not worth keeping."""
    code = _CODES.get(answer.state)
    if code is None or answer.quote is None:
        return code
    return code + f"{answer.quote.amount}{answer.quote.currency}".encode()


def read(name: str, value: bytes | None) -> Availability | None:
    """What `written` wrote; None for anything else."""
    found = _KEPT.fullmatch(value or b"")
    if found is None:
        return None
    code, amount, currency = found.groups()
    return Availability(name, _STATES[code], quote=Quote(int(amount), currency.decode()) if amount else None)


def _key(name: str) -> str:
    return f"avail:{name}"
