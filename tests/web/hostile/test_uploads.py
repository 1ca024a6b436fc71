"""Uploads that lie about themselves, over a real socket: a clear answer, little memory, nothing kept on disk."""

from __future__ import annotations

import gc
import re
import resource
import socket
import threading
import warnings
from collections.abc import Iterable, Iterator

import pytest
from werkzeug.serving import make_server

from tests.web.sales.conftest import Desk, token

_PART = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
_MB = 2**20


class Sender:
    """What speaks HTTP by hand to the panel, signed in as its owner."""

    def __init__(self, desk: Desk, port: int) -> None:
        self.port, self.desk, owner = port, desk, desk.owner
        jar = owner.http._cookies or {}
        self.head = "\r\n".join(
            (
                "POST /site/media/upload HTTP/1.1",
                f"Host: {owner.host}\r\nOrigin: {owner.origin}\r\nSec-Fetch-Site: same-origin",
                f"X-CSRFToken: {token(owner.get('/site/media'))}\r\nAccept: application/json",
                "Cookie: " + "; ".join(f"{each.key}={each.value}" for each in jar.values()),
                "Content-Type: multipart/form-data; boundary=B\r\n",
            )
        )

    def send(self, length: str, body: Iterable[bytes]) -> tuple[int, int, str]:
        """(status, bytes that were taken, answer)."""
        taken, answer = 0, b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
            try:
                link.sendall(f"{self.head}{length}\r\n\r\n".encode())
                for piece in body:
                    link.sendall(piece)
                    taken += len(piece)
            except OSError:
                pass  # it has hung up: nobody must take what he will refuse
            while not _whole(answer) and (piece := self._more(link)):
                answer += piece
        return int(answer.split(b" ")[1]), taken, answer.decode()

    @staticmethod
    def _more(link: socket.socket) -> bytes:
        try:
            return link.recv(65_536)
        except ConnectionResetError:
            return b""

    def kept(self) -> list[str]:
        """Files in storage."""
        return [str(path) for path in self.desk.web.app.settings.media_root.rglob("*") if path.is_file()]


def _whole(answer: bytes) -> bool:
    """The server waits for the rest of a body that it has refused, so nobody may wait for the end of the line."""
    head, _sep, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(length) and len(body) >= int(length[1])  # type: ignore[index]


@pytest.fixture
def sender(desk: Desk) -> Iterator[Sender]:
    server = make_server("127.0.0.1", 0, desk.web.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Sender(desk, server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()
    for each in [each for each in threading.enumerate() if "process_request" in each.name]:
        each.join(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _zeros(megabytes: int) -> Iterator[bytes]:
    yield _PART
    yield from (bytes(_MB) for _ in range(megabytes))
    yield b"\r\n--B--\r\n"


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from (b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in pieces)
    yield b"0\r\n\r\n"


# A body that is given up in the middle leaves its temporary file to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_too_large_or_cut_off_is_told_so_and_leaves_nothing(sender: Sender) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    too_much = "That is too much at once"
    status, _taken, answer = sender.send(f"Content-Length: {2 * 1024 * _MB}", [_PART])
    assert (status, too_much in answer) == (413, True), "two gigabytes that are only announced are not waited for"
    status, _taken, answer = sender.send("Transfer-Encoding: chunked", _chunks(_zeros(60)))
    assert (status, too_much in answer) == (413, True)
    status, _taken, answer = sender.send(f"Content-Length: {len(_PART) + 5}", [_PART + b"\x89PNG"[:4] + b"\n"])
    assert status == 422
    assert '"message"' in answer
    crowd = b"".join(_PART + b"%d\r\n" % number for number in range(200)) + b"--B--\r\n"
    status, _taken, answer = sender.send(f"Content-Length: {len(crowd)}", [crowd])
    assert status == 422
    assert "send at most 20 at once" in answer
    parts = b"".join(
        b'--B\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % number for number in range(50_000)
    )
    status, _taken, answer = sender.send(f"Content-Length: {len(parts)}", [parts])
    assert status == 413
    assert sender.kept() == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80 * 1024, "kilobytes"
