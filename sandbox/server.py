"""The TLS server: one thread a connection, frames in, frames out, an orderly end."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import ssl
import threading
import time
from pathlib import Path

from sandbox import accounts
from sandbox.certificates import CA_FILE, CERT_FILE, KEY_FILE, ensure_certificates
from sandbox.engine import Engine, Reply
from sandbox.epp import frames
from sandbox.sessions import Session
from sandbox.store import Store

MAX_CONNECTIONS = 200
HANDSHAKE_SECONDS = 10
_log = logging.getLogger("sandbox")


class Server:
    """Listens on a socket and serves each connection in a thread."""

    def __init__(self, engine: Engine, folder: Path, host: str, port: int) -> None:
        self._engine = engine
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls.load_cert_chain(folder / CERT_FILE, folder / KEY_FILE)
        self._listener = socket.create_server((host, port), family=_family(host), backlog=128)
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self.port = int(self._listener.getsockname()[1])

    def run(self) -> None:
        """Accept until :meth:`end`, then close what is open."""
        while not self._ending.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                if not self._ending.is_set():
                    _log.warning("accept: %s", error)
                    time.sleep(0.1)
                continue
            self._start(connection)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def end(self) -> None:
        """Stop accepting, at once; safe in a signal handler."""
        self._ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def _start(self, connection: socket.socket) -> None:
        if not self._slots.acquire(blocking=False):
            connection.close()
            return
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        session = Session()
        current = connection
        try:
            connection.settimeout(HANDSHAKE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            current = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(current)
            self._converse(current, session)
        except (OSError, frames.PeerGoneError):
            pass  # The peer left, or does not speak TLS: nobody is there to be told.
        except Exception:  # noqa: BLE001 - the log gets it whole; the server goes on
            _log.exception("a connection failed")
        finally:
            with self._lock:
                self._open.discard(current)
            _shut(current)
            self._engine.sessions.leave(session)
            self._slots.release()

    def _converse(self, connection: socket.socket, session: Session) -> None:
        frames.send(connection, self._engine.greeting())
        while not self._ending.is_set():
            try:
                frame = frames.receive(connection, *self._engine.limits())
            except frames.FrameError as error:
                frames.send(connection, self._engine.reject(session, str(error)))
                return
            reply = self._engine.execute(session, frame)
            if not _deliver(connection, reply):
                return


def _deliver(connection: socket.socket, reply: Reply) -> bool:
    """Send a reply; False when the connection ends with it."""
    if reply.wait:
        time.sleep(reply.wait)
    connection.settimeout(30)
    for xml in reply.frames:
        data = frames.encode(xml)
        connection.sendall(data[: len(data) // 2] if reply.half else data)
    return not reply.close


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def serve(folder: Path, host: str, port: int, ready_file: Path | None) -> None:
    """Run a registry in this process until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    ensure_certificates(folder, host)
    store = Store(folder)
    accounts.prepare(store)
    server = Server(Engine(store), folder, host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.end())
    _announce(store, host, server.port, ready_file)
    server.run()
    store.close()


def _announce(store: Store, host: str, port: int, ready_file: Path | None) -> None:
    facts = {
        "host": host,
        "port": port,
        "ca_file": str((store.folder / CA_FILE).resolve()),
        "accounts": accounts.sign_ins(store),
        "pid": os.getpid(),
    }
    if ready_file is None:
        print(json.dumps(facts), flush=True)
        return
    # By rename: who waits for the file must never see half of it.
    part = ready_file.with_name(ready_file.name + ".part")
    part.write_text(json.dumps(facts), encoding="utf-8")
    part.replace(ready_file)
