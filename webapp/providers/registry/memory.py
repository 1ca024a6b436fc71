"""A registry in memory that keeps the same contract: for fast tests of everything above the port.

``MemoryRegistry("acme")`` is one registrar's view; ``registry.seen_by("other")`` is another's view of
the same names. ``break_next`` plants a failure, as the fault switches of the sandbox registry do.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from webapp.foundation import clock
from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError
from webapp.providers.registry.codes import is_refusal
from webapp.providers.registry.names import in_order, required_key, required_name, sort_out
from webapp.providers.registry.port import Availability, ContactCard, DomainFacts, Notice, Quote, Receipt, Registration
from webapp.providers.registry.profiles import PROFILES, RegistryProfile

T = TypeVar("T")


@dataclass(frozen=True)
class _Fault:
    """The next ``command`` fails: with a result ``code``, or unanswered ``after`` (or before) it was done."""

    command: str
    code: int | None
    done: bool


@dataclass
class World:
    """What the registry holds; shared by the views of all registrars."""

    domains: dict[str, DomainFacts] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    premium: set[str] = field(default_factory=set)
    quotes: dict[str, Quote] = field(default_factory=dict)
    notices: dict[str, deque[Notice]] = field(default_factory=dict)
    faults: list[_Fault] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)


class MemoryRegistry:
    """``RegistryPort`` over a ``World``."""

    def __init__(self, user: str = "acme", world: World | None = None, profile: RegistryProfile | None = None) -> None:
        self.user = user
        self.world = world or World()
        self.profile = profile or PROFILES["rfc"]
        self.observer: Callable[[str, str], None] | None = None

    def seen_by(self, user: str) -> MemoryRegistry:
        """Another registrar at the same registry."""
        return MemoryRegistry(user, self.world, self.profile)

    def take(self, name: str, sponsor: str = "somebody-else") -> None:
        """Somebody registers the name for a year."""
        with self.world.lock:
            self.world.domains[name] = _facts(name, sponsor, None, 1, None)

    def break_next(self, command: str, code: int | None = None, done: bool = False) -> None:
        """The next such command ("domain:create" ...) answers ``code``; without a code its answer is lost,
        after it was carried out when ``done``, before otherwise."""
        self.world.faults.append(_Fault(command, code, done))

    def notify(self, text: str, name: str | None = None) -> None:
        """Queue a notice for this registrar."""
        with self.world.lock:
            queue = self.world.notices.setdefault(self.user, deque())
            queue.append(Notice(f"{self.user}-{len(self.world.log)}-{len(queue)}", text, name, clock.now()))

    # --- the port ---------------------------------------------------------------------------------

    def check(self, names: Sequence[str]) -> list[Availability]:
        return in_order(names, self.check_each(names))

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        assert_no_write_transaction()
        fit, unfit = sort_out(names)
        return iter([*unfit, *(row for batch in self._batches(fit) for row in self._check(batch))])

    def info(self, name: str) -> DomainFacts | None:
        plain = required_name(name)
        return self._command("domain:info", lambda: self._info(plain))

    def ensure_contact(self, card: ContactCard, key: str) -> str:
        required_key(key)
        return self._command("contact:create", lambda: self._ensure_contact(card))

    def register(self, order: Registration, key: str) -> Receipt:
        required_key(key)
        plain = replace(order, name=required_name(order.name))
        return self._command("domain:create", lambda: self._register(plain))

    def renew(self, name: str, current_expiry: date, years: int, key: str) -> Receipt:
        required_key(key)
        plain = required_name(name)
        return self._command("domain:renew", lambda: self._renew(plain, current_expiry, years))

    def poll(self) -> Notice | None:
        return self._command("poll:req", lambda: next(iter(self.world.notices.get(self.user, ())), None))

    def ack(self, notice_id: str) -> None:
        self._command("poll:ack", lambda: self._ack(notice_id))

    def close(self) -> None:
        """Nothing is open."""

    # --- inside -----------------------------------------------------------------------------------

    def _command(self, command: str, act: Callable[[], T]) -> T:
        assert_no_write_transaction()
        self._observe("before", command)
        with self.world.lock:
            self.world.log.append((self.user, command))
            fault = self._fault(command)
            if fault and not fault.done:
                raise _broken(fault)
            outcome = act()
            if fault:
                raise _broken(fault)
        self._observe("after", command)
        return outcome

    def _observe(self, phase: str, command: str) -> None:
        if self.observer is not None:
            self.observer(phase, command)

    def _fault(self, command: str) -> _Fault | None:
        for fault in self.world.faults:
            if fault.command == command:
                self.world.faults.remove(fault)
                return fault
        return None

    def _batches(self, names: list[str]) -> Iterator[list[str]]:
        size = self.profile.batch_size
        return (names[start : start + size] for start in range(0, len(names), size))

    def _check(self, names: list[str]) -> list[Availability]:
        try:
            return self._command("domain:check", lambda: [self._available(name) for name in names])
        except ProviderError as failure:
            return [Availability(name, "unknown", failure.message) for name in names]

    def _available(self, name: str) -> Availability:
        if name in self.world.domains:
            return Availability(name, "taken", "In use")
        if name in self.world.premium:
            return Availability(name, "premium", "Premium", self.world.quotes.get(name))
        return Availability(name, "free")

    def _info(self, name: str) -> DomainFacts | None:
        facts = self.world.domains.get(name)
        if facts is None:
            return None
        ours = facts.sponsor == self.user
        return replace(facts, ours=ours, auth_info=facts.auth_info if ours else None)

    def _ensure_contact(self, card: ContactCard) -> str:
        if self.world.contacts.setdefault(card.handle, self.user) != self.user:
            raise refused(2302, f"contact {card.handle} belongs to another registrar")
        return card.handle

    def _register(self, order: Registration) -> Receipt:
        if order.name in self.world.domains:
            raise refused(2302, f"{order.name} is registered already")
        if order.registrant not in self.world.contacts:
            raise refused(2303, f"no contact {order.registrant}")
        if order.years not in self.profile.periods:
            raise refused(2004, f"{order.years} years cannot be registered")
        facts = _facts(order.name, self.user, order.registrant, order.years, order.auth_info)
        self.world.domains[order.name] = facts
        return self._receipt(facts)

    def _renew(self, name: str, current_expiry: date, years: int) -> Receipt:
        facts = self.world.domains.get(name)
        if facts is None:
            raise refused(2303, f"{name} is not registered")
        if facts.sponsor != self.user:
            raise refused(2201, f"{name} belongs to another registrar")
        if facts.expires_at is None or facts.expires_at.date() != current_expiry:
            raise refused(2306, f"{name} does not expire on {current_expiry}")
        facts = replace(facts, expires_at=_years_later(facts.expires_at, years))
        self.world.domains[name] = facts
        return self._receipt(facts)

    def _receipt(self, facts: DomainFacts) -> Receipt:
        return Receipt(f"MEM-{len(self.world.log)}", facts.expires_at, pending=False)

    def _ack(self, notice_id: str) -> None:
        queue = self.world.notices.get(self.user, deque())
        self.world.notices[self.user] = deque(notice for notice in queue if notice.id != notice_id)


def refused(code: int, message: str) -> ProviderError:
    """The registry's own no."""
    return ProviderError(message, permanent=True, code=code)


def _broken(fault: _Fault) -> ProviderError:
    if fault.code is None:
        return ProviderError(f"{fault.command}: the answer was lost", permanent=False)
    return ProviderError(f"{fault.command}: the registry answered {fault.code}", is_refusal(fault.code), fault.code)


def _facts(name: str, sponsor: str, registrant: str | None, years: int, auth_info: str | None) -> DomainFacts:
    created = clock.now().replace(microsecond=0)
    return DomainFacts(name, sponsor, registrant, created, _years_later(created, years), ("ok",), auth_info, ours=False)


def _years_later(instant: datetime, years: int) -> datetime:
    return datetime.combine(clock.add_years(instant.date(), years), instant.timetz())
