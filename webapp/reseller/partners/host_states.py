"""The state machine of a host, without a database: what was seen of a name, and what follows.

draft > waiting_dns > dns_ok > certificate_pending > live; conflict (a TXT record is needed), degraded, detached,
quarantined. The claim rule: a name is a partner's when we *saw* it turn to us after the claim, or when a TXT record of
this partner's stands there, or when the registrable name above it was proven to be this partner's so. A name that led
to us already when it was first seen, that somebody else has or had, that two claim, or in whose zone somebody else has
a name, needs the TXT record: an A record to an address that all shops share proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: state -> states that may follow it
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "draft": ("waiting_dns", "conflict", "dns_ok", "detached", "quarantined"),
    "waiting_dns": ("dns_ok", "conflict", "detached", "quarantined"),
    "conflict": ("dns_ok", "detached", "quarantined"),
    "dns_ok": ("certificate_pending", "live", "waiting_dns", "conflict", "detached", "quarantined"),
    "certificate_pending": ("live", "waiting_dns", "conflict", "detached", "quarantined"),
    "live": ("degraded", "detached", "quarantined"),
    "degraded": ("live", "detached", "quarantined"),
    "detached": ("draft", "quarantined"),
    "quarantined": ("draft", "waiting_dns", "conflict", "dns_ok", "certificate_pending", "live", "degraded"),
}
#: States in which a name is looked at, again and again.
WATCHED = ("draft", "waiting_dns", "conflict", "dns_ok", "certificate_pending", "live", "degraded")
#: States of a claim that has not come to anything yet.
CLAIMED = ("draft", "waiting_dns", "conflict")
#: States in which a shop answers at the name.
SERVING = ("live", "degraded")

#: So many looks in a row, over so long, saw a live name lead elsewhere: the partner is told.
FAILURES, DEGRADED_AFTER = 3, timedelta(hours=72)
#: Then the shop stops answering there.
DETACHED_AFTER = timedelta(days=7)
#: A claim that came to nothing is looked at for so long.
GIVEN_UP_AFTER = timedelta(days=30)
#: For so long after its end only a TXT record frees a name for somebody else.
QUARANTINE = timedelta(days=90)
#: For so long a name that was taken away by mistake comes back with one click.
UNDO = timedelta(minutes=15)


@dataclass(frozen=True)
class Standing:
    """What is known of a host between two looks: columns of partners.models.Host."""

    state: str
    claimed_at: datetime
    proof: str = ""
    needs_txt: bool = False
    elsewhere_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0


@dataclass(frozen=True)
class Look:
    """One look at a name.

    `points`: "here", "elsewhere" (and nobody remembers otherwise), "partly" (some of its servers or addresses are ours)
    or "" (could not be seen). `txt`: this partner's TXT record stands there. `rivals`: another partner claims the name,
    has it or had it, or has another one of its zone. `vouched`: it is another's because the operator says so.
    `kin`: this partner has proven the registrable name above it, so its whole zone.
    `reached`: a request to the name came to this install; None: not tried. `served`: the same over HTTPS.
    `cost`: how long a look at each of this partner's open claims would take a worker, if all were as slow as this one.
    """

    at: datetime
    points: str = ""
    txt: bool = False
    rivals: bool = False
    vouched: bool = False
    reached: bool | None = None
    served: bool | None = None
    kin: bool = False
    cost: timedelta = timedelta()


def follows(before: Standing, look: Look) -> Standing:
    """What a host is after a look. The same again where nothing could be seen, or nobody looks any more."""
    if before.state not in WATCHED or before.proof in ("operator", "raw") or not look.points:
        return before
    if before.state in CLAIMED:
        return _claimed(before, look)
    if before.state in SERVING:
        return _serving(before, look)
    return _on_its_way(before, look)


def _claimed(before: Standing, look: Look) -> Standing:
    unproven = look.points == "here" and not (_turned(before) or look.kin)
    needs_txt = before.needs_txt or before.state == "conflict" or look.rivals or unproven
    waiting = replace(before, state="conflict" if needs_txt else "waiting_dns", needs_txt=needs_txt)
    if look.points == "elsewhere":
        return replace(waiting, elsewhere_at=look.at)
    proven = (look.txt and not look.vouched) or not needs_txt
    # What stands between the name and us would also stand between it and its certificate.
    if look.points != "here" or not proven or not look.reached:
        return waiting
    return replace(waiting, state="dns_ok", proof="txt" if look.txt else "change", failures=0, failing_since=None)


def _turned(before: Standing) -> bool:
    """It was seen to lead elsewhere since it was claimed, so whoever sets its records has turned it to us."""
    return before.elsewhere_at is not None and before.elsewhere_at >= before.claimed_at


def _on_its_way(before: Standing, look: Look) -> Standing:
    if look.points == "elsewhere":
        state = "conflict" if before.needs_txt else "waiting_dns"
        return replace(before, state=state, proof="", elsewhere_at=look.at, failures=0, failing_since=None)
    if look.points == "here" and look.served:
        return replace(before, state="live", failures=0, failing_since=None)
    if look.points != "here" or look.served is None:
        return before
    return replace(before, state="certificate_pending", failures=before.failures + 1)


def _serving(before: Standing, look: Look) -> Standing:
    if look.points == "here":
        return replace(before, state="live", failures=0, failing_since=None)
    if look.points == "partly":
        return before  # some visitors arrive: the light says what to mend, and nobody is thrown out
    since = before.failing_since or look.at
    after = replace(before, failures=before.failures + 1, failing_since=since, elsewhere_at=look.at)
    if before.state == "live" and after.failures >= FAILURES and look.at - since >= DEGRADED_AFTER:
        return replace(after, state="degraded")
    if before.state == "degraded" and look.at - since >= DETACHED_AFTER:
        return replace(after, state="detached", proof="")
    return after


# --- when to look again --------------------------------------------------------------------------------------

#: (age of the claim, delay): often at first, when somebody waits in front of the screen.
_WAITING = (
    (timedelta(minutes=2), timedelta(seconds=5)),
    (timedelta(hours=1), timedelta(seconds=30)),
    (timedelta(days=3), timedelta(minutes=10)),
)
#: A name whose servers are silent costs a worker many seconds.
_SILENT = timedelta(minutes=2)
#: A partner's names are worth a tenth of a worker, however slowly their servers speak.
_SHARE = 10
#: Certificate authorities count tries (a handful an hour for one name), so these grow.
_PENDING = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30))


def next_look(
    standing: Standing,
    live_since: datetime | None,
    now: datetime,
    *,
    silent: bool = False,
    cost: timedelta = timedelta(),
) -> timedelta | None:
    """How long to wait before the next look; None: never again by itself. `silent`: nothing could be seen this time."""
    if standing.state not in WATCHED or standing.proof in ("operator", "raw"):
        return None
    usual = max(_usual(standing, live_since, now), cost * _SHARE)
    return max(usual, _SILENT) if silent else usual


def _usual(standing: Standing, live_since: datetime | None, now: datetime) -> timedelta:
    if standing.state == "certificate_pending":
        return _PENDING[min(standing.failures, len(_PENDING)) - 1] if standing.failures else _PENDING[0]
    if standing.state not in SERVING:
        age = now - standing.claimed_at
        return next((delay for limit, delay in _WAITING if age < limit), timedelta(hours=1))
    fresh = live_since is None or now - live_since < timedelta(days=1)
    return timedelta(hours=1) if fresh or standing.failures else timedelta(days=1)


def is_given_up(standing: Standing, now: datetime) -> bool:
    """A claim that came to nothing in a month."""
    return standing.state in CLAIMED and now - standing.claimed_at >= GIVEN_UP_AFTER
