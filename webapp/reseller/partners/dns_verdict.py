"""What a sighting of a name means for the shop that wants to answer there. Pure: no network, no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from webapp.providers.dns.port import CERTAIN, Sighting, View

from .dns_places import is_parking, is_proxy


@dataclass(frozen=True)
class Expected:
    """Where the name must lead. ``addresses`` and ``ipv6`` are the install's; ``cas`` the identities of its
    certificate authorities in CAA records; ``own`` the raw names of this partner; ``platform`` the install's own name
    without a port (another partner's raw name below it is never ours)."""

    addresses: tuple[str, ...]
    ipv6: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True)
class Verdict:
    """What to tell the partner (``code``, ``params``) and what the claim rule may conclude.

    ``points_here``: every server of the zone that answered leads to our addresses and nowhere else.
    ``elsewhere``: every one that answered leads certainly not to us, and no resolver remembers that it did.
    ``certain``: at least one of them answered; without it nothing has failed, it only could not be checked.
    ``seen``: the addresses, or the ends of CNAMEs that lead to none. ``retry_after``: seconds worth waiting, 0 = usual.

    Codes (``params``): "ok" | "propagating" (``minutes``, ``servers``) | "caa" (``who``, ``at``) | "dnssec" (its
    signatures do not hold, so many see nothing; ``servers``: the resolvers that say so) | "missing" |
    "nxdomain" | "loop" (``chain``) | "wrong_address" (``seen``) | "extra_address" (``extra``) | "ipv6_elsewhere"
    (``seen``) | "proxy" (``who``, ``seen``) | "parked" (``seen``) | "cname_elsewhere", "apex_cname" (``target``,
    ``seen``) | "disagree" (``here``, ``there``: servers) | "unreachable" (``errors``, ``servers``) | "unconfigured"
    (the install has no public address). With the first two the name works, at once or soon; with "caa" it points
    here, but no certificate can be had. ``params`` holds texts, numbers and lists of texts only: it is kept as JSON.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    points_here: bool = False
    elsewhere: bool = False
    certain: bool = True
    retry_after: int = 0


def judge(sighting: Sighting, expected: Expected) -> Verdict:
    """The one thing to say about the name now: the first that has to be mended."""
    answered = [view for view in sighting.authoritative if view.error in CERTAIN]
    if not expected.addresses and not expected.ipv6:
        return Verdict("unconfigured", certain=False)
    if not answered:
        return _unreachable(sighting)
    verdicts = [_judge_view(view, sighting, expected) for view in answered]
    seen = _unique(value for view in answered for value in _ends(view))
    wrong = [verdict for verdict in verdicts if verdict.code != "ok"]
    if not wrong:
        return _judge_rest(sighting, expected, seen)
    if len(wrong) < len(verdicts):
        return _disagreement(answered, verdicts, seen)
    elsewhere = not any(_touches(view, expected) for view in (*answered, *sighting.resolvers))
    return Verdict(wrong[0].code, wrong[0].params, seen, elsewhere=elsewhere)


def txt_found(sighting: Sighting, value: str) -> bool:
    """True when every server of the zone that answered has this text. Resolvers' memories prove nothing."""
    answered = [view for view in sighting.authoritative if not view.txt_error]
    return bool(answered) and all(value in (text.strip() for text in view.txt) for view in answered)


# --- one server's answer


def _judge_view(view: View, sighting: Sighting, expected: Expected) -> Verdict:
    if view.error == "loop":
        return Verdict("loop", {"chain": list(view.cnames)})
    stray = _strays(view.addresses, expected.addresses)
    if _stranger(view, expected) or not view.addresses or len(stray) == len(view.addresses):
        return _not_here(view, sighting, expected)
    if stray:
        return Verdict("extra_address", {"extra": stray})
    foreign = _strays(view.ipv6, expected.ipv6)
    return Verdict("ipv6_elsewhere", {"seen": foreign}) if foreign else Verdict("ok")


def _not_here(view: View, sighting: Sighting, expected: Expected) -> Verdict:
    values = [*view.addresses, *view.ipv6]
    if who := next(filter(None, map(is_proxy, values)), ""):
        return Verdict("proxy", {"who": who, "seen": values})
    if values and is_parking(*sighting.nameservers, *view.cnames):
        return Verdict("parked", {"seen": values})
    if view.cnames and view.cnames[-1] not in expected.own:
        code = "apex_cname" if sighting.name == sighting.zone else "cname_elsewhere"
        return Verdict(code, {"target": view.cnames[-1], "seen": values})
    if view.error == "nxdomain":
        return Verdict("nxdomain")
    return Verdict("wrong_address", {"seen": values}) if view.addresses else Verdict("missing")


