"""A resolver as a visitor's network has one: asks from the root downwards and remembers what it was told."""

from __future__ import annotations

import time
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.message import Message
from dns.name import Name

from webapp.foundation.outbound_addresses import is_loopback

from .server import pack

_LINKS, _CUTS = 8, 8


@dataclass
class _Kept:
    until: float
    rcode: dns.rcode.Rcode
    answer: list[dns.rrset.RRset]
    authority: list[dns.rrset.RRset]


class Recursor:
    """Resolves below the root server at `root`:`port`; all name servers answer at that port of loopback addresses and
    have glue.

    `timeout`: seconds for one question to one of them.
    """

    def __init__(self, root: str, port: int, timeout: float = 1.0) -> None:
        self._root, self._port, self._timeout = root, port, timeout
        self._kept: dict[tuple[Name, dns.rdatatype.RdataType], _Kept] = {}

    def forget(self) -> None:
        """Ask anew from here on."""
        self._kept.clear()

    async def respond(self, query: Message, tcp: bool) -> list[bytes]:
        """The answer to somebody who trusts this resolver."""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name, kind = query.question[0].name, query.question[0].rdtype
        for _ in range(_LINKS):
            found = await self._one(name, kind)
            response.set_rcode(found.rcode)
            response.answer.extend(found.answer)
            link = found.answer[-1] if found.answer else None
            if link is None or link.rdtype != dns.rdatatype.CNAME or kind == dns.rdatatype.CNAME:
                response.authority.extend(found.authority)
                return [pack(response, query, tcp=tcp)]
            name = link[0].target
        response.set_rcode(dns.rcode.SERVFAIL)
        return [pack(response, query, tcp=tcp)]

    async def _one(self, name: Name, kind: dns.rdatatype.RdataType) -> _Kept:
        """The records at the name and the links inside their zone, from memory with the time they have left."""
        kept, now = self._kept.get((name, kind)), time.monotonic()
        if kept is None or kept.until <= now:
            message = await self._walk(name, kind)
            if message is None:
                return _Kept(0, dns.rcode.SERVFAIL, [], [])
            kept = _keep(message, now)
            self._kept[name, kind] = kept
        left = max(0, int(kept.until - now))
        return _Kept(kept.until, kept.rcode, _aged(kept.answer, left), _aged(kept.authority, left))

    async def _walk(self, name: Name, kind: dns.rdatatype.RdataType) -> Message | None:
        servers = [self._root]
        for _ in range(_CUTS):
            message = await self._ask(servers, name, kind)
            if message is None or message.flags & dns.flags.AA:
                return message
            told = [record.to_text() for rrset in message.additional for record in rrset]
            servers = [address for address in told if is_loopback(address)]  # all of this DNS is on this machine
        return None

    async def _ask(self, servers: list[str], name: Name, kind: dns.rdatatype.RdataType) -> Message | None:
        """The first usable answer: authoritative, or a referral with glue."""
        for server in servers:
            query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
            query.flags &= ~dns.flags.RD
            try:
                message, _ = await dns.asyncquery.udp_with_fallback(
                    query, server, self._timeout, self._port, ignore_errors=True, ignore_unexpected=True
                )
            except (dns.exception.DNSException, OSError, EOFError):
                continue
            usable = message.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
            if usable and (message.flags & dns.flags.AA or message.additional):
                return message
        return None


def _keep(message: Message, now: float) -> _Kept:
    ttl = min((rrset.ttl for rrset in (*message.answer, *message.authority)), default=0)
    return _Kept(now + ttl, message.rcode(), message.answer, message.authority)


def _aged(rrsets: list[dns.rrset.RRset], left: int) -> list[dns.rrset.RRset]:
    return [dns.rrset.from_rdata_list(rrset.name, min(rrset.ttl, left), list(rrset)) for rrset in rrsets]
