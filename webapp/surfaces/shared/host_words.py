"""What the two lights of a host say, and what to do about it: a headline and an advice for every code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_distance, gettext
from webapp.reseller.partners.models import Host

#: Tone -> icon.
ICONS = {"ok": "circle-check", "warn": "triangle-alert", "info": "hourglass", "": "circle-help"}

#: Codes of partners.dns_verdict.Verdict -> (tone, headline, advice).
DNS: dict[str, tuple[str, str, str]] = {
    "": ("info", N_("Not looked at yet"), N_("The first look takes a few seconds.")),
    "ok": ("ok", N_("Leads to your shop"), ""),
    "propagating": (
        "info",
        N_("Set correctly, but not known everywhere yet"),
        N_("Some name servers remember the old address for about %(minutes)s min more. There is nothing to do."),
    ),
    "missing": ("warn", N_("No address is set yet"), N_("Add the A record shown here at your DNS provider.")),
    "nxdomain": (
        "warn",
        N_("This name does not exist in the DNS yet"),
        N_("Add the A record shown here. A domain that was registered today may need a few hours until it is known."),
    ),
    "wrong_address": (
        "warn",
        N_("Leads to another server: %(seen)s"),
        N_("Change the A record to the value shown here. The old one is often left over from an earlier website."),
    ),
    "extra_address": (
        "warn",
        N_("Leads to your shop, but also to %(extra)s"),
        N_("Delete the extra A record: by chance, some of your visitors would land on the other server."),
    ),
    "ipv6_elsewhere": (
        "warn",
        N_("For IPv6 it leads to another server: %(seen)s"),
        N_("Delete this AAAA record. Many visitors, and the authority that issues the certificate, would follow it."),
    ),
    "caa": (
        "warn",
        N_("A CAA record forbids our certificate"),
        N_("The CAA records at %(at)s allow %(who)s only. Add a CAA record for %(authority)s, or delete them."),
    ),
    "dnssec": (
        "warn",
        N_("The domain's DNSSEC signatures do not hold"),
        N_("The records are right, but many networks throw the answers away. This is often left over from an earlier "
           "DNS provider: switch DNSSEC off where the domain is registered, and on again later."),
    ),
    "proxy": (
        "warn",
        N_("%(who)s stands in front of it"),
        N_("Switch the proxy of this record off at %(who)s (“DNS only”, grey cloud). Your shop has its own HTTPS."),
    ),
    "parked": (
        "warn",
        N_("A parking page is shown there"),
        N_("Switch parking off where the domain is registered, or choose that company's own name servers. "
           "Then set the A record shown here."),
    ),
    "cname_elsewhere": (
        "warn",
        N_("Leads to another name: %(target)s"),
        N_("Delete the CNAME record and add the A record shown here. The two cannot stand beside each other."),
    ),
    "apex_cname": (
        "warn",
        N_("A CNAME record stands at the domain itself"),
        N_("It leads to %(target)s, and gets in the way of the domain's mail. Delete it and add the A record "
           "shown here."),
    ),
    "loop": (
        "warn",
        N_("CNAME records lead in a circle"),
        N_("%(chain)s. Delete these CNAME records and add the A record shown here."),
    ),
    "disagree": (
        "info",
        N_("The domain's name servers do not agree yet"),
        N_("%(here)s know the new address, %(there)s do not. If that lasts for more than an hour, "
           "tell your DNS provider."),
    ),
    "moved": (
        "warn",
        N_("Another shop has proven that this name is its own"),
        N_("If the name is yours, press “Check now” and set the TXT record that is shown then."),
    ),
    "unreachable": (
        "",
        N_("We could not check"),
        N_("The domain's name servers did not answer. Your records may be right; we try again by ourselves."),
    ),
    "unconfigured": (
        "",
        N_("We could not check"),
        N_("This platform does not say yet to which address domains shall lead. Please ask its operator."),
    ),
}  # fmt: skip

_AFTER_DNS = ("info", N_("Comes after the DNS"), N_("We get the certificate as soon as the name leads here."))

#: Codes of providers.certificates.port.Served and of partners.host_tasks -> (tone, headline, advice).
HTTPS: dict[str, tuple[str, str, str]] = {
    "": _AFTER_DNS,
    "waiting": _AFTER_DNS,
    "ok": ("ok", N_("Secure connection works"), ""),
    "proof": (
        "info",
        N_("Comes after the proof"),
        N_("We get the certificate once you have shown that the name is yours."),
    ),
    "pending": ("info", N_("The certificate is on its way"), N_("This takes a minute or two. There is nothing to do.")),
    "vouched": ("ok", N_("Set up by the operator"), ""),
    "not_reached": (
        "warn",
        N_("Visitors do not reach us yet"),
        N_("The DNS is right, but another server answered in our place. Switch off proxies and redirects for this "
           "name; if there are none, an old address is still remembered, and it helps to wait."),
    ),
    "not_us": (
        "warn",
        N_("Another server answers over HTTPS"),
        N_("Switch off proxies and redirects for this name at your DNS provider."),
    ),
    "authority": (
        "info",
        N_("The certificate has not been issued yet"),
        N_("The authority that issues it refused or has not answered yet. We ask again by ourselves; check that no CAA "
           "record stands at your domain."),
    ),
    "untrusted": (
        "warn",
        N_("The certificate is not trusted by browsers"),
        N_("We try again by ourselves. If it stays like this for an hour, tell the operator of this platform."),
    ),
    "handshake": (
        "",
        N_("We could not check"),
        N_("The secure connection broke off. We try again by ourselves."),
    ),
    "timeout": ("", N_("We could not check"), N_("The secure connection took too long. We try again by ourselves.")),
    "unreachable": (
        "",
        N_("We could not check"),
        N_("Our own entrance for HTTPS did not answer. That is on our side; we try again by ourselves."),
    ),
    "unconfigured": (
        "",
        N_("HTTPS is not set up here"),
        N_("The DNS is right, but this platform has no entrance for HTTPS; a demo has none. Otherwise ask its "
           "operator."),
    ),
}  # fmt: skip

#: Seconds after which a look that is due is not "now" any more.
_LATE = 120

#: What is said of an addition that is not as we wrote it, or newer than we are.
_UNKNOWN = ("", N_("We could not check"), N_("We try again by ourselves."))


@dataclass(frozen=True)
class Light:
    """One light, in words. `seen`: addresses and names as they are now."""

    tone: str
    headline: str
    advice: str
    seen: tuple[str, ...] = ()
    #: When it was last looked at, as a distance from now, and when it will be next, in words; empty: it was not, or
    #: will not be.
    last: str = ""
    next: str = ""

    @property
    def icon(self) -> str:
        """Of the sprite; tells the tones apart without colour."""
        return ICONS[self.tone]


def dns_light(host: Host, authority: str) -> Light:
    """`authority`: the first of ours in CAA records, for who has to allow it."""
    if host.proof == "operator" and not host.dns:
        return Light("ok", gettext("Set up by the operator"), "")
    seen = host.dns.get("seen")
    return _light(DNS, host, host.dns, seen if isinstance(seen, list) else [], authority=authority)


def https_light(host: Host) -> Light:
    """The name's certificate and the connection with it."""
    code = str(host.https.get("code") or "")
    if host.proof == "operator" and not host.https:
        code = "vouched"
    elif code in ("", "waiting") and host.state in ("dns_ok", "certificate_pending"):
        code = "pending"
    elif code in ("", "waiting") and host.state == "conflict":
        code = "proof"
    return _light(HTTPS, host, {**host.https, "code": code}, [])


