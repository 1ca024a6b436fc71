"""The looking: a name's DNS, plain HTTP, HTTPS through our front. No transaction is open while anybody is asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox, shop_check, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.outbox import Later, Lease
from webapp.foundation.refusal import NotFound
from webapp.providers.certificates.port import EdgePort, ReachPort, Served
from webapp.providers.dns.port import LookupPort, Sighting
from webapp.providers.errors import ProviderError

from . import dns_verdict, host_seen, host_states, hosts
from .dns_verdict import Expected, Verdict
from .host_seen import Rivals
from .host_states import Look, Standing
from .models import Host, Partner

PLATFORM = tenancy.Platform("hosts")


class Context(Protocol):
    """What these jobs need of their process."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def lookup(self) -> LookupPort: ...
    @property
    def reach(self) -> ReachPort: ...
    @property
    def edge(self) -> EdgePort: ...


@dataclass(frozen=True)
class Case:
    """What a look needs to know of a name before it begins."""

    host_id: int
    name: str
    token: str
    standing: Standing
    txt_name: str
    txt_value: str
    expected: Expected
    rivals: Rivals
    partner_status: str
    https_at: str
    open_claims: int


def check(context: Context, lease: Lease) -> None:
    """Look, write, and ask to be called again; the row ends when the name is not watched any more."""
    host_id = int(lease.payload["host_id"])
    # A look works for the whole platform: whose name it is, is asked here, in the tenant of the row.
    wait = look_at(context, host_id) if _is_of_the_tenant(context, host_id) else None
    if wait is not None:
        raise Later(wait)
    with context.database.writing() as session:
        outbox.complete(session, lease)


def _is_of_the_tenant(context: Context, host_id: int) -> bool:
    with context.database.reading() as session:
        try:
            hosts.host(session, host_id)
        except NotFound:
            return False
    return True


#: So long an authority is left alone after it was asked.
_NOT_AGAIN = timedelta(seconds=45)
#: A suspended partner's names keep what they have; nothing new becomes its own.
_SUSPENDED = timedelta(hours=6)


def look_at(context: Context, host_id: int) -> timedelta | None:
    """One whole look at a name, written down. Returns when to look again; None: never by itself."""
    with context.database.reading(PLATFORM) as session:
        case = _case(session, context.settings, host_id)
    if case is None or case.standing.state not in host_states.WATCHED:
        return None
    if case.partner_status != "active" and case.standing.state not in host_states.SERVING:
        return _SUSPENDED
    started = time.monotonic()
    look, dns, https = _seen(context, case)
    look = replace(look, cost=timedelta(seconds=time.monotonic() - started) * max(1, case.open_claims))
    host = _written(context, host_id, look, dns, https)
    if host is not None and _may_be_served(host, look, dns) and not _just_tried(case):
        look, https = _served(context, case, look, case.standing.state not in host_states.SERVING)
        host = _written(context, host_id, look, dns, https)
    return _wait(host)


def _case(session: Session, settings: Settings, host_id: int) -> Case | None:
    row = session.execute(
        select(Host, Partner.code, Partner.status)
        .join(Partner, Partner.id == Host.partner_id)
        .where(Host.id == host_id)
    ).one_or_none()
    if row is None:
        return None
    host, code, status = row
    raw = session.scalars(select(Host.name).where(Host.partner_id == host.partner_id, Host.kind == "raw"))
    return Case(
        host_id=host.id,
        name=host.name.partition(":")[0],
        token=host.token or "not-claimed",
        standing=host_seen.standing(host),
        txt_name=hosts.txt_name(host),
        txt_value=hosts.txt_value(host, code) if host.token else "",
        expected=_expected(settings, tuple(raw)),
        rivals=host_seen.rivals(session, host),
        partner_status=status,
        https_at=str(host.https.get("at", "")),
        open_claims=hosts.open_claims(session, host.partner_id),
    )


def _expected(settings: Settings, raw: tuple[str, ...]) -> Expected:
    return Expected(
        addresses=settings.ipv4,
        ipv6=settings.ipv6,
        cas=settings.certificate_authorities,
        own=tuple(name.partition(":")[0] for name in raw),
        platform=settings.platform_host.partition(":")[0],
    )


# --- DNS and plain HTTP --------------------------------------------------------------------------------------


def _seen(context: Context, case: Case) -> tuple[Look, dict[str, Any], dict[str, Any] | None]:
    # Without an address of ours there is nothing to compare with, so nobody is asked.
    configured = bool(context.settings.public_addresses)
    sighting = context.lookup.look(case.name, case.txt_name) if configured else Sighting(case.name)
    verdict = dns_verdict.judge(sighting, case.expected)
    txt = bool(case.txt_value) and dns_verdict.txt_found(sighting, case.txt_value)
    look = Look(clock.now(), points(verdict), txt, case.rivals.any, case.rivals.vouched, kin=case.rivals.kin)
    light = _dns_light(verdict, sighting) | {"txt": txt}
    if verdict.code == "caa" or not _would_be_ours(case.standing, look):
        waiting = case.standing.state in host_states.CLAIMED
        return look, light, {"code": "waiting", "params": {}} if waiting else None
    problem = _not_reached(context, case)
    return replace(look, reached=not problem), light, problem or {"code": "waiting", "params": {}}


