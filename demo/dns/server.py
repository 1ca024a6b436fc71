"""Sockets of name servers: UDP and TCP at loopback addresses, all in one thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

import dns.exception
import dns.flags
import dns.message
from dns.message import Message

T = TypeVar("T")

#: Takes a question and whether it came over TCP; gives the bytes to send, one item a message, none for silence.
Responder = Callable[[Message, bool], Awaitable[list[bytes]]]


def pack(response: Message, query: Message, *, tcp: bool) -> bytes:
    """The answer as it goes out: over UDP it is cut and marked when it is longer than the asker takes."""
    limit = 65_535 if tcp else max(512, query.payload)
    return response.to_wire(max_size=limit, prefer_truncation=True)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, respond: Responder, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._respond, self._spawn = respond, spawn
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._spawn(self._answer(data, addr))

    async def _answer(self, data: bytes, addr: tuple[Any, ...]) -> None:
        for each in await _answers(self._respond, data, tcp=False):
            if self._transport is not None and not self._transport.is_closing():
                self._transport.sendto(each, addr)


class Loop:
    """The thread that all name servers of this program live in. `with Loop() as loop: loop.serve(...)`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dns", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: list[asyncio.BaseTransport | asyncio.Server] = []

    def __enter__(self) -> Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this in the thread and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    def serve(self, address: str, port: int, respond: Responder) -> None:
        """Answer at `address`:`port` over UDP and TCP. Raises OSError when it is taken."""
        self.run(self._serve(address, port, respond))

    async def _serve(self, address: str, port: int, respond: Responder) -> None:
        async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _converse(reader, writer, respond)

        server = await asyncio.start_server(stream, address, port)
        self._open.append(server)
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Datagrams(respond, self._spawn), local_addr=(address, port)
        )
        self._open.append(transport)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self) -> None:
        for each in self._open:
            each.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Responder) -> None:
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            for each in await _answers(respond, await reader.readexactly(length), tcp=True):
                writer.write(struct.pack("!H", len(each)) + each)
            await writer.drain()
    except (OSError, EOFError, asyncio.CancelledError):
        pass  # the client has gone, or the server ends in the midst of it
    finally:
        writer.close()


async def _answers(respond: Responder, data: bytes, *, tcp: bool) -> list[bytes]:
    """What to send for these bytes; nothing for what is no question."""
    try:
        query = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError):
        return []
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return []
    return await respond(query, tcp)


#: Below the ports that systems lend to clients: a server that comes later, at another address, finds it free too.
_PORTS = range(20_000, 32_000)


def free_port(addresses: list[str]) -> int:
    """A port that is free at all these addresses, over UDP and TCP."""
    while True:
        port = secrets.choice(_PORTS)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for address in addresses:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    stack.enter_context(socket.socket(type=kind)).bind((address, port))
            return port
