"""Frames over TLS (RFC 5734) with a deadline for the whole answer.

The transport of epptools counts its timeout anew for every packet, so a registry that drips one byte
a second could hold a caller for hours; it also cannot tell whether an idle connection is still clean.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from dataclasses import dataclass
from functools import cache

from epptools.exceptions import ConnectionException
from epptools.transport import Transport

MAX_FRAME = 1_048_576


@dataclass(frozen=True)
class Endpoint:
    """Where a registry listens and how its certificate is judged. Seconds for ``connect_seconds``."""

    host: str
    port: int
    tls: ssl.SSLContext
    connect_seconds: float
    #: (namespace in our frames, namespace in the registry's frames)
    namespaces: tuple[tuple[str, str], ...] = ()


def tls_context(ca_file: str | None, client_cert: str | None, client_key: str | None) -> ssl.SSLContext:
    """Verifies chain and name; ``ca_file`` replaces the system's authorities when the registry has its own."""
    if ca_file is None and client_cert is None:
        return _of_this_machine()
    context = _strict(ca_file)
    if client_cert is not None:
        context.load_cert_chain(client_cert, client_key)
    return context


@cache
def _of_this_machine() -> ssl.SSLContext:
    """The system's own authorities, a few hundred: read once per process."""
    return _strict(None)


def _strict(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class DeadlineTransport(Transport):
    """One connection. After any failure it is closed for good: its byte stream cannot be trusted."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._sock: ssl.SSLSocket | None = None
        self._deadline = 0.0
        #: Seconds from sending a command to having its whole answer.
        self.answer_seconds = endpoint.connect_seconds

    def open(self) -> None:
        """TCP, TLS; the greeting must follow within the same ``connect_seconds``."""
        end = self._endpoint
        self._deadline = time.monotonic() + end.connect_seconds
        try:
            raw = socket.create_connection((end.host, end.port), timeout=end.connect_seconds)
        except OSError as error:
            raise ConnectionException(f"cannot connect to {end.host}:{end.port}: {error}") from error
        try:
            raw.settimeout(self._remaining())
            self._sock = end.tls.wrap_socket(raw, server_hostname=end.host)
        except OSError as error:
            raw.close()
            raise ConnectionException(f"TLS with {end.host}:{end.port} failed: {error}") from error

    def is_open(self) -> bool:
        return self._sock is not None

    def close(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    def is_clean(self) -> bool:
        """True when nothing waits to be read: neither the registry's good-bye nor a stray second answer."""
        if self._sock is None:
            return False
        try:
            self._sock.setblocking(False)
            self._sock.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            pass
        return False

    def write_frame(self, xml: str) -> None:
        body = self._translated(xml, outward=True).encode()
        self._deadline = time.monotonic() + self.answer_seconds
        sock = self._usable()
        try:
            sock.settimeout(self._remaining())
            sock.sendall(struct.pack("!I", len(body) + 4) + body)
        except OSError as error:
            raise self._broken(f"sending failed: {error}") from error

    def read_frame(self) -> str:
        (length,) = struct.unpack("!I", self._exactly(4))
        if not 4 < length <= MAX_FRAME:
            raise self._broken(f"a frame of {length} bytes was announced")
        try:
            return self._translated(self._exactly(length - 4).decode(), outward=False)
        except UnicodeDecodeError as error:
            raise self._broken("a frame is not UTF-8") from error

    def _exactly(self, count: int) -> bytes:
        sock, parts = self._usable(), bytearray()
        while len(parts) < count:
            try:
                sock.settimeout(self._remaining())
                part = sock.recv(count - len(parts))
            except OSError as error:
                raise self._broken(f"no answer: {error}") from error
            if not part:
                raise self._broken("no answer: the registry closed the connection")
            parts += part
        return bytes(parts)

    def _remaining(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        return remaining

    def _usable(self) -> ssl.SSLSocket:
        if self._sock is None:
            raise ConnectionException("the connection is closed")
        return self._sock

    def _broken(self, why: str) -> ConnectionException:
        self.close()
        return ConnectionException(why)

    def _translated(self, xml: str, *, outward: bool) -> str:
        for ours, theirs in self._endpoint.namespaces:
            xml = xml.replace(f'"{ours}"', f'"{theirs}"') if outward else xml.replace(f'"{theirs}"', f'"{ours}"')
        return xml
