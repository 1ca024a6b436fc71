"""A prospect's search as a browser sends it: one request, rows read from the event stream as they arrive."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass

from demo.plan import LOOPBACK

_ROW = re.compile(rb'data-name="([^"]+)" data-state="([a-z]+)"')


@dataclass(frozen=True)
class Seen:
    """What one search showed. Milliseconds from sending the request: the first answered row, and the last."""

    status: int
    rows: dict[str, str]
    first: float
    last: float
    streamed: bool

    @property
    def answered(self) -> int:
        """Rows that the registry's answer stands in."""
        return sum(state in ("free", "taken", "premium") for state in self.rows.values())


def search(port: int, path: str, host: str, source: str = LOOPBACK, timeout: float = 30) -> Seen:
    """Ask, and read to the end. `source` is the visitor's own loopback address: limits go by address.

    Raises OSError.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout, source_address=(source, 0))
    headers = {
        "Host": host,
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "Accept": "text/html, text/event-stream",
    }
    try:
        connection.connect()
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        return _read(connection.getresponse(), started)
    except http.client.HTTPException as problem:
        raise OSError(str(problem)) from problem
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse, started: float) -> Seen:
    rows: dict[str, str] = {}
    first = last = 0.0
    for line in answer:
        now = (time.perf_counter() - started) * 1000
        for name, state in _ROW.findall(line):
            rows[name.decode()] = state.decode()
            if state != b"waiting":
                first, last = first or now, now
    streamed = answer.headers.get("Content-Type", "").startswith("text/event-stream")
    return Seen(answer.status, rows, first, last, streamed)
