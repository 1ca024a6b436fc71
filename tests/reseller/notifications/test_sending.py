"""From a queued message to the mail server: once, again after trouble, and never for ever."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import make_partner, make_subscriber
from webapp.foundation import clock, jobs, outbox, tenancy
from webapp.foundation.db import Database, change
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.mail.memory import MemoryMailer
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.notifications import operations, queries, tasks
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

TASKS = {
    "mail.send": "webapp.reseller.notifications.tasks.send",
    "accounts.password_reset": "webapp.reseller.accounts.tasks.send_password_reset",
}
EWA = Actor("staff", 1, "ewa@acme.example")


@dataclass
class Worker:
    """What tasks need of a worker's context."""

    database: Database
    mailer: MemoryMailer = field(default_factory=MemoryMailer)

    def drain(self) -> int:
        """Work on all due rows."""
        return jobs.drain(self, self.database, TASKS)


@pytest.fixture
def worker(database: Database) -> Worker:
    return Worker(database)


@pytest.fixture
def partner(database: Database) -> Partner:
    """A partner with one subscriber, whose welcome waits to be sent."""
    made = make_partner(database)
    make_subscriber(database, made)
    return made


def only_message(database: Database, partner: Partner) -> Message:
    with tenancy.tenant(partner.id), database.reading() as session:
        return session.scalars(select(Message)).one()


def test_a_queued_message_goes_out_in_the_partners_name(worker: Worker, partner: Partner) -> None:
    assert worker.drain() == 1
    [sent] = worker.mailer.sent
    assert (sent.sender_name, sent.sender, sent.recipient) == ("Acme Domeny", "biuro@acme.example", "anna@example.com")
    assert (sent.language, sent.message_id.split(".")[0]) == ("pl", "csp1001")
    message = only_message(worker.database, partner)
    assert (message.state, message.error, message.sent_at is not None) == ("sent", "", True)
    assert (sent.subject, sent.text, sent.html) == (message.subject, message.text, message.html)
    assert worker.drain() == 0


def test_a_refusal_for_good_ends_it_and_says_why(worker: Worker, partner: Partner) -> None:
    worker.mailer.refuse["anna@example.com"] = 550
    assert worker.drain() == 1
    message = only_message(worker.database, partner)
    assert (message.state, message.sent_at) == ("failed", None)
    assert "550" in message.error
    with clock.shifted(timedelta(days=1)):
        assert worker.drain() == 0


def test_trouble_is_tried_again_with_the_same_message_id(worker: Worker, partner: Partner) -> None:
    worker.mailer.refuse["anna@example.com"] = 451
    assert worker.drain() == 0
    assert only_message(worker.database, partner).state == "queued"
    worker.mailer.refuse.clear()
    assert worker.drain() == 0  # not yet
    with clock.shifted(timedelta(minutes=1)):
        assert worker.drain() == 1
    assert only_message(worker.database, partner).state == "sent"


def test_a_worker_that_died_after_sending_sends_the_same_mail_again_not_another(
    worker: Worker, partner: Partner
) -> None:
    [lease] = outbox.claim(worker.database)
    dead = Worker(worker.database, worker.mailer)
    with tenancy.tenant(partner.id), worker.database.reading() as session:
        mail, _made = tasks._mail(session, lease.payload["message_id"], "")
    assert mail is not None
    dead.mailer.send(mail)  # and here it was killed, before it could store anything
    with clock.shifted(outbox.LEASE + timedelta(seconds=1)):
        assert worker.drain() == 1
    first, second = worker.mailer.sent
    assert first.message_id == second.message_id


def test_a_worker_that_lost_its_lease_stores_nothing(worker: Worker, partner: Partner) -> None:
    [slow] = outbox.claim(worker.database)
    with clock.shifted(outbox.LEASE + timedelta(seconds=1)):
        worker.mailer.refuse["anna@example.com"] = 550
        assert worker.drain() == 1
    worker.mailer.refuse.clear()
    assert not jobs.run(worker, worker.database, TASKS, slow)
    assert only_message(worker.database, partner).state == "failed"


