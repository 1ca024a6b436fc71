"""An install whose partners bring names of their own: a real database, a real DNS on loopback, a front that answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner, make_staff
from tests.harness.dns import ServedZone, World
from tests.harness.front import Front
from webapp.foundation import clock, config, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.outbox import OutboxRow
from webapp.providers.certificates.edge import Edge
from webapp.providers.certificates.reach import Reach
from webapp.providers.dns.lookup import Lookup
from webapp.providers.mail.memory import MemoryMailer
from webapp.reseller.partners import host_tasks, hosts
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import OWNING, AuditEvent, Host, Partner

PLATFORM = "shops.test"
SECRET = "tests only: forty characters of nothing much"
HERE, ELSEWHERE = "@ A 127.0.0.1", "@ A 198.51.100.7"
OWNER = Actor("staff", 1, "ewa@acme.example")


@dataclass(frozen=True)
class Here:
    """What host tasks need of their process (host_tasks.Context)."""

    settings: Settings
    database: Database
    lookup: Lookup
    reach: Reach
    edge: Edge
    mailer: MemoryMailer


@dataclass
class Install:
    """Two partners, acme and nord. Names are looked at when a test says so."""

    database: Database
    world: World
    front: Front
    here: Here
    acme: Partner
    nord: Partner
    #: Shared by all installs of one world.
    zones: dict[str, ServedZone]

    def zone(self, name: str, text: str = ELSEWHERE, *, servers: int = 0) -> ServedZone:
        """A zone at the DNS hoster that all share, or at servers of its own."""
        if not self.zones:
            self.zones["hoster"] = self.world.zone("hoster.example", servers=1)
        if name not in self.zones:
            shared = self.zones["hoster"].servers
            self.zones[name] = self.world.zone(name, servers=servers or shared, ttl=1)
        for server in self.zones[name].servers:
            server.mode = ""
        self.set(name, text)
        return self.zones[name]

    def set(self, name: str, *lines: str) -> None:
        """The owner of the zone edits it, and the resolvers' memories run out."""
        self.zones[name].set("\n".join(lines))
        self.world.forget()

    @contextmanager
    def working(self, partner: Partner) -> Iterator[Session]:
        with tenancy.tenant(partner.id), self.database.writing() as session:
            yield session

    def claim(self, partner: Partner, typed: str) -> Host:
        with self.working(partner) as session:
            return hosts.claim(session, OWNER, typed, platform_host=PLATFORM)

    def look(self, host: Host, times: int = 1) -> str:
        """Look so often; returns the state after it."""
        for _ in range(times):
            host_tasks.look_at(self.here, host.id)
        return self.row(host).state

    def look_now(self, partner: Partner, host: Host) -> str:
        """As a person who presses the button."""
        with self.working(partner) as session:
            hosts.look_now(session, OWNER, host.id)
        return self.look(host)

    def connect(self, partner: Partner, name: str) -> Host:
        """The usual way: claim, set the record, live."""
        self.zone(name)
        host = self.claim(partner, name)
        assert self.look(host) == "waiting_dns"
        self.set(name, HERE)
        assert self.look(host) == "live"
        return self.row(host)

    def wear_off(self, host: Host) -> None:
        """Let ten days pass in which every look sees the name lead elsewhere."""
        for hours in (0, 24, 73, 24 * 10):
            with clock.shifted(timedelta(hours=hours)):
                self.look(host)

    def remove(self, partner: Partner, host: Host) -> None:
        with self.working(partner) as session:
            hosts.remove(session, OWNER, host.id)

    def txt(self, partner: Partner, host: Host) -> str:
        """The line of the zone file that proves it."""
        return f'{hosts.txt_name(host)}. TXT "{hosts.txt_value(host, partner.code)}"'

    def row(self, host: Host) -> Host:
        with self.database.reading(tenancy.Platform("hosts")) as session:
            return session.scalars(select(Host).where(Host.id == host.id)).one()

    def owners(self, name: str) -> list[str]:
        """Codes of the partners whose the name is."""
        with self.database.reading(tenancy.Platform("hosts")) as session:
            mine = select(Partner.code).join(Host, Host.partner_id == Partner.id)
            return list(session.scalars(mine.where(Host.name == name, Host.state.in_(OWNING))))

    def shop_at(self, name: str) -> str:
        """Whose shop a visitor meets there; "" for nobody's."""
        with self.database.reading(tenancy.Platform("resolve-host")) as session:
            site = partner_queries.site_for_host(session, name)
            return site.code if site else ""

    def primary(self, partner: Partner) -> str:
        with self.database.reading(tenancy.Tenant(partner.id)) as session:
            return partner_queries.site_for_partner(session).primary_host

    def deeds(self, partner: Partner) -> list[str]:
        """What stands in the partner's log about names."""
        with self.database.reading(tenancy.Tenant(partner.id)) as session:
            events = select(AuditEvent.action).where(AuditEvent.object_kind == "host").order_by(AuditEvent.id)
            return list(session.scalars(events))

    def told(self, partner: Partner) -> list[str]:
        """Which mails were asked for."""
        with self.database.reading(tenancy.Tenant(partner.id)) as session:
            rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == "host.mail").order_by(OutboxRow.id))
            return [row.payload["what"] for row in rows]


def make_install(database: Database, world: World, zones: dict[str, ServedZone], front: Front) -> Install:
    """Two partners with an owner each."""
    settings = config.load(
        {
            "WITRYNA_DATABASE_URL": "sqlite://",
            "WITRYNA_REDIS_URL": "redis://127.0.0.1:1/0",
            "WITRYNA_PLATFORM_HOST": PLATFORM,
            "WITRYNA_SECRET_KEY": SECRET,
            "WITRYNA_PUBLIC_ADDRESSES": "127.0.0.1",
            "WITRYNA_EDGE": f"127.0.0.1:{front.tls_port}",
            "WITRYNA_EDGE_CA_FILE": str(front.authority.file),
        }
    )
    edge = Edge(settings.edge, settings.edge_ca_file, seconds=3, settles=0)
    # One resolver and few servers: each look asks them all.
    lookup = Lookup(world.resolvers[:1], allow_loopback=True)
    here = Here(
        settings,
        database,
        lookup,
        Reach(front.http_port, here=True, seconds=3),
        edge,
        MemoryMailer(),
    )
    acme, nord = (make_partner(database, platform_host=PLATFORM, name=name) for name in ("Acme", "Nordhost"))
    for partner in (acme, nord):
        make_staff(database, partner)
    made = Install(database, world, front, here, acme, nord, zones)
    # The front asks whether a name is anybody's, as Caddy asks tls-ask.
    front.may = lambda name: bool(made.owners(name))
    return made
