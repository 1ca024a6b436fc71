"""What every server that matters says about a name: its zone's own servers, asked directly, and the resolvers.

Our own walk, because a resolver's answer may be hours old: the zone above says who serves the zone now, and those
servers say what stands in it now (RFC 1034 section 5.3.3). Servers belong to strangers. What they may do is bounded:
time, number of servers, referrals, links of a chain, records kept; and an address that is not on the public internet is
never asked, so that nobody lets us look around in a private network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.name
from dns.name import Name
from dns.rdata import Rdata

from webapp.foundation.outbound_addresses import is_loopback, is_public

from .port import Sighting, View
from .wire import ANSWERED, Asker, Referral, Reply, Server, first_answer

_MOST_SERVERS, _MOST_RESOLVERS, _MOST_REFERRALS, _MOST_LINKS = 6, 3, 4, 8
_MOST_VALUES, _LONGEST_TEXT = 32, 255
#: Cuts between zones are looked for among so many of the uppermost names; deeper ones are found by referrals.
_DEPTH, _CAA_DEPTH = 6, 10


@dataclass(frozen=True)
class _Zone:
    name: Name
    servers: tuple[Server, ...]


@dataclass(frozen=True)
class _Source:
    """Whom a question goes to, and the zone below which its word counts."""

    ask: Callable[[Name, str], Awaitable[Reply]]
    zone: Name = dns.name.root


@dataclass(frozen=True)
class _Found:
    values: tuple[Rdata, ...] = ()
    cnames: tuple[Name, ...] = ()
    error: str = ""
    ttl: int = 0


class Lookup:
    """The DNS as it is (``LookupPort``). No state between calls; any thread without a running event loop may call it.

    ``resolvers``: "ip" or "ip:port" ("[::1]:5353"). ``allow_loopback`` lets tests and the demo keep zones' own servers
    on this machine: at the port of their first resolver, if that is here too, for the port of the DNS is not theirs to
    take. ``timeout``: seconds for one question, ``total``: for all of them.
    """

    def __init__(
        self,
        resolvers: Sequence[str],
        *,
        allow_loopback: bool = False,
        timeout: float = 2.0,
        total: float = 8.0,
    ) -> None:
        self._resolvers = tuple(resolver(each) for each in resolvers[:_MOST_RESOLVERS])
        self._allow_loopback = allow_loopback
        here = allow_loopback and self._resolvers and is_loopback(self._resolvers[0].addresses[0])
        self._port = self._resolvers[0].port if here else 53
        self._timeout, self._total = timeout, total

    def look(self, name: str, verify: str = "") -> Sighting:
        """See ``LookupPort``."""
        walk = _Walk(Asker(self._timeout, self._total), self._resolvers, self._port, self._may_ask)
        # In a thread of its own: asyncio.run refuses where the caller's thread runs an event loop already.
        with ThreadPoolExecutor(1, "dns-look") as apart:
            return apart.submit(lambda: asyncio.run(walk.sighting(name, verify))).result()

    def _may_ask(self, address: str) -> bool:
        return is_public(address) or (self._allow_loopback and is_loopback(address))


class _Walk:
    """One look at one name."""

    def __init__(self, asker: Asker, resolvers: tuple[Server, ...], port: int, may_ask: Callable[[str], bool]) -> None:
        self._asker, self._resolvers, self._port, self._may_ask = asker, resolvers, port, may_ask
        self._beyond = _Source(self._resolve)

    async def sighting(self, text: str, verify: str) -> Sighting:
        name, proof = dns.name.from_text(text), _name(verify)
        seen = asyncio.gather(*(self._view(each, self._recursive(each), name, proof) for each in self._resolvers))
        zone = await self._zone_of(name)
        views = asyncio.gather(*(self._view(each, self._direct(each, zone.name), name, proof) for each in zone.servers))
        caa_name, caa = await self._caa(name, zone)
        return Sighting(
            name=text,
            authoritative=tuple(await views),
            resolvers=tuple(await seen),
            caa=_texts(caa.values),
            zone=_text(zone.name) if zone.servers else "",
            nameservers=tuple(each.name for each in zone.servers),
            caa_name=_text(caa_name) if caa.values else "",
            caa_error=caa.error,
        )

    # --- whom to ask

    async def _zone_of(self, name: Name) -> _Zone:
        """The zone that holds the name, by the word of the zone above it."""
        cuts = await self._cuts(name)
        if not cuts:
            return _Zone(dns.name.root, ())
        zone = await self._zone(cuts[min(1, len(cuts) - 1)])
        for _ in range(_MOST_REFERRALS):
            referral = await self._referral(zone, name)
            if referral is None:
                break
            zone = await self._zone(referral)
        # One server often holds both zones and then does not refer; what the resolvers know of the lower one counts.
        return zone if zone.name.is_subdomain(cuts[0].zone) else await self._zone(cuts[0])

    async def _cuts(self, name: Name) -> list[Referral]:
        """The zones above the name that the resolvers know, the nearest one first."""
        names = _upwards(name)[-_DEPTH:]
        replies = await asyncio.gather(*(self._find(each, "NS") for each in names))
        servers = [_targets(reply.values(each, "NS")) for each, reply in zip(names, replies, strict=True)]
        return [Referral(each, found, {}) for each, found in zip(names, servers, strict=True) if found]

    async def _referral(self, zone: _Zone, name: Name) -> Referral | None:
        questions = [self._asker.ask(each, name, "A") for each in zone.servers[:3]]
        return (await first_answer(questions)).referral(zone.name, name)

    async def _zone(self, cut: Referral) -> _Zone:
        names = sorted(set(cut.nameservers))[:_MOST_SERVERS]
        return _Zone(cut.zone, tuple(await asyncio.gather(*(self._server(each, cut.glue) for each in names))))

    async def _server(self, name: Name, glue: dict[Name, tuple[str, ...]]) -> Server:
        found = glue.get(name, ()) or await self._addresses(name)
        allowed = tuple(address for address in found if self._may_ask(address))
        error = "" if allowed else "private" if found else "unresolved"
        return Server(_text(name), allowed[:2], self._port, error)

    async def _addresses(self, name: Name) -> tuple[str, ...]:
        for kind in ("A", "AAAA"):
            found = (await self._find(name, kind)).values(name, kind)
            if found:
                return _texts(found)
        return ()

    # --- how to ask

    async def _find(self, name: Name, kind: str) -> Reply:
        """Where servers are. Signatures may fail here: the resolvers' views say that they do."""
        questions = [self._asker.ask(each, name, kind, recurse=True, unchecked=True) for each in self._resolvers]
        return await first_answer(questions)

    async def _resolve(self, name: Name, kind: str) -> Reply:
        return await first_answer([self._asker.ask_resolver(each, name, kind) for each in self._resolvers])

    def _recursive(self, server: Server) -> _Source:
        async def ask(name: Name, kind: str) -> Reply:
            return await self._asker.ask_resolver(server, name, kind)

        return _Source(ask)

    def _direct(self, server: Server, zone: Name) -> _Source:
        async def ask(name: Name, kind: str) -> Reply:
            reply = await self._asker.ask(server, name, kind)
            lame = reply.error in ANSWERED and not reply.authoritative
            return Reply("lame") if lame else reply

        return _Source(ask, zone)

    def _any_of(self, zone: _Zone) -> _Source:
        sources = [self._direct(each, zone.name) for each in zone.servers]

        async def ask(name: Name, kind: str) -> Reply:
            return await first_answer([each.ask(name, kind) for each in sources])

        return _Source(ask, zone.name)

    async def _follow(self, source: _Source, name: Name, kind: str) -> _Found:
        """The records at the end of the chain that starts at the name."""
        chain: list[Name] = []
        here = name
        while True:
            asked, at = here, source if here.is_subdomain(source.zone) else self._beyond
            reply = await at.ask(here, kind)
            if reply.error == "lame" and chain:  # the link leads into a zone below, which others serve
                at, reply = self._beyond, await self._resolve(here, kind)
            if reply.error not in ANSWERED:
                return _Found(cnames=tuple(chain), error=reply.error)
            while here.is_subdomain(at.zone) and (target := reply.target(here)):
                if target in (name, *chain) or len(chain) >= _MOST_LINKS:
                    return _Found(cnames=tuple(chain), error="loop")
                chain.append(target)
                here = target
            values = reply.values(here, kind) if here.is_subdomain(at.zone) else ()
            if values or here == asked:
                return _Found(values, tuple(chain), "" if values else reply.error, reply.ttl(here, kind))

    # --- what to ask

    async def _view(self, server: Server, source: _Source, name: Name, proof: Name | None) -> View:
        old, new, txt = await asyncio.gather(
            self._follow(source, name, "A"), self._follow(source, name, "AAAA"), self._proof(source, proof)
        )
        return View(
            server=server.name,
            addresses=_texts(old.values),
            ipv6=_texts(new.values),
            cnames=tuple(_text(each) for each in old.cnames or new.cnames),
            txt=_quoted(txt.values) if proof else (),
            error=_worst(old.error, new.error),
            ttl=old.ttl,
            txt_error="" if txt.error == "nxdomain" else txt.error,
        )

    async def _proof(self, source: _Source, name: Name | None) -> _Found:
        """TXT at exactly this name. A CNAME is not followed: a wildcard's target may be anybody's."""
        if name is None:
            return _Found()
        reply = await source.ask(name, "TXT")
        return _Found(reply.values(name, "TXT"), error=reply.error)

    async def _caa(self, name: Name, zone: _Zone) -> tuple[Name, _Found]:
        """The nearest CAA records upwards (RFC 8659 section 3); a name that cannot be asked ends the search."""
        inside, names = self._any_of(zone), _upwards(name)[-_CAA_DEPTH:]
        sources = [inside if zone.servers and each.is_subdomain(zone.name) else self._beyond for each in names]
        found = await asyncio.gather(
            *(self._follow(source, each, "CAA") for source, each in zip(sources, names, strict=True))
        )
        for each, answer in zip(names, found, strict=True):
            if answer.values or answer.error not in ANSWERED:
                return each, answer
        return name, _Found()


