"""A partner's own mail server: sealed, tested first, and never replaced in silence when it does not answer (H-34)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_partner, make_subscriber
from webapp.foundation import clock, jobs, tenancy
from webapp.foundation.db import Database
from webapp.foundation.outbound import chosen_address
from webapp.foundation.refusal import Refusal
from webapp.providers.dns.port import Sighting, View
from webapp.providers.errors import ProviderError
from webapp.providers.mail.memory import MemoryMailer
from webapp.reseller.notifications import mail_records, own_server
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners import queries
from webapp.reseller.partners.audit import Actor

EWA = Actor("staff", 1, "ewa@acme.example")
SECRET = "s" * 40
TYPED = {"host": "mail.acme.example", "port": 465, "tls": True, "user": "biuro", "password": "tajne:@/hasło"}


@dataclass
class Settings:
    secret_key: str = SECRET


@dataclass
class Away:
    """A mail server that does not answer; which address it was asked at."""

    asked: list[str] = field(default_factory=list)

    def send(self, _mail: Any) -> None:
        raise ProviderError("the mail server cannot be reached: timed out", permanent=False)


@dataclass
class Worker:
    database: Database
    mailer: MemoryMailer = field(default_factory=MemoryMailer)
    settings: Settings = field(default_factory=Settings)
    own: Any = field(default_factory=Away)
    urls: list[str] = field(default_factory=list)

    def own_mailer(self, url: str) -> Any:
        self.urls.append(url)
        return self.own


def test_h_34_mails_wait_for_an_own_server_with_the_reason_beside_them(database: Database) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        server = own_server.enter(session, EWA, TYPED, SECRET)
        assert str(TYPED["password"]) not in str(queries.partner(session).settings)
        own_server.tested(session, EWA, server, "")
    make_subscriber(database, partner)  # its welcome waits to be sent
    worker = Worker(database)
    jobs.drain(worker, database, {"mail.send": "webapp.reseller.notifications.tasks.send"})
    with tenancy.tenant(partner.id), database.reading() as session:
        waiting = session.scalars(select(Message)).one()
    assert (waiting.state, waiting.error) == ("queued", "the mail server cannot be reached: timed out")
    assert worker.urls == ["smtps://biuro:tajne%3A%40%2Fhas%C5%82o@mail.acme.example:465"]
    assert worker.mailer.sent == []
    worker.own = MemoryMailer()
    with clock.frozen(clock.now().replace(year=2030)):
        jobs.drain(worker, database, {"mail.send": "webapp.reseller.notifications.tasks.send"})
    assert (len(worker.own.sent), worker.mailer.sent) == (1, [])


def test_a_failed_test_or_a_changed_server_is_never_active(database: Database) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        server = own_server.enter(session, EWA, TYPED, SECRET)
        assert not own_server.tested(session, EWA, server, "535 wrong password").active
        again = own_server.enter(session, EWA, {**TYPED, "password": ""}, SECRET)
        assert again.url(SECRET, partner.id).count("tajne") == 1  # the stored one stays
        with pytest.raises(Refusal):
            own_server.tested(session, EWA, replace(again, host="other.example"), "")


@pytest.mark.parametrize("port", [22, 80, 0, 70000])
def test_only_ports_of_mail_servers_are_taken(database: Database, port: int) -> None:
    partner = make_partner(database)
    with pytest.raises(Refusal), tenancy.tenant(partner.id), database.writing() as session:
        own_server.enter(session, EWA, {**TYPED, "port": port}, SECRET)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "localhost"])
def test_no_address_inside_is_connected_to(host: str) -> None:
    with pytest.raises(OSError, match="must not be reached"):
        chosen_address(host, 25, here=False)
    assert chosen_address("shop.localhost", 25, here=True) == "127.0.0.1"


@pytest.mark.parametrize(
    ("found", "tone", "record"),
    [
        ([], "warn", "v=spf1 a:mail.acme.example ~all"),
        (["v=spf1 include:_spf.acme.example -all"], "ok", ""),
        (["v=spf1 a:mail.acme.example ~all"], "ok", ""),
        (
            ["v=spf1 include:_spf.other.example -all"],
            "warn",
            "v=spf1 include:_spf.other.example a:mail.acme.example -all",
        ),
        (["v=spf1 mx +all"], "danger", "v=spf1 mx a:mail.acme.example ~all"),
        (["v=spf1 mx -all", "v=spf1 -all"], "danger", "v=spf1 mx a:mail.acme.example -all"),
        (["v=spf10 mx", "google-site-verification=x"], "warn", "v=spf1 a:mail.acme.example ~all"),
    ],
)
def test_advice_on_spf_is_the_record_to_add(found: list[str], tone: str, record: str) -> None:
    verdict = mail_records.spf("shop.example", "mail.acme.example", found)
    assert (verdict.tone, verdict.record) == (tone, record)


def test_advice_on_dkim_and_dmarc() -> None:
    assert mail_records.dkim("a.example", "mail", ["v=DKIM1; k=rsa; p=MIIB"]).tone == "ok"
    assert mail_records.dkim("a.example", "mail", ["v=DKIM1; p="]).tone == "danger"
    assert mail_records.dkim("a.example", "mail", []).name == "mail._domainkey.a.example"
    assert mail_records.dmarc("a.example", "b@a.example", ["v=DMARC1; p=none"]).tone == "ok"
    assert mail_records.dmarc("a.example", "b@a.example", []).record == "v=DMARC1; p=none; rua=mailto:b@a.example"
    seen = Sighting("a.example", (View("ns1", error="timeout"),), (View("r", txt=("v=spf1 -all",)),))
    assert mail_records.texts(seen) == ("v=spf1 -all",)