def test_after_the_last_try_the_partner_can_see_that_it_failed(worker: Worker, partner: Partner) -> None:
    worker.mailer.refuse["anna@example.com"] = 451
    with worker.database.writing(tenancy.Platform("outbox")) as session:
        change(session, outbox.OutboxRow, outbox.OutboxRow.id > 0, attempts=outbox.MAX_ATTEMPTS - 1)
    assert worker.drain() == 1
    assert only_message(worker.database, partner).state == "failed"


def test_a_partner_sends_a_message_once_more(worker: Worker, partner: Partner) -> None:
    worker.drain()
    message_id = only_message(worker.database, partner).id
    with tenancy.tenant(partner.id), worker.database.writing() as session:
        operations.resend(session, EWA, message_id)
        with pytest.raises(Refusal) as refused:  # the second click
            operations.resend(session, EWA, message_id)
    assert refused.value.code == "queued"
    assert worker.drain() == 1
    first, second = worker.mailer.sent
    assert first.message_id != second.message_id  # or the mailbox would hide it
    assert replace(first, message_id="", date=second.date) == replace(second, message_id="")


def test_a_reset_link_reaches_its_owner_and_stays_nowhere(worker: Worker, partner: Partner) -> None:
    """P19, P24: asked for at the shop, mailed, used once; the log keeps no link."""
    worker.drain()
    with tenancy.tenant(partner.id), worker.database.writing() as session:
        accounts.request_password_reset(session, Actor("visitor", None, "", "192.0.2.7"), "anna@example.com")
    worker.drain()
    sent = worker.mailer.sent[-1]
    assert "http://csp1001.localhost:8000/account/reset/" in sent.text
    token = sent.text.split("/account/reset/")[1].split()[0]
    with tenancy.tenant(partner.id), worker.database.reading() as session:
        found = account_queries.user_for_reset(session, token)
        stored = session.scalars(select(Message).where(Message.kind == "password_reset")).one()
        rows = session.scalars(select(outbox.OutboxRow)).all()
    assert found is not None
    assert not queries.readable(stored)
    assert (stored.state, stored.text, stored.html) == ("sent", "", "")
    assert not any(token in str(vars(row)) for row in (stored, *rows))
    with tenancy.tenant(partner.id), worker.database.writing() as session, pytest.raises(Refusal) as refused:
        operations.resend(session, EWA, stored.id)
    assert refused.value.code == "private"


def test_an_unknown_address_gets_no_mail(worker: Worker, partner: Partner) -> None:
    worker.drain()
    with tenancy.tenant(partner.id), worker.database.writing() as session:
        for email in ("nobody@example.com", "not an address", ""):
            accounts.request_password_reset(session, Actor("visitor", None, ""), email)
    assert worker.drain() == 3
    assert len(worker.mailer.sent) == 1


def test_mail_of_two_partners_goes_out_in_each_ones_name(worker: Worker, partner: Partner) -> None:
    nord = make_partner(worker.database, name="Nordhost", email="post@nord.example")
    make_subscriber(worker.database, nord, locale="de")
    assert worker.drain() == 2
    assert {(m.sender_name, m.sender, m.language) for m in worker.mailer.sent} == {
        ("Acme Domeny", "biuro@acme.example", "pl"),
        ("Nordhost", "post@nord.example", "de"),
    }


# --- the log -------------------------------------------------------------------------------------------------


def test_the_log_shows_each_partner_its_own_messages(database: Database, partner: Partner) -> None:
    nord = make_partner(database, name="Nordhost")
    make_subscriber(database, nord)
    data = {"number": "PRO/2026/00001", "gross": 4999, "currency": "PLN"}
    with tenancy.tenant(partner.id), database.writing() as session:
        about = operations.queue_mail(session, "payment_received", "a@b.pl", "en", data, "k", ("proforma", 7))
    with tenancy.tenant(partner.id), database.reading() as session:
        assert queries.messages(session).total == 2
        assert [m.id for m in queries.messages(session, kind="payment_received").items] == [about.id]
        assert [m.id for m in queries.messages(session, text="A@B").items] == [about.id]
        assert queries.messages(session, text="\0%").total == queries.messages(session, state="failed").total == 0
        assert [m.id for m in queries.messages_about(session, "proforma", 7)] == [about.id]
        assert queries.messages_about(session, "proforma", 8) == []
    with tenancy.tenant(nord.id), database.reading() as session, pytest.raises(NotFound):
        queries.message(session, about.id)
