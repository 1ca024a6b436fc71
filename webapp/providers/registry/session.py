"""One logged-in EPP session: a command goes out with our key, and only its own answer counts."""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from epptools import Client, Config
from epptools.exceptions import CommandException, EppException, ValidationException
from epptools.frame import Frame
from epptools.response import Response

from webapp.foundation import metrics
from webapp.providers.errors import ProviderError
from webapp.providers.registry.codes import CLOSING, is_refusal
from webapp.providers.registry.wire import DeadlineTransport, Endpoint

log = logging.getLogger(__name__)
_serialising = threading.Lock()

Observer = Callable[[str, str], None]


class _Frame(Frame):
    """epptools swaps ElementTree's global prefix table while it writes a frame. Two threads at once
    would get other prefixes, and its own check of the echoed clTRID looks for a literal prefix."""

    def to_xml(self) -> str:
        with _serialising:
            return super().to_xml()


class KeyedClient(Client):
    """Stamps its frames with the key of the command in hand instead of one of its own making."""

    key = ""

    def frame(self) -> Frame:
        return _Frame.command(self.key)


class Session:
    """A connection that is logged in. Used by one thread at a time; once ``alive`` is False, never again."""

    def __init__(self, endpoint: Endpoint, user: str, password: str) -> None:
        self.alive = True
        #: A command was answered here, whatever the answer. The login does not count.
        self.answered = False
        self.last_used = time.monotonic()
        self._transport = DeadlineTransport(endpoint)
        config = Config(host=endpoint.host, port=endpoint.port, clid=user, password=password)
        self._client = KeyedClient(config, self._transport)
        self._client.throw_on_failure(False)
        self._stem = f"q-{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)
        self._log_in()

    def run(
        self,
        command: str,
        send: Callable[[Client], Response],
        *,
        seconds: float,
        key: str | None = None,
        observer: Observer | None = None,
    ) -> Response:
        """Send one command and return its success (1xxx), else raise ``ProviderError``.

        ``send`` calls one method of the client. ``observer`` is told ("before" | "after", command)
        around the wire: the crash tests stand there.
        """
        with _measured(command):
            return self._judged(command, self._answer(command, send, seconds, key, observer))

    def _answer(
        self,
        command: str,
        send: Callable[[Client], Response],
        seconds: float,
        key: str | None,
        observer: Observer | None,
    ) -> Response:
        """What the registry said to exactly this command. Raises ``ProviderError`` when nobody knows."""
        self._transport.answer_seconds = seconds
        sent = self._client.key = key or f"{self._stem}-{next(self._numbers)}"
        try:
            _tell(observer, "before", command)
            response = send(self._client)
            self._must_echo(response, sent)
            _tell(observer, "after", command)
        except ValidationException as error:
            raise ProviderError(f"{command} cannot be sent: {error}", permanent=True) from error
        except EppException as error:
            self.close()
            raise ProviderError(f"{command}: {error}", permanent=False) from error
        except BaseException:
            self.close()
            raise
        self.last_used = time.monotonic()
        self.answered = True
        return response

    def hello(self, seconds: float) -> None:
        """Keep the connection from being closed as idle; a failure only ends this session."""
        self._transport.answer_seconds = seconds
        try:
            self._client.hello()
            self.last_used = time.monotonic()
        except EppException as error:
            log.info("idle registry session ended: %s", error)
            self.close()

    def is_clean(self) -> bool:
        """False when the registry hung up, or sent something nobody asked for."""
        return self.alive and self._transport.is_clean()

    def close(self) -> None:
        self.alive = False
        self._client.disconnect()

    def _log_in(self) -> None:
        self._client.key = f"{self._stem}-login"
        try:
            self._client.connect()
            self._client.login()
        except CommandException as error:
            self.close()
            # Not a refusal of anybody's order, whatever the code: our own access is at fault.
            raise ProviderError(f"login: {error}", permanent=False, code=error.epp_code) from error
        except (EppException, OSError) as error:
            self.close()
            raise ProviderError(f"login: {error}", permanent=False) from error
        except BaseException:
            self.close()
            raise

    def _must_echo(self, response: Response, sent: str) -> None:
        """epptools lets an answer without clTRID pass; for us it could be anybody's."""
        if response.cl_trid() != sent:
            self.close()
            raise EppException(f"the answer is for {response.cl_trid()!r}, not for {sent!r}")

    def _judged(self, command: str, response: Response) -> Response:
        code = response.code()
        if code in CLOSING or code == 2002:
            self.close()
        if 1000 <= code < 2000:
            return response
        words = "; ".join([response.message() or "no message", *response.error_reasons()])
        raise ProviderError(f"{command}: {words} ({code})", is_refusal(code), code)


@contextmanager
def _measured(command: str) -> Iterator[None]:
    started, outcome = time.monotonic(), "lost"
    try:
        yield
        outcome = "ok"
    except ProviderError as failure:
        outcome = "refused" if failure.permanent else "lost"
        raise
    finally:
        metrics.observe_registry_command(command, outcome, time.monotonic() - started)


def _tell(observer: Observer | None, phase: str, command: str) -> None:
    if observer is not None:
        observer(phase, command)
