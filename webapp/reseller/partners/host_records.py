"""The DNS records that a partner's names need, as providers' forms want them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import host_names, hosts
from .models import Host


@dataclass(frozen=True)
class Record:
    """One record to set: `label` is the name within the zone ("@", "www"), `name` the whole one."""

    kind: str  # A | AAAA | TXT
    label: str
    name: str
    value: str
    #: The last look has seen it.
    there: bool = False


@dataclass(frozen=True)
class Group:
    """A partner's names in one zone: what is set in one place, by one person."""

    zone: str
    hosts: tuple[Host, ...]

    @property
    def first(self) -> Host:
        """The one whose id stands for the group in addresses: the oldest."""
        return min(self.hosts, key=lambda host: host.id)


def groups(rows: Iterable[Host]) -> list[Group]:
    """A partner's own names by zone, in the order of the rows; within a zone the shortest first."""
    found: dict[str, list[Host]] = {}
    for host in rows:
        if host.kind != "raw":
            found.setdefault(zone_of(host), []).append(host)
    return [Group(zone, tuple(sorted(own, key=lambda host: (len(host.name), host.id)))) for zone, own in found.items()]


def zone_of(host: Host) -> str:
    """Where the name's records are set: what the last look found, else the registrable name.

    A domain that does not exist yet is found in its ending's zone, where nobody but the registry sets records.
    """
    name, seen = bare(host.name), host.dns.get("zone")
    above = host_names.parents(name)
    return str(seen) if seen in (name, *above) else next(iter(reversed(above)), name)


def bare(name: str) -> str:
    """Without the port, which no record knows."""
    return name.partition(":")[0]


def label(name: str, zone: str) -> str:
    """The name as a provider's form wants it: "@" for the zone itself, else what stands in front of it."""
    return "@" if name == zone else name.removesuffix(f".{zone}")


def records(group: Group, partner_code: str, ipv4: Sequence[str], ipv6: Sequence[str]) -> list[Record]:
    """Everything to set for the names of a group, addresses first."""
    made = [each for host in group.hosts for each in _addresses(host, group.zone, ipv4, ipv6)]
    return made + [_proof(host, group.zone, partner_code) for host in group.hosts if host.needs_txt and host.token]


def _addresses(host: Host, zone: str, ipv4: Sequence[str], ipv6: Sequence[str]) -> list[Record]:
    name, seen = bare(host.name), host.dns.get("seen") or ()
    wanted = [("A", each) for each in ipv4] + [("AAAA", each) for each in ipv6]
    return [Record(kind, label(name, zone), name, value, value in seen) for kind, value in wanted]


def _proof(host: Host, zone: str, partner_code: str) -> Record:
    name = hosts.txt_name(host)
    there = bool(host.dns.get("txt"))
    return Record("TXT", label(name, zone), name, hosts.txt_value(host, partner_code), there)