def _stranger(view: View, expected: Expected) -> bool:
    """True when the chain leads over another partner's raw name: its owner wants that shop, not this one."""
    below = f".{expected.platform}"
    return bool(expected.platform) and any(
        (each == expected.platform or each.endswith(below)) and each not in expected.own for each in view.cnames
    )


# --- all servers agree that the name leads here


def _judge_rest(sighting: Sighting, expected: Expected, seen: tuple[str, ...]) -> Verdict:
    if bogus := [view.server for view in sighting.resolvers if view.error == "dnssec"]:
        # Forged or badly signed: whoever checks, as the certificate authority does, would not come here.
        return Verdict("dnssec", {"servers": bogus}, seen)
    if _forbids(sighting.caa, expected.cas):
        who = ", ".join(sorted({_issuer(record) for record in sighting.caa} - {""}))
        return Verdict("caa", {"who": who, "at": sighting.caa_name}, seen, points_here=True)
    old = [view for view in sighting.resolvers if view.error in CERTAIN and not _arrived(view, sighting, expected)]
    if old:
        left = max(view.ttl for view in old)
        params = {"minutes": max(1, -(-left // 60)), "servers": [view.server for view in old]}
        return Verdict("propagating", params, seen, points_here=True, retry_after=left)
    return Verdict("ok", seen=seen, points_here=True)


def _arrived(view: View, sighting: Sighting, expected: Expected) -> bool:
    return _judge_view(view, sighting, expected).code == "ok"


def _forbids(caa: Iterable[str], cas: tuple[str, ...]) -> bool:
    """True when the records let none of our authorities issue (RFC 8659 sections 4.1 and 4.2)."""
    records = [_parts(record) for record in caa]
    known = {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
    if any(flags & 128 and tag not in known for flags, tag, _ in records):
        return True
    issuers = [value for _, tag, value in records if tag == "issue"]
    return bool(issuers) and not any(value in cas for value in issuers)


def _issuer(record: str) -> str:
    _, tag, value = _parts(record)
    return value if tag == "issue" else ""


def _parts(record: str) -> tuple[int, str, str]:
    """'0 issue "ca.example; validationmethods=dns-01"' as (0, "issue", "ca.example")."""
    flags, tag, value = (*record.split(None, 2), "", "", "")[:3]
    return int(flags) if flags.isdecimal() else 0, tag.lower(), value.strip('"').split(";")[0].strip().lower()


# --- no answer, or several


def _unreachable(sighting: Sighting) -> Verdict:
    asked = sighting.authoritative or sighting.resolvers
    if not sighting.authoritative and {view.error for view in asked} == {"nxdomain"}:
        return Verdict("nxdomain")  # not even its ending exists; too little to conclude more
    errors = _unique(view.error for view in asked if view.error)
    params = {"errors": list(errors), "servers": [view.server for view in asked]}
    return Verdict("unreachable", params, certain=False)


def _disagreement(answered: list[View], verdicts: list[Verdict], seen: tuple[str, ...]) -> Verdict:
    pairs = list(zip(answered, verdicts, strict=True))
    here = [view.server for view, verdict in pairs if verdict.code == "ok"]
    there = [view.server for view, verdict in pairs if verdict.code != "ok"]
    return Verdict("disagree", {"here": here, "there": there}, seen)


def _touches(view: View, expected: Expected) -> bool:
    """True when anything of ours is in the answer: enough to say that the name is not "elsewhere"."""
    ours = len(_strays(view.addresses, expected.addresses)) < len(view.addresses)
    ours6 = len(_strays(view.ipv6, expected.ipv6)) < len(view.ipv6)
    return ours or ours6 or any(each in expected.own for each in view.cnames) or _stranger(view, expected)


def _strays(seen: Iterable[str], ours: Iterable[str]) -> list[str]:
    known = {ip_address(each) for each in ours}
    return [each for each in seen if ip_address(each) not in known]


def _ends(view: View) -> tuple[str, ...]:
    return (*view.addresses, *view.ipv6) or view.cnames[-1:]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