def _light(
    words: Mapping[str, tuple[str, str, str]], host: Host, stored: Mapping[str, Any], seen: list[Any], **more: str
) -> Light:
    tone, headline, advice = words.get(str(stored.get("code") or ""), _UNKNOWN)
    given = stored.get("params")
    params = _Params(
        {**more, **{key: _text(value) for key, value in (given if isinstance(given, dict) else {}).items()}}
    )
    said = gettext(headline) % params, gettext(advice) % params if advice else ""
    return Light(tone, *said, tuple(map(str, seen)), _distance(instant(stored.get("at"))), _next(host.next_check_at))


def _distance(at: datetime | None) -> str:
    return format_distance(at, clock.now()) if at else ""


def _next(at: datetime | None) -> str:
    """What is due is being done; what is long overdue is not promised again."""
    late = (clock.now() - at).total_seconds() if at else _LATE
    if late <= -1:  # less than a second would read "in 0 seconds"
        return gettext("next %(distance)s", distance=_distance(at))
    return gettext("looking again now") if late < _LATE else ""


class _Params(dict[str, str]):
    """A stored light may lack what its sentence names: an ellipsis is better than no page."""

    def __missing__(self, key: str) -> str:
        return "…"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def instant(text: Any) -> datetime | None:
    """When a light was looked at, from its row; None when it does not say."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