def _dns_light(verdict: Verdict, sighting: Sighting) -> dict[str, Any]:
    """What is kept of a look: zone and servers tell whose instructions to show."""
    where = {"zone": sighting.zone, "nameservers": list(sighting.nameservers)}
    return {"code": verdict.code, "params": dict(verdict.params), "seen": list(verdict.seen), **where}


def points(verdict: Verdict) -> str:
    """A verdict as the state machine's word (host_states.Look)."""
    if not verdict.certain:
        return ""
    if verdict.points_here:
        return "here"
    return "elsewhere" if verdict.elsewhere else "partly"


def _would_be_ours(before: Standing, look: Look) -> bool:
    after = host_states.follows(before, replace(look, reached=True))
    return before.state in host_states.CLAIMED and after.state == "dns_ok"


def _not_reached(context: Context, case: Case) -> dict[str, Any] | None:
    """The light when a request to the name does not come to this install."""
    addresses = (*case.expected.addresses, *case.expected.ipv6)
    try:
        said = context.reach.fetch(case.name, addresses, shop_check.PREFIX + case.token)
    except ProviderError as problem:
        return {"code": "not_reached", "params": {"why": problem.message[:300]}}
    names = (case.name, f"{case.name}:{context.reach.port}")
    ours = {shop_check.answer(context.settings.secret_key, name, case.token) for name in names}
    return None if said in ours else {"code": "not_reached", "params": {"why": "another server"}}


# --- HTTPS ---------------------------------------------------------------------------------------------------


def _may_be_served(host: Host, look: Look, dns: Mapping[str, Any]) -> bool:
    on_its_way = host.state in ("dns_ok", "certificate_pending", *host_states.SERVING)
    return on_its_way and look.points == "here" and dns["code"] != "caa"


def _just_tried(case: Case) -> bool:
    """An authority that refused is not asked again by whoever presses the button twice."""
    if case.standing.state != "certificate_pending" or not case.https_at:
        return False
    return clock.now() - datetime.fromisoformat(case.https_at) < _NOT_AGAIN


def _served(context: Context, case: Case, look: Look, fresh: bool) -> tuple[Look, dict[str, Any]]:
    """We make the first request, so that no visitor waits for the certificate."""
    if fresh:
        time.sleep(context.edge.settles)
    served = context.edge.first_request(case.name, shop_check.PREFIX + case.token)
    light = _https_light(context.settings, case, served)
    return replace(look, at=clock.now(), served=light["code"] == "ok"), light


def _https_light(settings: Settings, case: Case, served: Served) -> dict[str, Any]:
    ours = served.body == shop_check.answer(settings.secret_key, case.name, case.token)
    if served.code == "ok" and not ours:
        return {"code": "not_us", "params": {}}
    expires = served.expires_at.isoformat() if served.expires_at else ""
    params = {"issuer": served.issuer, "expires": expires} if served.code == "ok" else {"detail": served.detail[:300]}
    return {"code": served.code, "params": params}


# --- writing -------------------------------------------------------------------------------------------------


def _written(
    context: Context, host_id: int, look: Look, dns: Mapping[str, Any], https: Mapping[str, Any] | None
) -> Host | None:
    with context.database.writing(PLATFORM) as session:
        return host_seen.seen(session, host_id, look, dns, https)


def _wait(host: Host | None) -> timedelta | None:
    if host is None or host.next_check_at is None:
        return None
    return max(host.next_check_at - clock.now(), timedelta(seconds=1))


# --- every day -----------------------------------------------------------------------------------------------


def care_for_hosts(context: Context) -> str:
    """The daily job: names whose look is long overdue are woken, and those given up long ago are forgotten."""
    now = clock.now()
    with context.database.writing(PLATFORM) as session:
        old = (Host.state.in_(("quarantined", "detached")), Host.ended_at < now - host_states.QUARANTINE)
        forgotten = len(session.scalars(delete(Host).where(*old).returning(Host.id)).all())
        late = select(Host.id, Host.partner_id).where(Host.next_check_at < now - timedelta(hours=2))
        overdue = session.execute(late).all()
    for host_id, partner_id in overdue:
        with tenancy.tenant(partner_id), context.database.writing() as session:
            hosts.wake(session, hosts.host(session, host_id))
    return f"{len(overdue)} woken, {forgotten} forgotten"
