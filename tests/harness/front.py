"""A front on loopback: plain HTTP and TLS sockets that answer the shop check, and get (or do not get) certificates.

What Caddy does is tried with a real Caddy in tests/deploy; this one fails on demand.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from webapp.foundation import shop_check

_PEM = serialization.Encoding.PEM


class Authority:
    """A certificate authority in a folder; `file` is what its visitors trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._signed("Test Authority", self._key, authority=True).public_bytes(_PEM))
        self._made: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, *, authority: bool = False) -> x509.Certificate:
        issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Authority")])
        subject = issuer if authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=90))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def context(self, name: str) -> ssl.SSLContext:
        """The certificate of a name; the same one for all who ask at once."""
        with self._lock:
            if name not in self._made:
                self._made[name] = self._context(name)
            return self._made[name]

    def _context(self, name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        secret = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self._folder / f"{name}.pem"
        file.write_bytes(self._signed(name, key).public_bytes(_PEM) + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class Front:
    """`may` says whether a name gets a certificate. `mode`: "" | "silent" | "stranger" (another install answers) |
    "breaks" (TLS ends in the middle) | "plain" (no TLS at all). `tls_asked`, `http_asked`: the names that came."""

    def __init__(self, authority: Authority, secret_key: str, may: Callable[[str], bool]) -> None:
        self.authority, self.may, self.mode = authority, may, ""
        self._secret = secret_key
        self.http_asked: list[str] = []
        self.tls_asked: list[str] = []
        self._http, self._tls = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        self.http_port: int = self._http.getsockname()[1]
        self.tls_port: int = self._tls.getsockname()[1]

    def __enter__(self) -> Front:
        for listening, serve in ((self._http, self._answer), (self._tls, self._answer_tls)):
            threading.Thread(target=self._serve, args=(listening, serve), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._tls.close()

    def _serve(self, listening: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection, serve), daemon=True).start()

    def _one(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with connection:
            connection.settimeout(5)
            try:
                serve(connection)
            except OSError:
                return

    def _answer(self, connection: socket.socket) -> None:
        head = connection.recv(4096).decode("latin-1")
        host = next(line[6:] for line in head.split("\r\n") if line.lower().startswith("host: "))
        self.http_asked.append(host)
        if self.mode == "silent":
            time.sleep(2)
            return
        token = head.split(" ")[1].removeprefix(shop_check.PREFIX)
        secret = "of another install" if self.mode == "stranger" else self._secret
        body = shop_check.answer(secret, host, token)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def _answer_tls(self, connection: socket.socket) -> None:
        if self.mode == "plain":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._certificate
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                self._answer(secure)
        except ssl.SSLError:
            return

    def _certificate(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        self.tls_asked.append(name or "")
        if self.mode == "breaks":
            return int(ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE)
        if name is None or not self.may(name):
            return int(ssl.ALERT_DESCRIPTION_INTERNAL_ERROR)
        connection.context = self.authority.context(name)
        return None
