"""THE outbound HTTP client: every request to an address that somebody else typed goes through here.

A name is resolved once, all its addresses are checked against our own list, and the connection goes to a checked one;
Host and SNI stay those of the name. No redirect is followed, no proxy or cookie is used, answers are not unpacked,
and bytes and seconds are capped for the whole exchange, however slowly it drips.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as ResolverTimeout
from dataclasses import dataclass, field
from functools import cached_property

import httpcore
import httpx

from .db import assert_no_write_transaction
from .i18n import N_
from .outbound_addresses import is_loopback, is_public
from .refusal import Refusal

#: Host and port -> numeric addresses, best first.
Resolver = Callable[[str, int], list[str]]

_SENTENCES = {
    "url": N_("This is not a web address."),
    "scheme": N_("The address must start with http:// or https://."),
    "userinfo": N_("The address must not contain a user name or password."),
    "port": N_("The port %(port)s is not allowed in the address."),
    "request": N_("The request cannot be sent: a header is not valid."),
    "address": N_("The address %(host)s leads into a network that must not be reached from here."),
    "resolve": N_("The name %(host)s cannot be found."),
    "connect": N_("No connection to %(host)s."),
    "time": N_("%(host)s took too long to answer."),
    "size": N_("The answer of %(host)s is too long."),
    "encoding": N_("%(host)s sent a compressed answer that was not asked for."),
    "protocol": N_("The answer of %(host)s is not valid HTTP."),
}


class OutboundError(Refusal):
    """Nothing usable came back. `permanent`: the same request will fail again, so do not repeat it."""

    def __init__(self, code: str, /, *, permanent: bool, **params: object) -> None:
        super().__init__(code, _SENTENCES[code], None, **params)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """What an install allows. `loopback_hosts` (lower case) may be on this machine, at any port: for demo and tests."""

    ports: frozenset[int] = frozenset({80, 443})
    loopback_hosts: frozenset[str] = frozenset()
    total_seconds: float = 15.0
    max_bytes: int = 1024 * 1024
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What came back, redirects included (they are not followed). Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses that the system knows for a name, each once, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def chosen_address(host: str, port: int, *, here: bool) -> str:
    """The address of a host that somebody typed, for another protocol than HTTP. Raises OSError when none may be used.

    `here`: this machine is all that there is, so what is asked for may be on it (localhost names, RFC 6761).
    """
    local = here and (host == "localhost" or host.endswith(".localhost"))
    addresses = ["127.0.0.1"] if local else system_resolver(host, port)
    fine = [each for each in addresses if is_public(each) or (here and is_loopback(each))]
    if not fine or len(fine) < len(addresses):
        raise OSError(f"{host} leads into a network that must not be reached from here")
    return fine[0]


@dataclass
class OutboundClient:
    """Safe to share between threads; keeps no connection, cookie or other state between requests."""

    rules: OutboundRules = field(default_factory=OutboundRules)
    resolver: Resolver = system_resolver

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> OutboundAnswer:
        """Send one request and read the whole answer, whatever its status. Raises OutboundError.

        Raises NetworkInTransaction (a mistake of ours) while a write transaction is open.
        """
        assert_no_write_transaction()
        target = self._checked(url)
        deadline = _Deadline(self.rules.total_seconds)
        # Reading the system's certificates takes longer than most requests, and plain HTTP needs none.
        transport = _Transport(_Connector(self, deadline), self._tls if target.scheme == "https" else None)
        try:
            with httpx.Client(transport=transport, trust_env=False, timeout=self.rules.total_seconds) as client:
                asked = client.build_request(method, target, headers=self._headers(headers), content=body)
                return self._read(client.send(asked, stream=True, follow_redirects=False), target.host)
        except _FAILURES as problem:
            raise _error_for(problem, target.host) from problem
        except UnicodeEncodeError as problem:
            raise OutboundError("request", permanent=True) from problem

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context(trust_env=False)
        if self.rules.ca_file:
            context.load_verify_locations(self.rules.ca_file)
        return context

    @cached_property
    def _resolvers(self) -> ThreadPoolExecutor:
        # The system's resolver knows no time limit; a few threads may hang in it, more wait and give up.
        return ThreadPoolExecutor(8, thread_name_prefix="resolver")

    def _checked(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, TypeError, ValueError) as problem:
            raise OutboundError("url", permanent=True) from problem
        if target.scheme not in ("http", "https"):
            raise OutboundError("scheme", permanent=True)
        if not target.host:
            raise OutboundError("url", permanent=True)
        if target.userinfo:
            raise OutboundError("userinfo", permanent=True)
        port = target.port or (443 if target.scheme == "https" else 80)
        if port not in self.rules.ports and not self.may_be_here(target.host):
            raise OutboundError("port", permanent=True, port=port)
        return target

    def may_be_here(self, host: str) -> bool:
        """True for a host that the install itself placed on this machine."""
        return host.lower().rstrip(".") in self.rules.loopback_hosts

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        """The caller's headers, without those that would undo what is promised above."""
        ours = {"accept-encoding": "identity", "user-agent": "witryna"}
        kept = {name.lower(): value for name, value in (headers or {}).items()}
        kept = {name: value for name, value in kept.items() if name not in ("host", "accept-encoding", "connection")}
        return {**ours, **kept, "connection": "close"}

    def _read(self, response: httpx.Response, host: str) -> OutboundAnswer:
        try:
            if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
                raise OutboundError("encoding", permanent=True, host=host)
            return OutboundAnswer(response.status_code, dict(response.headers), self._body(response, host))
        finally:
            response.close()

    def _body(self, response: httpx.Response, host: str) -> bytes:
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > self.rules.max_bytes:
            raise OutboundError("size", permanent=True, host=host)
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > self.rules.max_bytes:
                raise OutboundError("size", permanent=True, host=host)
        return bytes(body)

    def resolve(self, host: str, port: int, seconds: float) -> list[str]:
        """The checked addresses of a host. One that is not allowed spoils them all. Raises OutboundError."""
        try:
            found = self._resolvers.submit(self.resolver, host, port).result(seconds)
        except ResolverTimeout as problem:
            raise OutboundError("time", permanent=False, host=host) from problem
        except (OSError, UnicodeError) as problem:
            raise OutboundError("resolve", permanent=False, host=host) from problem
        if not found:
            raise OutboundError("resolve", permanent=False, host=host)
        here = self.may_be_here(host)
        if not all(is_public(address) or (here and is_loopback(address)) for address in found):
            raise OutboundError("address", permanent=True, host=host)
        return found


