"""H-59: the log only grows, and whoever changes it behind its back is found at the very link."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories import make_partner
from tests.harness.log_rows import unguarded
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.reseller.partners import audit, log_chain
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

ANNA = Actor("user", 7, "anna@example.com", "192.0.2.7", "r1", through="ewa@acme.example")
_PLATFORM = "SELECT set_config('witryna.tenant', 'platform', true)"


def write(database: Database, partner: Partner, *actions: str) -> None:
    with tenancy.tenant(partner.id), database.writing() as session:
        for action in actions:
            audit.record(session, ANNA, action, "account", 3, "Żółw", amount=12, words=["ä", "\u2028"])


def verdict(database: Database, partner: Partner) -> log_chain.Verdict:
    return log_chain.verify_all(database)[partner.id]


def by_hand(database: Database, statement: str, *, guarded: bool = True) -> int:
    with database.engine.begin() as connection:
        if database.is_postgresql:
            connection.execute(text(_PLATFORM))
        else:
            for way in ("COMMIT", "PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"):
                connection.execute(text(way))
        if guarded:
            return connection.execute(text(statement)).rowcount
        with unguarded(connection):
            return connection.execute(text(statement)).rowcount


@pytest.fixture
def partner(database: Database) -> Partner:
    """A partner whose log has five sealed deeds beside those of its opening."""
    made = make_partner(database)
    write(database, made, "one.a", "one.b", "one.c", "one.d", "one.e")
    log_chain.seal_all(database)
    return made


@pytest.mark.parametrize("table", ["audit_events", "audit_seals"])
def test_not_even_sql_by_hand_changes_or_drops_a_row(database: Database, partner: Partner, table: str) -> None:
    column = "action" if table == "audit_events" else "hash"
    tries = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1000"]
    if database.is_postgresql:
        tries += [f"TRUNCATE {table} CASCADE"]
    else:
        tries += [
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        ]
    for statement in tries:
        with pytest.raises(DatabaseError, match="never changed"):
            by_hand(database, statement)
    assert verdict(database, partner).broken is None


def test_links_follow_each_other_and_partners_have_chains_of_their_own(database: Database, partner: Partner) -> None:
    other = make_partner(database, name="Other", legal_name="Other GmbH", country="DE", iban="", tax_id="")
    write(database, other, "two.a")
    before = verdict(database, partner)
    assert log_chain.seal_all(database) > 0
    assert log_chain.seal_all(database) == 0, "each deed has one link"
    assert verdict(database, partner) == before
    assert verdict(database, other).links > 0
    assert verdict(database, other).head != before.head


def test_two_who_write_and_two_who_seal_at_once_make_one_chain(database: Database, partner: Partner) -> None:
    """Every deed gets one link, whatever order the transactions end in."""
    before, over = verdict(database, partner).links, threading.Event()

    def seal() -> None:
        while not over.is_set():
            log_chain.seal_all(database)

    def write_much() -> None:
        for number in range(20):
            write(database, partner, f"many.{number}", "many.more")

    with ThreadPoolExecutor(4) as pool:
        sealing, writing = [pool.submit(seal) for _ in range(2)], [pool.submit(write_much) for _ in range(2)]
        wait(writing)
        over.set()
    for each in (*writing, *sealing):
        each.result()
    log_chain.seal_all(database)
    found = verdict(database, partner)
    assert (found.broken, found.links) == (None, before + 80)


DAMAGE = {
    "another word": ("UPDATE audit_events SET object_label = 'Anna' WHERE action = 'one.c'", "link"),
    "another actor": ("UPDATE audit_events SET through = '' WHERE action = 'one.c'", "link"),
    "other data": ("UPDATE audit_events SET data = '{}' WHERE action = 'one.c'", "link"),
    "an event less": ("DELETE FROM audit_events WHERE action = 'one.c'", "event"),
    "a link less": (
        "DELETE FROM audit_seals WHERE event_id = (SELECT id FROM audit_events WHERE action = 'one.c')",
        "gap",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_first_broken_link_is_named(database: Database, partner: Partner, damage: str) -> None:
    statement, why = DAMAGE[damage]
    links = verdict(database, partner).links
    if damage == "an event less" and database.is_postgresql:
        with pytest.raises(DatabaseError, match="foreign key"):
            by_hand(database, statement, guarded=False)
        return
    assert by_hand(database, statement, guarded=False) == 1
    found = verdict(database, partner).broken
    assert found is not None
    assert (found.why, found.sequence) == (why, links - 2), "the third from the end"


def test_a_deed_that_commits_late_is_sealed_late_and_one_without_a_link_is_found(
    database: Database, partner: Partner
) -> None:
    with clock.shifted(-log_chain.PATIENCE - timedelta(minutes=1)):
        write(database, partner, "one.late")
    found = verdict(database, partner).broken
    assert found is not None
    assert found.why == "unsealed"
    assert log_chain.seal_all(database, everywhere=True) == 1
    assert verdict(database, partner).broken is None
