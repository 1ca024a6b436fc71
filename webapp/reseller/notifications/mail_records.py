"""Which DNS records a partner's mail needs so that others believe it, and what is seen of them (SPF, DKIM, DMARC).

Judges what was read, asks nobody. RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.foundation.i18n import N_
from webapp.providers.dns.port import Sighting

SELECTOR = re.compile(r"[a-z0-9]([a-z0-9._-]{0,60}[a-z0-9])?")


@dataclass(frozen=True)
class Verdict:
    """One of the three: tone (ok, warn, danger, info), what is seen (a msgid and its values), the record to add."""

    what: str  # "SPF", "DKIM", "DMARC"
    tone: str
    message: str
    params: dict[str, object] = field(default_factory=dict)
    name: str = ""
    record: str = ""  # value of the TXT record at `name`; "" when there is nothing to add


def texts(seen: Sighting) -> tuple[str, ...]:
    """The TXT records that were found, by whoever answered first."""
    return next((view.txt for view in (*seen.authoritative, *seen.resolvers) if view.txt), ())


def spf(domain: str, server: str, found: Sequence[str]) -> Verdict:
    """May `server` send for the domain?"""
    records = [text for text in found if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        message = N_("There is no SPF record: receivers cannot tell your mail from forged one.")
        return Verdict("SPF", "warn", message, {}, domain, f"v=spf1 {_term(server)} ~all")
    if len(records) > 1:
        message = N_("There are %(count)s SPF records; only one may be there, so receivers pass over all of them.")
        return Verdict("SPF", "danger", message, {"count": len(records)}, domain, _with(records[0], server))
    terms = records[0].lower().split()
    if any(term in ("all", "+all") for term in terms):
        message = N_("The SPF record lets the whole internet send in your name. End it with ~all.")
        return Verdict("SPF", "danger", message, {}, domain, _with(records[0], server))
    if any(_covers(term, server) for term in terms):
        return Verdict("SPF", "ok", N_("The SPF record names %(server)s."), {"server": server})
    message = N_("The SPF record does not name %(server)s. If no other part of it stands for that server, change it.")
    return Verdict("SPF", "warn", message, {"server": server}, domain, _with(records[0], server))


def _covers(term: str, server: str) -> bool:
    kind, _, host = term.lstrip("+").partition(":")
    parent = server.partition(".")[2]
    return (
        kind in ("a", "mx", "include") and bool(host) and (host == server or ("." in parent and host.endswith(parent)))
    )


def _term(server: str) -> str:
    """The mechanism that names a server, which may be known by its address alone (RFC 7208, 5.3 and 5.6)."""
    if ":" in server:
        return f"ip6:{server}"
    return f"ip4:{server}" if server.replace(".", "").isdigit() else f"a:{server}"


def _with(record: str, server: str) -> str:
    """The record with the server named in front of its end, and an end that lets nobody else send."""
    terms = [term for term in record.split() if term.lower() not in ("all", "+all")]
    end = [term for term in terms if term.lower().endswith("all")] or ["~all"]
    rest = [term for term in terms if term not in end]
    mine = [] if any(_covers(term.lower(), server) for term in rest) else [_term(server)]
    return " ".join([*rest, *mine, *end])


def dkim(domain: str, selector: str, found: Sequence[str]) -> Verdict:
    """Is the key there with which the mail server signs?"""
    name = f"{selector}._domainkey.{domain}"
    keys = [text for text in found if re.search(r"(^|;)\s*p=", text)]
    if any(re.search(r"(^|;)\s*p=\s*[A-Za-z0-9+/]", text) for text in keys):
        return Verdict("DKIM", "ok", N_("The key at %(name)s is there."), {"name": name})
    if keys:
        return Verdict("DKIM", "danger", N_("The key at %(name)s was withdrawn: its p= is empty."), {"name": name})
    message = N_("There is no key at %(name)s. Whoever runs the mail server gives you its value.")
    return Verdict("DKIM", "warn", message, {"name": name}, name, "v=DKIM1; k=rsa; p=...")


def dmarc(domain: str, mailbox: str, found: Sequence[str]) -> Verdict:
    """What shall receivers do with mail that is neither?"""
    if any(text.replace(" ", "").lower().startswith("v=dmarc1;") for text in found):
        return Verdict("DMARC", "ok", N_("There is a DMARC record."))
    message = N_("There is no DMARC record. Large mailbox providers ask for one.")
    record = f"v=DMARC1; p=none; rua=mailto:{mailbox}"
    return Verdict("DMARC", "info", message, {}, f"_dmarc.{domain}", record)