_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


def _error_for(problem: Exception, host: str) -> OutboundError:
    if isinstance(problem, httpcore.TimeoutException):
        return OutboundError("time", permanent=False, host=host)
    if isinstance(problem, httpcore.LocalProtocolError | httpx.InvalidURL):
        return OutboundError("request", permanent=True)
    if isinstance(problem, httpcore.ProtocolError):
        return OutboundError("protocol", permanent=False, host=host)
    return OutboundError("connect", permanent=False, host=host)


# --- the wire ------------------------------------------------------------------------------------------------


class _Deadline:
    """One end for everything: resolving, connecting, each read and each write."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain. Raises when none do."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return seconds


class _Connector(httpcore.NetworkBackend):
    """Resolves once and connects to what was checked. httpcore keeps the name itself for Host and SNI."""

    def __init__(self, client: OutboundClient, deadline: _Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  our deadline counts instead
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        addresses = self._client.resolve(host, port, self._deadline.left())
        failure: httpcore.ConnectError | None = None
        for address in addresses[:4]:
            try:
                return _TimedStream(self._plain.connect_tcp(address, port, self._deadline.left()), self._deadline)
            except httpcore.ConnectError as problem:
                failure = problem
        raise failure or httpcore.ConnectError("no address")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step has only the time that is left for all of them."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  our deadline counts
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  our deadline counts
        # In pieces: the stream below would start the time anew for each part that the other side takes.
        for start in range(0, len(buffer), 16_384):
            self._stream.write(buffer[start : start + 16_384], self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  our deadline counts
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over our connector: httpx's own transport has no place to put one."""

    def __init__(self, connector: httpcore.NetworkBackend, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=1, max_keepalive_connections=0, network_backend=connector
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        assert isinstance(request.stream, httpx.SyncByteStream)
        asked = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        answer = self._pool.handle_request(asked)
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterable[bytes]:  # type: ignore[override]
        yield from self._parts

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()
