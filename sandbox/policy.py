"""Which names this registry has: syntax, endings, reserved and premium names."""

from __future__ import annotations

import ipaddress
import re
import sqlite3

import idna

from sandbox.epp.results import Refused

TLDS = (
    "com net org info biz pl com.pl net.pl de eu io sk cz hu ro at ch fr it es nl be se dk fi no uk co me tv xyz "
    "shop online store app dev site tech cloud agency studio hosting "
    "org.pl info.pl biz.pl edu.pl waw.pl wroclaw.pl lt lv ee si lu li co.uk us ca cc ai mobi pro top club blog design "
    "email digital company space website live group media services"
)
SPECIAL = {
    "reserved": "nic.pl nic.com registry.com registry.pl whois.com www.com",
    "premium": "gold.com crypto.com casino.com gold.pl loans.shop",
}
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def host_name(raw: str) -> str:
    """A host or domain name in lower case. Raises ``Refused(2005)`` for what is not one (RFC 1123, RFC 5891)."""
    name = raw.lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_label(label) for label in labels):
        raise Refused(2005, f"not a valid name: {raw}"[:200])
    return name


def _label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    if label[2:4] != "--":
        return True
    try:
        return label.startswith("xn--") and idna.encode(idna.decode(label)).decode() == label
    except idna.IDNAError:
        return False


def suffix_of(db: sqlite3.Connection, name: str) -> str | None:
    """The ending served here that ``name`` is directly under, else None."""
    suffix = name.partition(".")[2]
    row = db.execute("SELECT name FROM tlds WHERE name = ?", (suffix,)).fetchone()
    # A name such as com.pl is itself an ending and never a registrable name.
    taken = db.execute("SELECT 1 FROM tlds WHERE name = ?", (name,)).fetchone()
    return None if row is None or taken else str(row["name"])


def registrable(db: sqlite3.Connection, raw: str) -> str:
    """The normal form of a name that could be registered. Raises ``Refused`` 2005 or 2306."""
    name = host_name(raw)
    if suffix_of(db, name) is None:
        raise Refused(2306, f"{name} is not directly under an ending of this registry")
    return name


def special_kind(db: sqlite3.Connection, name: str) -> str | None:
    """``reserved`` or ``premium`` for a name that is not for sale in the normal way."""
    row = db.execute("SELECT kind FROM special_names WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["kind"])


def autorenews(db: sqlite3.Connection, name: str) -> bool:
    """Whether the ending prolongs its names by itself on the day of expiry."""
    row = db.execute("SELECT expiry FROM tlds WHERE name = ?", (name.partition(".")[2],)).fetchone()
    return row is not None and row["expiry"] == "autorenew"


def address(value: str, kind: str) -> str:
    """The normal form of an IP address of the kind ``v4`` or ``v6``. Raises ``Refused(2005)``."""
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError as error:
        raise Refused(2005, f"not an IP address: {value}") from error
    if f"v{parsed.version}" != kind:
        raise Refused(2005, f"{value} is not of the kind {kind}")
    if parsed.is_unspecified or parsed.is_multicast:
        raise Refused(2004, f"{value} cannot be a name server's address")
    return str(parsed)
