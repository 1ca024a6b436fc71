"""The books hold after real stories, and each kind of damage is named (safety promises I1 to I10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.factories import make_partner, make_subscriber
from tests.harness.databases import TemplateDatabases
from tests.harness.log_rows import unguarded
from tests.selling import SELLER, Shop, open_shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.reseller.billing import invoices, money_documents
from webapp.reseller.billing.bank_models import BankLine, BankStatement
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.catalog import codes
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.cms import operations as cms
from webapp.reseller.desk import books
from webapp.reseller.orders import matching
from webapp.reseller.partners import log_chain
from webapp.reseller.partners.audit import SYSTEM


def broken(database: Database) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in books.check(database) if not one.ok]


#: What lets a careless hand past keys and walls; each database has its own words for it.
OPEN_SQLITE = ("COMMIT", "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON", "BEGIN IMMEDIATE")
OPEN_POSTGRESQL = ("SELECT set_config('witryna.tenant', 'platform', true)",)


def damage(database: Database, statement: str) -> None:
    """Write past every wall, as a defect or a careless hand would."""
    with database.engine.begin() as connection:
        for way in OPEN_POSTGRESQL if database.is_postgresql else OPEN_SQLITE:
            connection.execute(text(way))
        with unguarded(connection):
            assert connection.execute(text(statement)).rowcount != 0, "the damage hit nothing"


def test_an_empty_install_has_clean_books(database: Database) -> None:
    assert broken(database) == []
    assert len(books.check(database)) == len(books.CHECKS)


def test_the_books_hold_at_every_step_of_a_sale(shop: Shop) -> None:
    proforma = shop.order("alpha.com", "beta.pl")
    assert broken(shop.database) == []
    shop.pay(proforma, proforma.gross // 2)
    assert broken(shop.database) == []
    shop.pay(proforma, proforma.gross, key="rest")
    assert broken(shop.database) == []
    shop.activate(proforma)
    assert broken(shop.database) == [], "the worker has not come yet, but its rows wait"
    shop.work()
    assert broken(shop.database) == []
    renewal = shop.renew(shop.domains()["alpha.com"])
    shop.pay(renewal)
    shop.activate(renewal)
    shop.work()
    assert shop.line_states() == ["done", "done", "done"]
    assert broken(shop.database) == []


def test_the_books_hold_when_funds_are_short_and_when_they_arrive(shop: Shop) -> None:
    first = shop.order("alpha.com")
    damage(shop.database, "UPDATE wholesale_balances SET amount = 0")
    damage(shop.database, "DELETE FROM ledger_postings WHERE book = 'wholesale'")
    shop.pay(first)
    shop.activate(first)
    assert shop.line_states() == ["awaiting_funds"]
    assert broken(shop.database) == []
    shop.top_up(100_000, "later")
    shop.work()
    assert shop.line_states() == ["done"]
    assert broken(shop.database) == []


def test_two_partners_books_do_not_mix(shop: Shop) -> None:
    shop.sell("alpha.com")
    other = make_partner(shop.database, name="Other", email="other@example.com")
    make_subscriber(shop.database, other)
    assert broken(shop.database) == []


OUTBOX = "UPDATE outbox SET {} WHERE id = (SELECT min(id) FROM outbox WHERE done_at IS NULL)"
DAMAGE = {
    "I1 each activated line": [
        "UPDATE order_lines SET state = 'awaiting_payment'",
        "UPDATE provisioning_operations SET line_key = 'order-line:999'",
        "UPDATE provisioning_operations SET state = 'refused'",
        "UPDATE order_lines SET state = 'refused'",
    ],
    "I1 each open operation": ["UPDATE provisioning_operations SET state = 'unknown'"],
    "I3 each ledger entry": [
        "UPDATE ledger_postings SET amount = amount + 1 WHERE ledger_account = 'cash'",
        "DELETE FROM ledger_postings WHERE ledger_account = 'sales'",
        "UPDATE ledger_postings SET currency = 'EUR' WHERE ledger_account = 'cash'",
    ],
    "I3 each credit": ["UPDATE credit_balances SET amount = amount + 1"],
    "I3 each wholesale": ["UPDATE wholesale_balances SET amount = amount - 1", "DELETE FROM wholesale_balances"],
    "I4 each payment is": [
        "UPDATE payments SET amount = amount + 1",
        "DELETE FROM ledger_postings WHERE ledger_account = 'cash'",
    ],
    "I4 each paid": [
        "UPDATE proformas SET state = 'issued' WHERE state = 'activated'",
        "DELETE FROM ledger_postings WHERE entry LIKE 'settle:%'",
        "UPDATE proformas SET gross = gross + 1, tax = tax + 1",
    ],
    "I1 nothing is asked": ["UPDATE proformas SET state = 'paid' WHERE state = 'activated'"],
    "I4 each refund": [
        "UPDATE money_documents SET amount = amount + 1 WHERE kind = 'refund'",
        "UPDATE money_documents SET state = 'failed' WHERE kind = 'refund'",
        "DELETE FROM ledger_postings WHERE entry LIKE 'refund:%'",
    ],
    "I4 no more goes back": [
        "UPDATE payments SET undone_at = recorded_at WHERE bank_line_id IS NOT NULL",
        "UPDATE money_documents SET amount = 701 WHERE kind = 'refund'",
    ],
    "I4 each invoice is over": [
        "UPDATE proformas SET gross = gross + 1, tax = tax + 1 WHERE state = 'activated'",
        "UPDATE proformas SET state = 'issued' WHERE state = 'activated'",
    ],
    "I4 no more of a price": [
        "UPDATE ledger_postings SET entry = 'give-back:1:x', amount = -99999 WHERE entry LIKE 'settle:%' AND amount > 0"
    ],
    "I4 payments less": ["UPDATE payments SET amount = amount + 1", "UPDATE credit_balances SET amount = amount + 1"],
    "I4 each movement": [
        "UPDATE bank_lines SET state = 'open'",
        "UPDATE bank_lines SET amount = amount + 1",
        "UPDATE payments SET bank_line_id = NULL",
    ],
    "I4 each payment of a gateway": [
        "UPDATE payments SET gateway = 'stripe', gateway_ref = 'x' WHERE bank_line_id IS NOT NULL",
        "UPDATE gateway_payments SET state = 'paid'",
    ],
    "I4 promotions and codes": ["UPDATE discount_codes SET used = used + 1"],
    "I6 invoice numbers": ["UPDATE number_series SET last = 7 WHERE series = 'invoice'"],
    "I6 numbers of money papers": [
        "UPDATE money_documents SET sequence = 2",
        "DELETE FROM number_series WHERE series = 'refund'",
    ],
    "I6 each invoice": ["UPDATE invoices SET number = 'FV/1'", "UPDATE invoice_lines SET amount = 1"],
    "I6 the chain": [
        "UPDATE audit_events SET action = 'x' WHERE id = 3",
        "DELETE FROM audit_seals WHERE sequence = 2",
        "UPDATE audit_seals SET hash = 'x' WHERE sequence = 1",
    ],
    "I10 each word": ["UPDATE gateway_events SET state = 'dead'", "UPDATE gateway_events SET state = 'new'"],
    "I5 no wholesale": ["UPDATE wholesale_balances SET amount = -1, credit_limit = 0"],
    "I6 proforma numbers": [
        "UPDATE proformas SET sequence = sequence + 1",
        "UPDATE number_series SET last = 7",
        "DELETE FROM number_series",
    ],
}


def _sell(url: str) -> None:
    with open_shop(Database(url)) as shop:
        shop.sell("alpha.com")
        _trade(shop)
        assert broken(shop.database) == []


def _trade(shop: Shop) -> None:
    """An invoice, money that went back, a movement of a bank, an online payment, a code, and links in the log."""
    account, day = shop.subscriber.account_id, clock.today("UTC")
    unpaid = shop.order("beta.com")
    facts = {"first_day": day, "last_day": day, "opening": 0, "closing": 700}
    with shop.scope(), shop.database.writing() as session:
        invoices.issue_for_proforma(session, SELLER, 1)
        code = codes.Draft(code="WELCOME", kind="percent", value=1000, valid_from=day, conditions=Conditions())
        codes.create(session, SELLER, code)
        statement = BankStatement(
            file_name="a.sta",
            file_hash="x",
            format="mt940",
            account="PL61",
            currency="PLN",
            **{"imported_by": "ewa", "imported_at": clock.now(), "warnings": []} | facts,
        )
        session.add(statement)
        session.flush()
        about = {"statement_id": statement.id, "position": 1, "dedupe": "x", "booked_on": day}
        line = BankLine(**about, amount=700, currency="PLN", state="open", suggestions=[])
        session.add(line)
        session.flush()
        money = matching.assign(session, SELLER, line.id, account, [])
        money_documents.refund(session, SELLER, money.id, 300, "", "back")
        wanted: dict[str, Any] = {"gateway": "stripe", "account_id": account, "currency": "PLN", "locale": "pl"}
        online = {"proformas": [unpaid.id], "amount": 100, "started_at": clock.now(), "changed_at": clock.now()}
        session.add(GatewayPayment(**wanted, **online, session_key="x", state="pending"))
        event = {"event_id": "1", "kind": "paid", "raw": "{}", "received_at": clock.now(), "done_at": clock.now()}
        session.add(GatewayEvent(gateway="stripe", state="done", **event))
    log_chain.seal_all(shop.database)


@pytest.fixture(scope="module")
def sold_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    """The maker of databases in which a name was sold, with clean books."""
    return TemplateDatabases(tmp_path_factory.mktemp("sold"), _sell, databases)


@pytest.mark.broken_books
@pytest.mark.parametrize(("name", "statement"), [(name, one) for name, many in DAMAGE.items() for one in many])
def test_damage_is_named(sold_databases: TemplateDatabases, name: str, statement: str) -> None:
    with sold_databases.fresh("sqlite") as url:
        database = Database(url)
        damage(database, statement)
        (find,) = (find for each, find in books.CHECKS.items() if each.startswith(name))
        with database.reading(tenancy.Platform("books")) as session:
            assert list(find(session)), "nobody saw it"
        database.dispose()


def test_every_check_has_a_damage_that_it_names() -> None:
    elsewhere = {"I7", "I8", "I9"}
    without = [name for name in books.CHECKS if not any(name.startswith(each) for each in DAMAGE)]
    assert {name.split()[0] for name in without} == elsewhere


@pytest.mark.broken_books
def test_a_period_that_was_renewed_twice_is_named(sqlite_url: str) -> None:
    with open_shop(Database(sqlite_url)) as shop:
        shop.sell("alpha.com", "beta.com")
        damage(shop.database, "DROP INDEX uq_provisioning_operations_renewal")
        damage(
            shop.database,
            "UPDATE provisioning_operations SET kind = 'renew', current_expiry = '2027-01-01', domain_id = 1",
        )
        assert [found for found in broken(shop.database) if found.startswith("I7 one renewal")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE domains SET registrant_id = (SELECT max(id) FROM contacts)",
        "UPDATE pages SET published_version_id = (SELECT max(id) FROM page_versions)",
    ],
)
def test_a_row_of_one_partner_that_leads_to_another_is_named(sqlite_url: str, statement: str) -> None:
    with open_shop(Database(sqlite_url)) as shop:
        shop.sell("alpha.com")
        other = make_partner(shop.database, name="Other", email="other@example.com")
        make_subscriber(shop.database, other)
        for partner in (shop.partner, other):
            _publish_a_page(shop.database, partner.id)
        assert broken(shop.database) == []
        damage(shop.database, f"{statement} WHERE partner_id = {shop.partner.id}")
        (found,) = broken(shop.database)
        assert found.startswith("I8 no row points to another tenant")


def _publish_a_page(database: Database, partner_id: int) -> None:
    with tenancy.tenant(partner_id), database.writing() as session:
        version = cms.store_page(session, SYSTEM, locale="pl", slug="about", title="About", description="", blocks=[])
        cms.publish_page(session, SYSTEM, version.page_id)


def test_a_row_that_nobody_takes_is_named_after_an_hour(shop: Shop) -> None:
    proforma = shop.order("alpha.com")
    shop.pay(proforma)
    shop.activate(proforma)
    assert broken(shop.database) == []
    with clock.shifted(timedelta(minutes=61)):
        (found,) = broken(shop.database)
    assert found.startswith("I9 the outbox moves: ")
    assert "domain.provision: 1 overdue, 0 dead" in found


def test_a_dead_row_is_named_at_once(shop: Shop) -> None:
    shop.order("alpha.com")
    damage(shop.database, OUTBOX.format("dead_at = created_at"))
    (found,) = broken(shop.database)
    assert "0 overdue, 1 dead" in found


@pytest.mark.broken_books
def test_only_the_first_offenders_are_named(shop: Shop) -> None:
    for number in range(8):
        shop.pay(shop.order(f"name{number}.com"), 100, key=f"part{number}")
    damage(shop.database, "UPDATE payments SET amount = amount + 1")
    (found,) = (each for each in broken(shop.database) if each.startswith("I4 each payment is booked"))
    assert found.endswith("and 3 more")