def resolver(text: str) -> Server:
    """ "1.1.1.1", "127.0.0.1:5353", "2606:4700::1111" or "[::1]:5353". Raises ValueError for a port that is none."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    else:
        address, port = text, ""
    return Server(text, (address,), int(port or 53))


def _upwards(name: Name) -> list[Name]:
    """The name and all above it but the root."""
    found = []
    while name != dns.name.root:
        found.append(name)
        name = name.parent()
    return found


def _name(text: str) -> Name | None:
    """None for "" and for a name that is longer than the DNS can hold."""
    try:
        return dns.name.from_text(text) if text else None
    except dns.exception.DNSException:
        return None


def _targets(records: Sequence[Rdata]) -> tuple[Name, ...]:
    return tuple(target for each in records if isinstance(target := getattr(each, "target", None), Name))


def _text(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _texts(records: Sequence[Rdata]) -> tuple[str, ...]:
    return tuple(sorted(each.to_text()[:_LONGEST_TEXT] for each in records)[:_MOST_VALUES])


def _quoted(records: Sequence[Rdata]) -> tuple[str, ...]:
    """The texts of TXT records, their parts joined as the writer meant them (RFC 7208 section 3.3)."""
    found = [b"".join(getattr(each, "strings", ())).decode("utf-8", "replace") for each in records]
    return tuple(sorted(text[:_LONGEST_TEXT] for text in found)[:_MOST_VALUES])


def _worst(first: str, second: str) -> str:
    """A name does not exist only when both questions say so; any other failure of one of them counts."""
    failed = [error for error in (first, second) if error not in ANSWERED]
    if failed:
        return failed[0]
    return first if first == second else ""
