"""A small internet's DNS on loopback: a root, endings, zones with several name servers, two resolvers with memories.

Real messages over real UDP and TCP sockets (the engine is the demo's, demo/dns). All servers share one free port at
addresses of 127.53.0.0/16. Use it as a fixture, for a module or longer; each test takes names of its own:

    @pytest.fixture(scope="module")
    def world() -> Iterator[World]:
        with World() as world:
            yield world

    zone = world.zone("shop.example", "@ A 127.0.0.1\nwww CNAME @")     # a zone file without SOA and NS; two servers
    zone.set("@ A 198.51.100.7")                                        # the owner edits it
    zone.servers[0].mode = "timeout"                                    # one of MODES; "" is well again
    world.forget()                                                      # the resolvers ask anew (as if TTLs ran out)
    world.lookup().look("shop.example")                                 # our adapter, pointed at this world
    world.drop(zone)                                                    # expired: NXDOMAIN from the ending
    world.resolvers                                                     # "127.53.0.2:40123", ...: WITRYNA_DNS_RESOLVERS
    zone.servers[0].asked                                               # [(name, kind)] that reached it

Zones below a zone are delegated there; endings (".example") come by themselves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.message import Message

from demo.dns.recursion import Recursor
from demo.dns.server import Loop, Responder, free_port, pack
from demo.dns.zones import Zones
from webapp.providers.dns.lookup import Lookup

#: An address that no test of ours means: what lying servers say.
LIE = "198.51.100.66"
#: Seconds for one question: little to wait for nothing, much for a busy machine to answer.
SOON = 0.6


class Nameserver:
    """One server at one address. `respond` is how it answers while it is well."""

    def __init__(self, name: str, address: str, respond: Responder | None = None) -> None:
        self.name, self.address, self.mode = name, address, ""
        self.zones = Zones()
        self.asked: list[tuple[str, str]] = []
        self._respond = respond or self._authoritative

    async def respond(self, query: Message, tcp: bool) -> list[bytes]:
        asked = query.question[0]
        self.asked.append((asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)))
        well = await self._respond(query, tcp)
        return MODES[self.mode](query, well, tcp) if self.mode else well

    async def _authoritative(self, query: Message, tcp: bool) -> list[bytes]:
        return [pack(self.zones.answer(query), query, tcp=tcp)]


class ServedZone:
    """A zone and its servers. The world keeps the delegation above it."""

    def __init__(self, name: str, servers: Sequence[Nameserver], ttl: int) -> None:
        self.name, self.servers, self.ttl = name, tuple(servers), ttl
        self._text = ""
        self.below: list[ServedZone] = []

    def set(self, text: str, *, only: Nameserver | None = None) -> None:
        """Serve these records, at all servers or (a secondary that lags behind) at one."""
        if only is None:
            self._text = text
        for server in [only] if only else self.servers:
            server.zones.put(self.name, "\n".join((text, *self._head())), self.ttl)

    def add(self, below: ServedZone) -> None:
        self.below.append(below)
        self.set(self._text)

    def remove(self, below: ServedZone) -> None:
        self.below.remove(below)
        self.set(self._text)

    def _head(self) -> list[str]:
        """Its own NS records, the delegations below, and the servers' addresses."""
        lines = []
        for zone in (self, *self.below):
            for server in zone.servers:
                lines.append(f"{_absolute(zone.name)} NS {server.name}.")
                if server.name.endswith(zone.name):
                    lines.append(f"{server.name}. {'AAAA' if ':' in server.address else 'A'} {server.address}")
        return lines


