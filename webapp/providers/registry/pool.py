"""A few warm sessions shared by all threads, and a breaker for the time when the registry is away."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.providers.errors import ProviderError
from webapp.providers.registry.profiles import RegistryProfile
from webapp.providers.registry.session import Session

log = logging.getLogger(__name__)

#: So many answers lost in a row, and new callers are turned away at once.
LOSSES_TO_OPEN = 3


class Breaker:
    """After a failure callers are refused at once for a growing pause; then one of them may try.

    Not locked by itself: the pool calls it under its own lock.
    """

    def __init__(self, first: float = 0.5, longest: float = 30.0) -> None:
        self._first, self._longest = first, longest
        self._failures = 0
        self._losses = 0
        self._closed_until = 0.0
        self._why = ""

    def refusal(self) -> ProviderError | None:
        """Why nobody may connect now, or None. None also starts the next pause while one caller tries."""
        if not (self._failures or self.outage):
            return None
        if time.monotonic() < self._closed_until:
            return ProviderError(f"the registry is unavailable: {self._why}", permanent=False)
        self._pause()
        return None

    def failed(self, why: str) -> None:
        """A connection or login did not succeed."""
        self._failures += 1
        self._why = why
        self._pause()

    def opened(self) -> None:
        """A login succeeded. Answers on old sessions do not end these pauses: they say nothing about new ones."""
        self._failures = 0

    def lost(self, why: str) -> None:
        """An open session broke. One is an accident, several in a row are an outage."""
        self._losses += 1
        if self.outage:
            self._why = why
            self._pause()

    def worked(self) -> None:
        """An answer came. A login does not end an outage: the commands behind it may still hang."""
        self._losses = 0

    @property
    def outage(self) -> bool:
        """Answers get lost one after another: waiting for a session that others hold makes no sense either."""
        return self._losses >= LOSSES_TO_OPEN

    def _pause(self) -> None:
        troubles = self._failures + max(self._losses - LOSSES_TO_OPEN, 0)
        # Capped before the power: a registry that is away for days must not overflow it.
        length = min(self._first * 2 ** min(max(troubles - 1, 0), 16), self._longest)
        # Jitter, so that many processes do not come back in the same instant.
        self._closed_until = time.monotonic() + length * random.uniform(0.75, 1.25)  # noqa: S311 (no secret)


class SessionPool:
    """At most ``profile.sessions`` sessions, opened when first needed and kept warm by ``hello``."""

    def __init__(self, open_session: Callable[[], Session], profile: RegistryProfile) -> None:
        self._open_session = open_session
        self._profile = profile
        self._changed = threading.Condition()
        self._idle: list[Session] = []
        self._busy: set[Session] = set()
        self._line: list[object] = []
        self._opening = 0
        self._stop_keeper: threading.Event | None = None
        self.breaker = Breaker()

    @contextmanager
    def session(self, wait: float | None = None) -> Iterator[Session]:
        """A clean session of one's own for the block. ``ProviderError`` when none comes within ``wait`` seconds."""
        session = self._acquire(self._profile.timeouts.session if wait is None else wait)
        try:
            yield session
        finally:
            self._release(session)

    def close(self) -> None:
        """Close the idle sessions now and the busy ones when they are given back."""
        with self._changed:
            leaving, self._idle = self._idle, []
            self._busy.clear()
            if self._stop_keeper is not None:
                self._stop_keeper.set()
                self._stop_keeper = None
            self.breaker = Breaker()
            self._changed.notify_all()
        for session in leaving:
            session.close()

    def abandon(self) -> None:
        """In a forked child: drop the parent's sockets without a word and without its locks."""
        for session in [*self._idle, *self._busy]:
            session.close()

    def _acquire(self, wait: float) -> Session:
        deadline = time.monotonic() + wait
        while True:
            with self._changed:
                session = self._wait_in_line(deadline)
                if session is not None:
                    self._busy.add(session)
                    return session
                self._opening += 1
            try:
                return self._open_one()
            except ProviderError:
                # The registry may allow fewer sessions than the profile (2502): then those that live must do.
                if not (self._busy or self._idle or self._opening):
                    raise

    def _wait_in_line(self, deadline: float) -> Session | None:
        """An idle session, or None: open one. First come, first served: the threads that check come back for
        a session at once, and an order would never find one idle."""
        place = object()
        self._line.append(place)
        try:
            while True:
                if self._line[0] is place:
                    session = self._pop_idle()
                    if session is not None or self._may_open():
                        return session
                if not self._changed.wait(max(deadline - time.monotonic(), 0)):
                    raise ProviderError("all registry sessions are busy", permanent=False)
        finally:
            self._line.remove(place)
            self._changed.notify_all()

    def _pop_idle(self) -> Session | None:
        """The warmest session that is still clean."""
        while self._idle:
            session = self._idle.pop()
            if session.is_clean():
                return session
            session.close()
        return None

    def _may_open(self) -> bool:
        """True: open one. False: wait for a session to come back. Raises when neither makes sense."""
        alive = len(self._busy) + self._opening
        if alive >= self._profile.sessions:
            return False
        refusal = self.breaker.refusal()
        if refusal is None:
            return True
        if alive == 0 or self.breaker.outage:
            raise refusal
        return False

    def _open_one(self) -> Session:
        try:
            session = self._open_session()
        except BaseException as error:
            with self._changed:
                self._opening -= 1
                self.breaker.failed(str(error))
                self._changed.notify_all()
            log.warning("no registry session: %s", error)
            raise
        with self._changed:
            self._opening -= 1
            self._busy.add(session)
            self.breaker.opened()
            self._start_keeper()
        return session

    def _release(self, session: Session) -> None:
        with self._changed:
            if session not in self._busy:
                session.close()
            elif session.alive:
                self._idle.append(session)
                if session.answered:
                    self.breaker.worked()
            else:
                self.breaker.lost("answers were lost")
            self._busy.discard(session)
            self._changed.notify_all()

    def _start_keeper(self) -> None:
        if self._stop_keeper is None:
            self._stop_keeper = threading.Event()
            keeper = threading.Thread(target=self._keep, args=(self._stop_keeper,), name="registry-hello", daemon=True)
            keeper.start()

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(self._profile.hello_interval / 4):
            for session in self._take_quiet():
                if session.is_clean():
                    session.hello(self._profile.timeouts.answer)
                else:
                    session.close()
                self._release(session)

    def _take_quiet(self) -> list[Session]:
        """Sessions that would pass the interval before the keeper looks again."""
        oldest = time.monotonic() - self._profile.hello_interval * 3 / 4
        with self._changed:
            quiet = [session for session in self._idle if session.last_used < oldest]
            self._idle = [session for session in self._idle if session not in quiet]
            self._busy.update(quiet)
        return quiet
