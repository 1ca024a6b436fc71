"""One question to one server, over UDP and then TCP, within a time; and what its answer says.

Nothing that a server sends gets out of here as an exception: a failure is a word in ``Reply.error``
(``providers.dns.port.View`` lists them).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.message import Message
from dns.name import Name

#: A lost datagram is asked for again: the parts of one question's time that its two tries have.
_TRIES = (0.4, 0.6)
#: As advised on the DNS flag day 2020: larger answers come over TCP instead of in fragments.
_PAYLOAD = 1232
#: Reading a record costs time, and a stranger decides how many there are. Our own limits, because the library reads
#: 64 kilobytes from anybody: a fifth of a second for thousands of records.
_LARGEST_DATAGRAM, _LARGEST_STREAM, _MOST_GUESSES = 4096, 16_384, 32
_LONGEST_TTL = 7 * 86_400
_RCODES = {
    dns.rcode.NOERROR: "",
    dns.rcode.NXDOMAIN: "nxdomain",
    dns.rcode.SERVFAIL: "servfail",
    dns.rcode.REFUSED: "refused",
    dns.rcode.NOTIMP: "refused",
}
#: The server spoke about the name; anything else means that it could not be asked.
ANSWERED = ("", "nxdomain")


@dataclass(frozen=True)
class Server:
    """Whom to ask. With an `error` it is not asked: that is the answer."""

    name: str
    addresses: tuple[str, ...]
    port: int = 53
    error: str = ""


@dataclass(frozen=True)
class Referral:
    """The server's word that somebody else serves `zone`; `glue` holds the addresses that it gave along."""

    zone: Name
    nameservers: tuple[Name, ...]
    glue: dict[Name, tuple[str, ...]]


@dataclass(frozen=True)
class Reply:
    """An answer, or the word for why there is none."""

    error: str
    message: Message | None = None

    @property
    def authoritative(self) -> bool:
        """True when the server says that the zone is its own."""
        return self.message is not None and bool(self.message.flags & dns.flags.AA)

    def values(self, owner: Name, kind: str) -> tuple[dns.rdata.Rdata, ...]:
        """The records of one type at exactly this name."""
        return tuple(self._rrset(owner, kind) or ())

    def target(self, owner: Name) -> Name | None:
        """Where the CNAME at this name leads."""
        found = self.values(owner, "CNAME")
        target = getattr(found[0], "target", None) if found else None
        return target if isinstance(target, Name) else None

    def ttl(self, owner: Name, kind: str) -> int:
        """How long these records, or their absence (RFC 2308 section 5), may be kept by others."""
        found = self._rrset(owner, kind)
        return min(_LONGEST_TTL, found.ttl if found else self._negative_ttl())

    def referral(self, above: Name, name: Name) -> Referral | None:
        """The delegation of a zone below `above` in which `name` lies (RFC 1034 section 4.2.1)."""
        if self.message is None or self.error or self.authoritative or self.message.answer:
            return None
        for rrset in self.message.authority:
            below = rrset.name != above and rrset.name.is_subdomain(above) and name.is_subdomain(rrset.name)
            if below and rrset.rdtype == dns.rdatatype.NS:
                names = tuple(record.target for record in rrset)
                return Referral(rrset.name, names, {each: self._glue(each) for each in names})
        return None

    def _glue(self, owner: Name) -> tuple[str, ...]:
        assert self.message is not None
        found = [rrset for rrset in self.message.additional if rrset.name == owner]
        texts = [
            record.to_text()
            for kind in ("A", "AAAA")
            for rrset in found
            if rrset.rdtype == kind_of(kind)
            for record in rrset
        ]
        return tuple(texts[:4])

    def _rrset(self, owner: Name, kind: str) -> dns.rrset.RRset | None:
        answer = self.message.answer if self.message else ()
        return next((rrset for rrset in answer if rrset.name == owner and rrset.rdtype == kind_of(kind)), None)

    def _negative_ttl(self) -> int:
        for rrset in self.message.authority if self.message else ():
            if rrset.rdtype == dns.rdatatype.SOA:
                return min(rrset.ttl, *(int(record.minimum) for record in rrset))
        return 0


