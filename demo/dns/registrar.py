"""A registrar's DNS editor without its page: made-up domains, their records, and the name servers that serve them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.message import Message

from demo.files import write_json

from .recursion import Recursor
from .server import Loop, free_port, pack
from .zones import Zones

#: Addresses of this machine that nothing else uses: two name servers and the resolver that the product asks.
NAMESERVERS = {"ns1.registrar.example": "127.53.1.1", "ns2.registrar.example": "127.53.1.2"}
RESOLVER = "127.53.1.3"
#: The address of an old host somewhere else (RFC 5737): where a new domain leads.
OLD_HOST = "198.51.100.7"
FIRST_DOMAIN = "my-shop.example"
#: A minute, so that one can watch a change arrive.
TTL = 60
KINDS = ("A", "AAAA", "CNAME", "TXT", "CAA", "MX")
_MOST = 100


class Refused(ValueError):
    """What was typed cannot stand in the DNS; the text says why."""


@dataclass(frozen=True)
class Record:
    """`name` is relative to the domain, "@" for the domain itself; `value` as one types it at a registrar."""

    name: str
    kind: str
    value: str


class Registrar:
    """The domains, kept in a file. Every change is served at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._domains = _kept(path)
        self._zones = Zones()
        self._serve()

    def domains(self) -> dict[str, list[Record]]:
        """Every domain with its records in the order written."""
        return {name: list(records) for name, records in self._domains.items()}

    def register(self, typed: str) -> str:
        """Take a made-up domain and let it lead to an old host. Returns its name. Raises Refused."""
        name = typed.strip().rstrip(".").lower()
        if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,20}", name) or len(name) > 200:
            raise Refused("Type a whole domain in plain letters, such as my-shop.example.")
        if name in self._domains or name == "registrar.example":
            raise Refused(f"{name} is taken.")
        if len(self._domains) >= _MOST:
            raise Refused("That is enough domains for a demo.")
        self._domains[name] = _first_records()
        self._changed()
        return name

    def add(self, domain: str, name: str, kind: str, value: str) -> None:
        """Add a record. Raises Refused."""
        record = Record(_relative(name, domain), kind, " ".join(value.split()))
        self._put(domain, [*self._domains[domain], record])

    def change(self, domain: str, number: int, value: str) -> None:
        """Give a record another value. Raises Refused."""
        records = list(self._domains[domain])
        records[number] = Record(records[number].name, records[number].kind, " ".join(value.split()))
        self._put(domain, records)

    def delete(self, domain: str, number: int) -> None:
        """Take a record away."""
        records = self._domains[domain]
        self._put(domain, [*records[:number], *records[number + 1 :]])

    async def respond(self, query: Message, tcp: bool) -> list[bytes]:
        """How both name servers answer."""
        return [pack(self._zones.answer(query), query, tcp=tcp)]

    def _put(self, domain: str, records: list[Record]) -> None:
        if len(records) > _MOST:
            raise Refused("That is enough records for a demo.")
        _check(records)
        self._domains[domain] = records
        self._changed()

    def _changed(self) -> None:
        write_json(self._path, {name: [vars(each) for each in records] for name, records in self._domains.items()})
        self._serve()

    def _serve(self) -> None:
        own = "\n".join(f"@ NS {server}." for server in NAMESERVERS)
        for domain, records in self._domains.items():
            lines = [f"{each.name} {each.kind} {_rdata(each)}" for each in records]
            self._zones.put(domain, "\n".join((own, *lines)), TTL)
        for ending in {name.rpartition(".")[2] for name in self._domains}:
            below = [name for name in self._domains if name.endswith(f".{ending}")]
            lines = [f"{name}. NS {server}." for name in below for server in NAMESERVERS]
            self._zones.put(ending, "\n".join((own, *lines)), TTL)
        self._zones.put("registrar.example", "\n".join((own, *_hosts())), TTL)
        self._zones.put(".", "\n".join((own, *_hosts())), TTL)


@contextmanager
def serving(registrar: Registrar) -> Iterator[str]:
    """The name servers and the resolver, until the block ends. Gives the resolver as "ip:port"."""
    addresses = [*NAMESERVERS.values(), RESOLVER]
    port = free_port(addresses)
    with Loop() as loop:
        for address in NAMESERVERS.values():
            loop.serve(address, port, registrar.respond)
        loop.serve(RESOLVER, port, Recursor(addresses[0], port).respond)
        yield f"{RESOLVER}:{port}"


def _first_records() -> list[Record]:
    """A domain as people have it: a page at an old host, and mail that must not be touched."""
    return [Record("@", "A", OLD_HOST), Record("www", "CNAME", "@"), Record("@", "MX", "10 mail.registrar.example")]


def _kept(path: Path) -> dict[str, list[Record]]:
    try:
        found: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {FIRST_DOMAIN: _first_records()}
    return {name: [Record(**each) for each in records] for name, records in found.items()}


def _hosts() -> list[str]:
    return [f"{name}. A {address}" for name, address in NAMESERVERS.items()]


def _relative(typed: str, domain: str) -> str:
    name = f".{typed.strip().rstrip('.').lower()}".removesuffix(f".{domain}").strip(".") or "@"
    if name == "@":
        return name
    if len(name) > 100 or not re.fullmatch(r"(\*|[a-z0-9_-]{1,63})(\.[a-z0-9_-]{1,63})*", name):
        raise Refused("A record's name has letters, digits, dots and hyphens; @ is the domain itself.")
    return name


def _check(records: list[Record]) -> None:
    for each in records:
        _rdata(each)
    for name in {each.name for each in records if each.kind == "CNAME"}:
        if name == "@":
            raise Refused("The domain itself cannot have a CNAME: set an A record.")
        if len([each for each in records if each.name == name]) > 1:
            raise Refused(f"A CNAME stands alone: {name} has other records. Delete them first.")


def _rdata(record: Record) -> str:
    """The value as a zone file says it. Names with a dot are whole ones, as registrars understand them."""
    value = record.value
    if record.kind == "TXT" and not value.startswith('"'):
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if record.kind in ("CNAME", "MX") and "." in value and not value.endswith("."):
        value += "."
    try:
        found = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(record.kind), value, dns.name.empty)
    except (dns.exception.DNSException, ValueError):
        raise Refused(f"{record.value or 'Nothing'} is no value for a record of type {record.kind}.") from None
    return found.to_text()
