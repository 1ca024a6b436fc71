"""Frames of EPP over TCP (RFC 5734 section 4): four bytes of total length, then the XML."""

from __future__ import annotations

import socket
import struct
import time

HEADER = 4
MAX_FRAME = 1024 * 1024


class FrameError(Exception):
    """The length header cannot be right; the stream has no frame boundary any more."""


class PeerGoneError(Exception):
    """The peer closed the connection, or was too slow."""


def encode(xml: bytes) -> bytes:
    """The bytes that go on the wire for one XML document."""
    return struct.pack("!I", len(xml) + HEADER) + xml


def send(sock: socket.socket, xml: bytes) -> None:
    """Write one frame in one call: header and body apart would wait for a delayed acknowledgement."""
    sock.sendall(encode(xml))


def receive(sock: socket.socket, idle_seconds: float, frame_seconds: float) -> bytes:
    """Read one frame.

    The peer may be silent for ``idle_seconds``; once a frame has begun it must be whole after ``frame_seconds``.
    Raises :class:`FrameError` on an impossible length and :class:`PeerGoneError` when the peer left or was too slow.
    """
    first = _read(sock, 1, time.monotonic() + idle_seconds)
    deadline = time.monotonic() + frame_seconds
    (length,) = struct.unpack("!I", first + _read(sock, HEADER - 1, deadline))
    if not HEADER < length <= MAX_FRAME:
        raise FrameError(f"frame length {length} is not between {HEADER + 1} and {MAX_FRAME}")
    return _read(sock, length - HEADER, deadline)


def _read(sock: socket.socket, count: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise PeerGoneError("too slow")
        part = _receive_some(sock, count, left)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _receive_some(sock: socket.socket, count: int, seconds: float) -> bytes:
    sock.settimeout(seconds)
    try:
        part = sock.recv(min(count, 65536))
    except OSError as error:
        raise PeerGoneError(str(error)) from error
    if not part:
        raise PeerGoneError("closed by the peer")
    return part
