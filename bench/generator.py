"""A load generator for machines without wrk: `python -m bench.generator PORT PATH HOST SECONDS CONNECTIONS`.

One thread, kept connections, the next request when the answer is whole. It is slower than wrk, so that fast servers
look slower than they are; the CPU per request of the servers is right all the same.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

_END = b"\r\n\r\n"

#: Visits of programs that say so are not counted: the answers to a browser have all their costs.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@dataclass
class _Connection:
    port: int
    request: bytes
    socket: socket.socket = field(default_factory=socket.socket)
    buffer: bytes = b""
    sent_at: float = 0.0

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.buffer = b""

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self) -> int | None:
        """The status when an answer is whole, None while it is not. Raises OSError when the server hangs up."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionResetError
        self.buffer += data
        head, mark, body = self.buffer.partition(_END)
        if not mark or len(body) < _length(head):
            return None
        self.buffer = body[_length(head) :]
        return int(head.split(maxsplit=2)[1])


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ConnectionAbortedError("an answer without a length")


def run(port: int, path: str, host: str, seconds: float, count: int) -> dict[str, float]:
    """The fields of `load.Load`."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {BROWSER}\r\n\r\n".encode()
    waits: list[float] = []
    bad = 0
    with selectors.DefaultSelector() as selector:
        for connection in [_Connection(port, request) for _ in range(count)]:
            _begin(selector, connection)
        start = time.perf_counter()
        while (now := time.perf_counter()) - start < seconds:
            for key, _ in selector.select(timeout=0.1):
                bad += _serve(selector, key.data, waits)
    elapsed = now - start
    waits.sort()
    done = len(waits)
    share = [waits[int(done * part)] * 1000 if waits else 0.0 for part in (0.5, 0.99)]
    return {"requests": done, "per_second": done / elapsed, "p50": share[0], "p99": share[1], "bad": bad}


def _begin(selector: selectors.BaseSelector, connection: _Connection) -> None:
    connection.open()
    selector.register(connection.socket, selectors.EVENT_READ, connection)
    connection.send()


def _serve(selector: selectors.BaseSelector, connection: _Connection, waits: list[float]) -> int:
    """Take what has come; 1 for a bad answer or a lost connection, which is opened again."""
    try:
        status = connection.receive()
        if status is None:
            return 0
        waits.append(time.perf_counter() - connection.sent_at)
        connection.send()
    except OSError:
        selector.unregister(connection.socket)
        connection.socket.close()
        _begin(selector, connection)
        return 1
    return 0 if 200 <= status < 300 else 1


if __name__ == "__main__":
    _, port_, path_, host_, seconds_, count_ = sys.argv
    print(json.dumps(run(int(port_), path_, host_, float(seconds_), int(count_))))
