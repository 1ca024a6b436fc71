"""What is seen of a name in the DNS, and how it is asked, in our own words.

Names are ASCII (A-labels), lower case, without a trailing dot. Times to live are seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

#: Errors that are answers all the same: the server knows the name and said so. "loop" is a chain of CNAMEs that
#: comes back to itself or is longer than we follow.
CERTAIN = frozenset({"", "nxdomain", "loop"})


@dataclass(frozen=True)
class View:
    """One server's answer about the name.

    ``server`` is the name server's own name, or the resolver's address. ``addresses`` and ``ipv6`` stand at the end of
    the chain ``cnames`` (targets in the order followed). ``ttl``: how long the answer may be kept by others; with no
    address, how long the absence may (RFC 2308).

    ``error`` is "" | "nxdomain" | "loop" (see ``CERTAIN``), or why this server could not be asked: "timeout" |
    "servfail" | "refused" | "lame" (it does not serve the zone) | "malformed" | "network" | "private" (its address is
    not on the public internet, so it is not asked) | "unresolved" (it has no address) | "dnssec" (a resolver has the
    answer, but its signatures do not hold). ``txt`` is what stands at the
    name for the verification, and ``txt_error`` why that could not be asked.
    """

    server: str
    addresses: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    cnames: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    error: str = ""
    ttl: int = 0
    txt_error: str = ""


@dataclass(frozen=True)
class Sighting:
    """Everything that was seen of ``name``, and nothing judged yet.

    ``authoritative``: one view for each name server of ``zone`` (the six first ones); ``resolvers``: one for each
    resolver that the install asks, as visitors may see the name now.
    ``caa``: the records that bind certificate authorities for this name (RFC 8659 section 3), each
    "<flags> <tag> <value>"; they stand at ``caa_name``. ``caa_error``: why they could not be asked.
    """

    name: str
    authoritative: tuple[View, ...] = ()
    resolvers: tuple[View, ...] = ()
    caa: tuple[str, ...] = ()
    zone: str = ""
    nameservers: tuple[str, ...] = ()
    caa_name: str = ""
    caa_error: str = ""


class LookupPort(Protocol):
    """Reads the DNS. Never raises for what servers do; never called inside a write transaction."""

    def look(self, name: str, verify: str = "") -> Sighting:
        """All that can be seen of `name` within 8 seconds. `verify`: a name whose TXT records are asked too."""


class ZonesPort(Protocol):
    """Our own DNS, where it holds a partner's zone. Declared; its adapter comes with DNS hosting."""

    def can_set(self, name: str) -> bool:
        """True when we hold the zone of `name`."""

    def point(self, name: str, addresses: Sequence[str]) -> None:
        """Let the A and AAAA records of `name` be exactly these, replacing a CNAME. Raises ProviderError."""
