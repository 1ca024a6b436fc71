"""An EPP peer that misbehaves exactly as a test says: wrong clTRID, drip, silence, good-bye while idle.

It stands at the wire (real TLS, real frames) for what the sandbox registry, being correct, cannot be made to do.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from sandbox.certificates import ensure_certificates

EPP = "urn:ietf:params:xml:ns:epp-1.0"
DOMAIN = "urn:ietf:params:xml:ns:domain-1.0"
GREETING = (
    f'<epp xmlns="{EPP}"><greeting><svID>peer</svID><svDate>2026-11-21T00:00:00Z</svDate><svcMenu>'
    f"<version>1.0</version><lang>en</lang><objURI>{DOMAIN}</objURI></svcMenu></greeting></epp>"
)

#: What a script yields: a frame's text, raw bytes, or seconds to wait. Its end leaves the connection open.
Step = str | bytes | float
Script = Callable[[str], Iterable[Step]]


class HangUp(Exception):
    """Raised by a script: close the connection now."""


def cltrid(frame: str) -> str:
    """The client transaction id of a command frame."""
    found = re.search(r"<(?:\w+:)?clTRID>([^<]*)<", frame)
    return found.group(1) if found else ""


def answer(key: str | None, code: int = 1000, data: str = "") -> str:
    """A response frame; ``key`` None leaves the clTRID out."""
    echoed = "" if key is None else f"<clTRID>{key}</clTRID>"
    return (
        f'<epp xmlns="{EPP}"><response><result code="{code}"><msg>scripted</msg></result>'
        f"<resData>{data}</resData><trID>{echoed}<svTRID>SV-1</svTRID></trID></response></epp>"
    )


def all_free(frame: str) -> str:
    """The answer to a domain check in which every name is free."""
    names = re.findall(r"<domain:name>([^<]*)<", frame)
    rows = "".join(f'<d:cd><d:name avail="1">{name}</d:name></d:cd>' for name in names)
    return answer(cltrid(frame), data=f'<d:chkData xmlns:d="{DOMAIN}">{rows}</d:chkData>')


def packed(text: str) -> bytes:
    """A frame as it goes over the wire (RFC 5734)."""
    body = text.encode()
    return struct.pack("!I", len(body) + 4) + body


class WirePeer:
    """``with WirePeer(folder, script) as peer:`` listens on ``peer.port`` until the block ends."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, script: Script, port: int = 0) -> None:
        ensure_certificates(folder, self.host)
        self.ca_file = str(folder / "ca.pem")
        self.script = script
        self.commands: list[str] = []
        self.logins = 0
        self.hellos = 0
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(folder / "server.pem", folder / "server.key")
        self._listener = socket.create_server((self.host, port))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()

    def __enter__(self) -> WirePeer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, as a registry does with idle ones."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(raw, server_side=True) as connection:
                self._open.add(connection)
                connection.sendall(packed(GREETING))
                while True:
                    self._answer(connection, _read(connection))
        except (OSError, HangUp):
            return
        finally:
            raw.close()

    def _answer(self, connection: ssl.SSLSocket, frame: str) -> None:
        if "<hello" in frame:
            self.hellos += 1
            connection.sendall(packed(GREETING))
        elif "<login>" in frame:
            self.logins += 1
            connection.sendall(packed(answer(cltrid(frame))))
        else:
            self.commands.append(frame)
            for step in self.script(frame):
                _perform(connection, step)


def _perform(connection: ssl.SSLSocket, step: Step) -> None:
    if isinstance(step, float):
        time.sleep(step)
    else:
        connection.sendall(packed(step) if isinstance(step, str) else step)


def _read(connection: ssl.SSLSocket) -> str:
    (length,) = struct.unpack("!I", _exactly(connection, 4))
    return _exactly(connection, length - 4).decode()


def _exactly(connection: ssl.SSLSocket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise HangUp
        data += part
    return data
