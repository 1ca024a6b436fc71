"""Availability for many callers at once with few commands.

Names that wait, whoever asked, are taken by the next free session, up to a batch in one ``check``. A name
that is being asked already is not asked again: the second caller gets the first one's answer.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from epptools import Client
from epptools.response import Response

from webapp.foundation.money import to_minor
from webapp.providers.errors import ProviderError
from webapp.providers.registry.pool import SessionPool
from webapp.providers.registry.port import Availability, Quote
from webapp.providers.registry.profiles import RegistryProfile
from webapp.providers.registry.session import Observer, Session

log = logging.getLogger(__name__)

#: Seconds after which a thread without work ends; the next search starts another.
LINGER = 30.0

Inbox = queue.SimpleQueue[Availability]


@dataclass(eq=False)
class _Ticket:
    """A name on its way, and everybody who waits for it (until ``deadline``, monotonic seconds)."""

    name: str
    deadline: float
    inboxes: list[Inbox] = field(default_factory=list)


class Checker:
    """Threads that turn waiting names into ``check`` commands; at most one per session."""

    def __init__(self, pool: SessionPool, profile: RegistryProfile) -> None:
        self._pool = pool
        self._profile = profile
        self._work = threading.Condition()
        self._open: dict[str, _Ticket] = {}
        self._waiting: dict[str, _Ticket] = {}
        self._threads = 0
        self._serving = 0
        self._closing = False
        self.observer: Observer | None = None

    def rows(self, names: Sequence[str]) -> Iterator[Availability]:
        """Ask for distinct wire names now; the iterator gives each one's row as it arrives."""
        inbox: Inbox = queue.SimpleQueue()
        deadline = time.monotonic() + self._profile.timeouts.check
        with self._work:
            self._closing = False
            for name in names:
                self._join(name, deadline, inbox)
            self._wake()
        return self._arrivals(names, inbox, deadline)

    def close(self) -> None:
        """End the threads that rest; those at work end after their answer."""
        with self._work:
            self._closing = True
            self._work.notify_all()

    # --- callers ----------------------------------------------------------------------------------

    def _join(self, name: str, deadline: float, inbox: Inbox) -> None:
        ticket = self._open.get(name)
        if ticket is None:
            ticket = self._open[name] = self._waiting[name] = _Ticket(name, deadline)
        ticket.deadline = max(ticket.deadline, deadline)
        ticket.inboxes.append(inbox)

    def _wake(self) -> None:
        """As many threads as there are batches waiting, so that one command carries all it can."""
        batches = -(-len(self._waiting) // self._profile.batch_size)
        self._work.notify(batches)
        free = self._threads - self._serving
        for _ in range(min(batches - free, self._profile.sessions - self._threads)):
            self._threads += 1
            threading.Thread(target=self._run, name="registry-check", daemon=True).start()

    def _arrivals(self, names: Sequence[str], inbox: Inbox, deadline: float) -> Iterator[Availability]:
        missing = set(names)
        try:
            while missing:
                row = inbox.get(timeout=max(deadline - time.monotonic(), 0))
                missing.remove(row.name)
                yield row
        except queue.Empty:
            self._leave(missing, inbox)
            yield from (Availability(name, "unknown", "no answer in time") for name in missing)

    def _leave(self, names: set[str], inbox: Inbox) -> None:
        """Nobody needs to ask for a name that nobody waits for any more."""
        with self._work:
            for name in names:
                ticket = self._open.get(name)
                if ticket is None or inbox not in ticket.inboxes:
                    continue
                ticket.inboxes.remove(inbox)
                if not ticket.inboxes and name in self._waiting:
                    del self._waiting[name]
                    del self._open[name]

    # --- threads ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._names_wait():
            try:
                self._serve()
            finally:
                with self._work:
                    self._serving -= 1

    def _names_wait(self) -> bool:
        """Rest until there is work. False: this thread is no longer counted and must end."""
        with self._work:
            self._work.wait_for(lambda: self._waiting or self._closing, timeout=LINGER)
            if not self._waiting:
                self._threads -= 1
                return False
            self._serving += 1
            return True

    def _serve(self) -> None:
        """One batch. The session comes first: while we wait for it, more names join the batch."""
        batch: list[str] = []
        try:
            with self._pool.session() as session:
                batch = self._take()
                rows = self._ask(session, batch) if batch else []
        except ProviderError as failure:
            rows = self._after(failure, batch)
        except Exception as failure:
            log.exception("a check failed in an unforeseen way")
            rows = [Availability(name, "unknown", repr(failure)) for name in batch or self._take()]
        self._deliver(rows)

    def _take(self) -> list[str]:
        with self._work:
            batch = list(self._waiting)[: self._profile.batch_size]
            for name in batch:
                del self._waiting[name]
            return batch

    def _after(self, failure: ProviderError, batch: list[str]) -> list[Availability]:
        """No session: those who wait are told so. An answer lost: once more, on another session."""
        if not batch:
            return _unknown(self._take(), failure)
        try:
            with self._pool.session() as session:
                return self._ask(session, batch)
        except ProviderError as second:
            return _unknown(batch, second)

    def _ask(self, session: Session, batch: list[str]) -> list[Availability]:
        """Raises only for trouble with the session; a batch that is refused is halved to find the culprit."""

        def send(client: Client) -> Response:
            return client.domain.check(batch, fee={"create": 1} if self._profile.fees else None)

        try:
            response = session.run("domain:check", send, seconds=self._profile.timeouts.check, observer=self.observer)
        except ProviderError as failure:
            if not failure.permanent:
                raise
            if len(batch) == 1:
                return _unknown(batch, failure)
            middle = len(batch) // 2
            return self._ask(session, batch[:middle]) + self._ask(session, batch[middle:])
        return rows_of(response, batch)

    def _deliver(self, rows: list[Availability]) -> None:
        with self._work:
            for row in rows:
                ticket = self._open.pop(row.name)
                for inbox in ticket.inboxes:
                    inbox.put(row)


def rows_of(response: Response, batch: Sequence[str]) -> list[Availability]:
    """One row for each name of the batch, also for those that the registry passed over in silence."""
    free = {name.lower(): available for name, available in response.availability().items()}
    return [_row(name, free.get(name), response) for name in batch]


def _row(name: str, free: bool | None, response: Response) -> Availability:
    if free is None:
        return Availability(name, "unknown", "the registry's answer leaves this name out")
    reason = None if free else response.unavailable_reason(name)
    if response.is_premium(name) or _says_premium(reason):
        # A premium name may be there for the taking, or already taken: only the first one has a price.
        if free is False and not _says_premium(reason):
            return Availability(name, "taken", reason)
        return Availability(name, "premium", reason, _quote(response, name))
    return Availability(name, "free" if free else "taken", reason)


def _says_premium(reason: str | None) -> bool:
    return "premium" in (reason or "").lower()


def _quote(response: Response, name: str) -> Quote | None:
    """The price of the first year, if the answer has a readable one."""
    fee, currency = response.fee_for(name, "create", 1), str(response.fees().get("_currency") or "")
    try:
        amount = to_minor(Decimal(fee or ""), currency)
    except (InvalidOperation, ValueError):
        return None
    return Quote(amount, currency) if amount > 0 and re.fullmatch("[A-Z]{3}", currency) else None


def _unknown(names: Sequence[str], failure: ProviderError) -> list[Availability]:
    return [Availability(name, "unknown", failure.message) for name in names]
