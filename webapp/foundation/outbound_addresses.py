"""Our own list of addresses that are not the public internet. Python's `is_global` lets several of them through.

Sources: the IANA special-purpose address registries (RFC 6890 and later entries), RFC 5771 (multicast).
"""

from __future__ import annotations

import ipaddress

_FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier NAT; some clouds keep their metadata here
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's own agent, at an address that looks public
        "169.254.0.0/16",  # link local: cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
#: All that is in use on the IPv6 internet. NAT64, IPv4-mapped and -compatible, unique and link local are outside.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
#: ISATAP writes an IPv4 address behind these 32 bits of an interface identifier (RFC 5214).
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """True when the numeric address is on the public internet. Anything unreadable or scoped is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _FORBIDDEN_V4)
    if found.scope_id is not None or (int(found) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return found in _GLOBAL_V6 and not any(found in network for network in _FORBIDDEN_V6)


def is_loopback(address: str) -> bool:
    """True for 127.0.0.0/8 and ::1 only; their disguises are not accepted even where loopback is allowed."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found == ipaddress.IPv6Address("::1") or (found.version == 4 and found.is_loopback)