class World:
    """See the module's text."""

    def __init__(self) -> None:
        self._numbers = iter(range(1, 250))
        self._root_address, *resolvers = (self._next_address() for _ in range(3))
        self.port = free_port([self._root_address, *resolvers])
        self._loop = Loop()
        self._recursors = [Recursor(self._root_address, self.port) for _ in resolvers]
        self.resolver_servers = [
            Nameserver("", address, recursor.respond)
            for address, recursor in zip(resolvers, self._recursors, strict=True)
        ]
        root = Nameserver("root.invalid", self._root_address)
        self._zones = {"": ServedZone("", [root], 300)}

    def __enter__(self) -> World:
        self._loop.__enter__()
        for server in (*self._zones[""].servers, *self.resolver_servers):
            self._loop.serve(server.address, self.port, server.respond)
        self._zones[""].set("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.__exit__(kind, error, trace)

    @property
    def resolvers(self) -> tuple[str, ...]:
        return tuple(f"{server.address}:{self.port}" for server in self.resolver_servers)

    def zone(self, name: str, text: str = "", *, servers: int | Sequence[Nameserver] = 2, ttl: int = 300) -> ServedZone:
        """Delegate a zone to new servers (so many) or to ones that exist, and fill it."""
        if "." in name and name.rpartition(".")[2] not in self._zones:
            self.zone(name.rpartition(".")[2], servers=1)
        given = self._servers(name, servers) if isinstance(servers, int) else servers
        zone = ServedZone(name, given, ttl)
        self._zones[name] = zone
        zone.set(text)
        self._above(name).add(zone)
        return zone

    def nameserver(self, name: str) -> Nameserver:
        """A new server that serves nothing yet."""
        server = Nameserver(name, self._next_address())
        self._loop.serve(server.address, self.port, server.respond)
        return server

    def drop(self, zone: ServedZone) -> None:
        """The registration is gone: the zone above knows the name no more."""
        self._above(zone.name).remove(zone)
        del self._zones[zone.name]
        for server in zone.servers:
            server.zones.drop(zone.name)

    def forget(self) -> None:
        """The resolvers' memories are empty."""
        for each in self._recursors:
            each.forget()

    def lookup(self, **settings: Any) -> Lookup:
        """Our adapter in this world. `timeout=SOON` where a server is silent on purpose."""
        return Lookup(self.resolvers, **{"allow_loopback": True, **settings})

    def _servers(self, name: str, count: int) -> list[Nameserver]:
        return [self.nameserver(f"ns{number}.{name}") for number in range(1, count + 1)]

    def _above(self, name: str) -> ServedZone:
        while name:
            name = name.partition(".")[2]
            if name in self._zones:
                return self._zones[name]
        return self._zones[""]

    def _next_address(self) -> str:
        return f"127.53.0.{next(self._numbers)}"


def _absolute(name: str) -> str:
    return f"{name}."


# --- how servers fail. Each takes the question, what a well server says, and whether it came over TCP

Mode = Callable[[Message, list[bytes], bool], list[bytes]]


def _refusing(code: dns.rcode.Rcode) -> Mode:
    def answer(query: Message, _well: list[bytes], _tcp: bool) -> list[bytes]:
        response = dns.message.make_response(query)
        response.set_rcode(code)
        return [response.to_wire()]

    return answer


def _authoritative(query: Message, *records: str, kind: str = "A") -> Message:
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if query.question[0].rdtype == dns.rdatatype.from_text(kind):
        response.answer.append(dns.rrset.from_text_list(query.question[0].name, 300, "IN", kind, records))
    return response


def _truncated(query: Message, well: list[bytes], tcp: bool) -> list[bytes]:
    if tcp:
        return well
    response = _authoritative(query)
    response.answer.clear()
    response.flags |= dns.flags.TC
    return [response.to_wire()]


def _stalled(query: Message, well: list[bytes], tcp: bool) -> list[bytes]:
    return [] if tcp else _truncated(query, well, tcp)


def _spoofed(query: Message, well: list[bytes], _tcp: bool) -> list[bytes]:
    """Somebody else's guesses come before the true answer."""
    lie = _authoritative(query, LIE)
    guesses = []
    for step in (1, 2, 3):
        lie.id = (query.id + step) % 65_536
        guesses.append(lie.to_wire())
    return [*guesses, *well]


def _flood(query: Message, _well: list[bytes], tcp: bool) -> list[bytes]:
    """Many records, in an answer that is still read."""
    response = _authoritative(query, *(f"198.18.{number // 250}.{number % 250 + 1}" for number in range(500)))
    if query.question[0].rdtype == dns.rdatatype.TXT:
        response = _authoritative(query, *(f'"{number:04}{"x" * 250}"' for number in range(50)), kind="TXT")
    return [pack(response, query, tcp=tcp)]


def _huge(query: Message, well: list[bytes], tcp: bool) -> list[bytes]:
    """As much as one message may hold."""
    return [well[0] + bytes(65_000)] if tcp else _truncated(query, well, tcp)


def _endless(query: Message, _well: list[bytes], _tcp: bool) -> list[bytes]:
    """A chain that gets longer whoever follows it."""
    name = query.question[0].name
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    target = f"x{random.randrange(10**9)}.{'.'.join(name.to_text().split('.')[-3:])}"
    response.answer.append(dns.rrset.from_text(name, 1, "IN", "CNAME", target))
    return [response.to_wire()]


def _silent_about(kind: str) -> Mode:
    def answer(query: Message, well: list[bytes], _tcp: bool) -> list[bytes]:
        return [] if query.question[0].rdtype == dns.rdatatype.from_text(kind) else well

    return answer


def _bogus(query: Message, well: list[bytes], tcp: bool) -> list[bytes]:
    """A resolver that checks signatures, and these do not hold."""
    return well if query.flags & dns.flags.CD else _refusing(dns.rcode.SERVFAIL)(query, well, tcp)


MODES: dict[str, Mode] = {
    "timeout": lambda query, well, tcp: [],
    "servfail": _refusing(dns.rcode.SERVFAIL),
    "refused": _refusing(dns.rcode.REFUSED),
    "formerr": _refusing(dns.rcode.FORMERR),
    # It answers as one that does not serve the zone: no error, no AA flag, nothing.
    "lame": _refusing(dns.rcode.NOERROR),
    "lie": lambda query, well, tcp: [_authoritative(query, LIE).to_wire()],
    "nonsense": lambda query, well, tcp: [query.to_wire()] * 40,  # sends the question back, again and again
    "truncated": _truncated,  # UDP says "ask over TCP", TCP works
    "stalled": _stalled,  # UDP says "ask over TCP", TCP never answers
    "garbage": lambda query, well, tcp: [query.id.to_bytes(2, "big") + random.randbytes(200)],
    "spoofed": _spoofed,
    "flood": _flood,
    "huge": _huge,
    "endless": _endless,
    "bogus": _bogus,
    "no_aaaa": _silent_about("AAAA"),
    "no_caa": _silent_about("CAA"),
}
