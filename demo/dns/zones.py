"""What zones' own servers answer: the algorithm of RFC 1034 section 4.3.2 over zone files, without the network."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
from dns.message import Message
from dns.name import Name
from dns.zone import Zone

_TTL = 300
_HEAD = """$TTL {ttl}
@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 {ttl}
"""


class Zones:
    """The zones of one server. A server may hold a zone and the one above it."""

    def __init__(self) -> None:
        self._zones: dict[Name, Zone] = {}

    def put(self, origin: str, text: str, ttl: int = _TTL) -> None:
        """Serve a zone, or serve it anew. `text`: a zone file without SOA ("@ A 192.0.2.1"), `ttl` for what names none.

        Raises dns.exception.DNSException when the file says what no zone can say.
        """
        name = dns.name.from_text(origin)
        text = _HEAD.format(ttl=ttl) + text
        self._zones[name] = dns.zone.from_text(text, origin=name, relativize=False, check_origin=False)

    def drop(self, origin: str) -> None:
        """Serve it no more."""
        self._zones.pop(dns.name.from_text(origin), None)

    def answer(self, query: Message) -> Message:
        """The answer to one question; REFUSED for a name in no zone of this server."""
        response = dns.message.make_response(query)
        asked = query.question[0]
        zone = self._zone_of(asked.name)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
        elif (cut := _delegation(zone, asked.name)) is not None:
            _refer(response, zone, cut)
        else:
            response.flags |= dns.flags.AA
            _fill(response, zone, asked.name, asked.rdtype)
        return response

    def _zone_of(self, name: Name) -> Zone | None:
        return next((self._zones[each] for each in _upwards(name) if each in self._zones), None)


def _upwards(name: Name) -> list[Name]:
    return [dns.name.Name(name.labels[cut:]) for cut in range(len(name.labels))]


def _delegation(zone: Zone, name: Name) -> dns.rrset.RRset | None:
    """The NS records below the zone's own name that take this name out of it."""
    assert zone.origin is not None
    below = [each for each in _upwards(name) if each.is_subdomain(zone.origin) and each != zone.origin]
    found = [rrset for each in reversed(below) if (rrset := zone.get_rrset(each, "NS"))]
    return found[0] if found else None


def _refer(response: Message, zone: Zone, cut: dns.rrset.RRset) -> None:
    response.authority.append(cut)
    for record in cut:
        for kind in ("A", "AAAA"):
            if glue := zone.get_rrset(record.target, kind):
                response.additional.append(glue)


def _fill(response: Message, zone: Zone, name: Name, kind: dns.rdatatype.RdataType) -> None:
    seen: set[Name] = set()
    while name not in seen:
        seen.add(name)
        found = _at(zone, name)
        if found is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return _deny(response, zone)
        if rrset := _owned(zone, found, name, kind):
            response.answer.append(rrset)
            return None
        link = _owned(zone, found, name, dns.rdatatype.CNAME)
        if link is None:
            return _deny(response, zone)
        response.answer.append(link)
        name = link[0].target
        if not name.is_subdomain(zone.origin or dns.name.root):
            return None
    return None


def _at(zone: Zone, name: Name) -> Name | None:
    """The name whose records count at `name`: itself, or the wildcard above it; None when there is none."""
    if any(each.is_subdomain(name) for each in zone.nodes):
        return name
    for above in _upwards(name)[1:]:
        if (wildcard := dns.name.Name((b"*", *above.labels))) in zone.nodes:
            return wildcard
        if any(each.is_subdomain(above) for each in zone.nodes):
            return None
    return None


def _owned(zone: Zone, found: Name, name: Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
    rdataset = zone.get_rdataset(found, kind)
    return dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset)) if rdataset else None


def _deny(response: Message, zone: Zone) -> None:
    """No such record, and how long that may be remembered (RFC 2308 section 3)."""
    assert zone.origin is not None
    if soa := zone.get_rrset(zone.origin, "SOA"):
        response.authority.append(soa)