def kind_of(kind: str) -> dns.rdatatype.RdataType:
    """The number of "A", "AAAA" ..."""
    return dns.rdatatype.from_text(kind)


class Asker:
    """Asks until its time is over; after that every answer is "timeout". `timeout`: seconds for one question."""

    def __init__(self, timeout: float, total: float) -> None:
        self.timeout = timeout
        self._end = time.monotonic() + total

    async def ask_resolver(self, server: Server, name: Name, kind: str) -> Reply:
        """A resolver's answer; "dnssec" when it has one that it gives only to who does not ask for proof."""
        reply = await self.ask(server, name, kind, recurse=True)
        if reply.error == "servfail":
            unchecked = await self.ask(server, name, kind, recurse=True, unchecked=True)
            return Reply("dnssec") if unchecked.error in ANSWERED else reply
        return reply

    async def ask(
        self, server: Server, name: Name, kind: str, *, recurse: bool = False, unchecked: bool = False
    ) -> Reply:
        """The answer of one server, at the first of its addresses that speaks."""
        if server.error:
            return Reply(server.error)
        reply = Reply("unresolved")
        for turn, part in enumerate(_TRIES):
            address = server.addresses[turn % len(server.addresses)]
            query = question(name, kind, recurse=recurse, unchecked=unchecked)
            reply = await self._once(address, server.port, query, self.timeout * part)
            if reply.error not in ("timeout", "network"):
                break
        return reply

    async def _once(self, address: str, port: int, query: Message, seconds: float) -> Reply:
        limit = min(seconds, self._end - time.monotonic())
        if limit <= 0:
            return Reply("timeout")
        try:
            async with asyncio.timeout(limit):
                message = await _datagrams(query, address, port) or await _stream(query, address, port)
        except TimeoutError:
            return Reply("timeout")
        except (dns.exception.DNSException, EOFError, ValueError):
            return Reply("malformed")
        except OSError:
            return Reply("network")
        return Reply(_RCODES.get(message.rcode(), "malformed"), message)


async def _datagrams(query: Message, address: str, port: int) -> Message | None:
    """The answer over UDP, None when it is cut and TCP has the whole. What is no answer to the question is passed over:
    it may be a stranger's guess, and the true answer still come (RFC 5452)."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((address, port))  # from here on only this server's datagrams arrive
        await loop.sock_sendall(sock, query.to_wire())
        for _ in range(_MOST_GUESSES):
            data = await loop.sock_recv(sock, _LARGEST_DATAGRAM)
            with contextlib.suppress(dns.exception.DNSException, ValueError):
                message = dns.message.from_wire(data, ignore_trailing=True)
                if query.is_response(message):
                    return None if message.flags & dns.flags.TC else message
    raise ValueError("too much that is no answer")


async def _stream(query: Message, address: str, port: int) -> Message:
    """The answer over TCP. Raises ValueError for one that is longer than we read, or answers something else."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        wire = query.to_wire()
        writer.write(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        if length > _LARGEST_STREAM:
            raise ValueError("longer than any answer to our questions")
        message = dns.message.from_wire(await reader.readexactly(length), ignore_trailing=True)
    finally:
        writer.close()
    if not query.is_response(message):
        raise ValueError("an answer to another question")
    return message


def question(name: Name, kind: str, *, recurse: bool, unchecked: bool) -> Message:
    """A question as resolvers (`recurse`) or zones' own servers take it, with a random id.

    `unchecked`: the answer is wanted even if its signatures do not hold (RFC 4035 section 3.2.2).
    """
    query = dns.message.make_query(name, kind, use_edns=0, payload=_PAYLOAD)
    query.flags = (dns.flags.RD if recurse else 0) | (dns.flags.CD if unchecked else 0)
    return query


async def first_answer(questions: Sequence[Awaitable[Reply]]) -> Reply:
    """The first one that is an answer, the others are left; when none is, the last failure."""
    tasks = [asyncio.ensure_future(each) for each in questions]
    reply = Reply("unresolved")
    try:
        for task in asyncio.as_completed(tasks):
            reply = await task
            if reply.error in ANSWERED:
                break
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return reply
