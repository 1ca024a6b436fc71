"""Checks of many names that go on while nobody looks: kept in Redis for an hour under a random id, without a word about
who asked. Answers are appended as they come; whoever looks at a check that has stopped sets it going again.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import secrets
import threading
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis, RedisError

from webapp.providers.registry.port import Availability
from webapp.reseller.orders.bulk import BulkPlan, Refused
from webapp.reseller.services.availability import AvailabilityService, read, written

log = logging.getLogger(__name__)

#: Seconds that a check can be found again.
LIFETIME = 3600
#: Seconds after which a check whose process has died may be taken over.
_ALIVE = 20
#: Names between two searches of other visitors at the same registry.
_AT_ONCE = 50
#: Checks that one process runs at a time; others wait for the next look at them.
_running = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class Check:
    """A check as it is now. `answers` come in the order in which they arrived."""

    ticket: str
    plan: BulkPlan
    group: int | None
    answers: tuple[Availability, ...]

    @property
    def waiting(self) -> list[str]:
        """Names without an answer, in order."""
        answered = {answer.name for answer in self.answers}
        return [name for name in self.plan.names if name not in answered]


class Checks:
    """The checks of one shop. Every method raises RedisError while Redis is away."""

    def __init__(self, redis: Redis, partner_id: int) -> None:
        self._redis = redis
        self._prefix = f"bulk:{partner_id}"

    def begin(self, plan: BulkPlan, group: int | None) -> str:
        """Keep a new check; returns its ticket."""
        ticket = secrets.token_urlsafe(16)
        said = json.dumps({"plan": dataclasses.asdict(plan), "group": group})
        self._redis.set(self._key(ticket, "plan"), said, ex=LIFETIME)
        return ticket

    def find(self, ticket: str) -> Check | None:
        """The check of a ticket; None for an unknown one and after an hour."""
        kept = self._redis.get(self._key(ticket, "plan"))
        if kept is None:
            return None
        found = json.loads(cast(bytes, kept))
        lines = cast("list[bytes]", self._redis.lrange(self._key(ticket, "answers"), 0, -1))
        answers = {answer.name: answer for line in lines if (answer := _answer(line))}
        return Check(ticket, _plan(found["plan"]), found["group"], tuple(answers.values()))

    def run(self, service: AvailabilityService, check: Check) -> None:
        """Have the waiting names asked for in a thread, unless somebody is at it already."""
        if not check.waiting or not _running.acquire(blocking=False):
            return
        try:
            if self._redis.set(self._key(check.ticket, "alive"), b"1", nx=True, ex=_ALIVE):
                threading.Thread(target=self._run, args=(service, check), daemon=True, name="bulk").start()
                return
        except RedisError:
            _running.release()
            raise
        _running.release()

    def _run(self, service: AvailabilityService, check: Check) -> None:
        try:
            waiting = check.waiting
            for start in range(0, len(waiting), _AT_ONCE):
                for answer in service.check_each(waiting[start : start + _AT_ONCE]):
                    self._keep(check.ticket, answer)
        except Exception:  # a thread's last resort: the next look at the check begins again
            log.exception("bulk: asking for names failed")
        finally:
            _running.release()
            self._forget_runner(check.ticket)

    def _keep(self, ticket: str, answer: Availability) -> None:
        line = answer.name.encode() + b" " + (written(answer) or b"u")
        pipe = self._redis.pipeline(transaction=False)
        pipe.rpush(self._key(ticket, "answers"), line)
        pipe.expire(self._key(ticket, "answers"), LIFETIME)
        pipe.expire(self._key(ticket, "alive"), _ALIVE)
        pipe.execute()

    def _forget_runner(self, ticket: str) -> None:
        try:
            self._redis.delete(self._key(ticket, "alive"))
        except RedisError:
            log.warning("bulk: Redis went away; the check can be taken over in %s s", _ALIVE)

    def _key(self, ticket: str, what: str) -> str:
        return f"{self._prefix}:{ticket}:{what}"


def _answer(line: bytes) -> Availability | None:
    name, _, code = line.partition(b" ")
    return Availability(name.decode(), "unknown") if code == b"u" else read(name.decode(), code)


def _plan(kept: dict[str, Any]) -> BulkPlan:
    refused = tuple(Refused(**each) for each in kept["refused"])
    names, not_sold, left = (tuple(kept[name]) for name in ("names", "not_sold", "left"))
    return BulkPlan(names, refused, not_sold, kept["repeated"], left)
