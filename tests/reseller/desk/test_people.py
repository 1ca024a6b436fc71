"""Merging two accounts of one subscriber, taking one's data along, and being forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.factories import PASSWORD, make_staff, make_subscriber, password_hash
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.schema import Base
from webapp.reseller.accounts import by_partner, consents, entering, notes
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Account, Contact, Membership, User
from webapp.reseller.billing import invoices, ledger
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import price_groups
from webapp.reseller.catalog.models import Product
from webapp.reseller.desk import books, erasure, merge, personal_data
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.orders import behalf, manual
from webapp.reseller.orders import operations as orders
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import staff
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services import watches
from webapp.reseller.services.models import Domain, Service, ServiceFile, ServiceTask

NAME, PHONE, STREET, EMAIL = "Zenobiusz Unikatowski", "+48.608123987", "Osobliwa 77", "zenobiusz@unikat.example"


def person(shop: Shop) -> Any:
    return make_subscriber(shop.database, shop.partner, EMAIL, name=NAME, street=STREET, phone=PHONE)


def broken(shop: Shop) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in books.check(shop.database) if not one.ok]


def give_credit(shop: Shop, account_id: int, amount: int, currency: str = "PLN") -> None:
    with shop.scope(), shop.database.writing() as session:
        ledger.add_credit(session, account_id, currency, amount)
        postings = {ledger.credit_account(account_id): amount, "write_offs": -amount}
        ledger.post(session, ledger.RETAIL, f"gift:{account_id}:{currency}", currency, postings, account_id)


def take_credit(shop: Shop, account_id: int, amount: int) -> None:
    with shop.scope(), shop.database.writing() as session:
        assert ledger.take_credit(session, account_id, "PLN", amount)
        postings = {ledger.credit_account(account_id): -amount, "write_offs": amount}
        ledger.post(session, ledger.RETAIL, f"back:{account_id}", "PLN", postings, account_id)


# --- merge ---------------------------------------------------------------------------------------------------


def test_a_merge_moves_everything_and_the_books_hold(shop: Shop) -> None:
    sold, other = shop.sell("alpha.com"), person(shop)
    old, new = shop.subscriber.account_id, other.account_id
    give_credit(shop, old, 500)
    give_credit(shop, new, 70)
    with shop.scope(), shop.database.writing() as session:
        notes.add(session, SELLER, old, "Likes tea")
        consents.set_consent(session, SELLER, old, "newsletter", "mail", given=True, source="partner")
        seen = merge.preview(session, old, new)
        assert dict(seen.moves)["Domains"] == dict(seen.moves)["Proformas"] == 1
        assert seen.credits == (("PLN", 500),)
        merge.merge(session, SELLER, old, new)
    with shop.scope(), shop.database.reading() as session:
        assert account_queries.account(session, old).merged_into_id == new
        assert session.scalars(select(Domain.account_id)).all() == [new]
        assert billing_queries.proforma(session, sold.id).account_id == new
        assert billing_queries.credit(session, new, "PLN") == 570
        assert billing_queries.credit(session, old, "PLN") == 0
        assert {each.user.email for each in account_queries.people_of(session, new)} == {EMAIL, "anna@example.com"}
        assert [each.is_default for each in account_queries.contacts(session, new)] == [True, False]
        assert consents.current(session, new)["mail"] is None, "the one that stays had not agreed"
        left = [model for model, _ in merge.MOVES if session.scalar(select(model.id).where(model.account_id == old))]
        assert left == []
    assert broken(shop) == []


def test_a_person_in_both_accounts_keeps_every_right(shop: Shop) -> None:
    other, anna = person(shop), shop.subscriber
    with shop.scope(), shop.database.writing() as session:
        now = clock.now()
        session.add(Membership(user_id=anna.user.id, account_id=other.account_id, rights=["pay"], created_at=now))
    with shop.scope(), shop.database.writing() as session:
        merge.merge(session, SELLER, anna.account_id, other.account_id)
        [mine] = account_queries.accounts_of(session, anna.user.id)
        assert mine.rights == frozenset(accounts.ALL_RIGHTS)


@pytest.mark.parametrize(("pair", "code"), [((0, 0), "same"), ((0, 2), "not_found"), ((1, 0), "gone")])
def test_what_cannot_be_merged_is_refused(shop: Shop, pair: tuple[int, int], code: str) -> None:
    other, gone = person(shop), make_subscriber(shop.database, shop.partner, "third@example.com")
    ids = [shop.subscriber.account_id, other.account_id, 987_654]
    with shop.scope(), shop.database.writing() as session:
        merge.merge(session, SELLER, other.account_id, gone.account_id)
    with (
        shop.scope(),
        shop.database.writing() as session,
        pytest.raises(NotFound if code == "not_found" else Refusal) as refused,
    ):
        merge.merge(session, SELLER, ids[pair[0]], ids[pair[1]])
    assert refused.value.code == code


def test_no_table_of_an_account_is_forgotten() -> None:
    """A new table with `account_id` moves in a merge, or says here how else it is cared for."""
    elsewhere = {
        "memberships": "people keep every right",
        "price_group_members": "one group per account",
        "ledger_postings": "history is not rewritten",
        "credit_balances": "moved by an entry of its own",
    }
    owned = {name for name, table in Base.metadata.tables.items() if "account_id" in table.c}
    assert owned == {model.__tablename__ for model, _ in merge.MOVES} | set(elsewhere)


def test_invoices_stay_as_they_were_and_credit_moves_in_each_currency(shop: Shop) -> None:
    proforma, other = shop.sell("alpha.com"), person(shop)
    old, new = shop.subscriber.account_id, other.account_id
    for currency, amount in (("PLN", 500), ("EUR", 70)):
        give_credit(shop, old, amount, currency)
    with shop.scope(), shop.database.writing() as session:
        before = invoices.issue_for_proforma(session, SELLER, proforma.id)
        told = (before.number, before.hash, before.buyer)
        merge.merge(session, SELLER, old, new)
    with shop.scope(), shop.database.reading() as session:
        after = session.scalars(select(Invoice)).one()
        assert (after.number, after.hash, after.buyer) == told
        assert after.account_id == new
        assert {each: billing_queries.credit(session, new, each) for each in ("PLN", "EUR")} == {"PLN": 500, "EUR": 70}
    assert broken(shop) == []


def test_two_merges_at_once_come_one_after_the_other(shop: Shop) -> None:
    """Each into the other: one is done, the second one is told why not; nothing is lost or doubled."""
    other, first = person(shop), shop.subscriber
    give_credit(shop, first.account_id, 500)
    give_credit(shop, other.account_id, 70)
    said: list[str] = []

    def into(old: int, new: int) -> None:
        try:
            with shop.scope(), shop.database.writing() as session:
                merge.merge(session, SELLER, old, new)
            said.append("merged")
        except Refusal as refusal:
            said.append(refusal.code)

    pairs = ((first.account_id, other.account_id), (other.account_id, first.account_id))
    threads = [Thread(target=into, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["gone", "merged"]
    with shop.scope(), shop.database.reading() as session:
        left = [billing_queries.credit(session, each, "PLN") for pair in pairs[:1] for each in pair]
    assert sorted(left) == [0, 570]
    assert broken(shop) == []


# --- taking along, forgetting --------------------------------------------------------------------------------


def live(shop: Shop) -> Shop:
    """Somebody with an order, messages, notes, consents, a basket, a watch, sign-ins, a reset link; nothing is live."""
    other = person(shop)
    mine = Shop(shop.database, shop.partner, other, shop.worker)
    order = mine.order("zenek.com")
    actor = Actor("user", other.user.id, EMAIL, "192.0.2.99")
    with shop.scope(), shop.database.writing() as session:
        orders.cancel(session, SELLER, order.id)
    with shop.scope(), shop.database.writing() as session:
        accounts.open_sign_in(session, other.user, "192.0.2.99", "Netscape")
        accounts.request_password_reset(session, actor, EMAIL)
        notes.add(session, SELLER, other.account_id, f"{NAME} called from {PHONE}")
        consents.set_consent(session, actor, other.account_id, "newsletter", "sms", given=True, source="panel")
        watches.watch(session, actor, other.account_id, other.user.id, "watched.com")
        _asides(session, other.account_id, order)
    mine.work()
    return mine


def _asides(session: Session, account_id: int, proforma: Proforma) -> None:
    """Hosting that has ended, with a file; a payment that a gateway told of; a mail to the partner about the buyer."""
    now, product = clock.now(), session.scalars(select(Product).limit(1)).one()
    service = Service(
        kind="hosting", product_id=product.id, account_id=account_id, state="deleted", label="zenek.com", created_at=now
    )
    session.add(service)
    session.flush()
    file = {"name": f"{NAME}.txt", "media_type": "text/plain", "size": 3, "stored_as": "services/1/secret"}
    task = {"line_key": "x", "kind": "set_up", "state": "done", "years": 1, "due_on": now.date(), "note": NAME}
    session.add(ServiceFile(service_id=service.id, added_at=now, **file))
    session.add(ServiceTask(service_id=service.id, created_at=now, **task))
    times = {"started_at": now, "changed_at": now}
    facts: dict[str, Any] = {"proformas": [proforma.id], "amount": 1, "currency": "PLN", "locale": "pl", **times}
    session.add(GatewayPayment(gateway="stripe", session_key="k", account_id=account_id, state="failed", **facts))
    event = {"event_id": "e", "kind": "x", "session_key": "k", "raw": f'{{"name": "{NAME}"}}', "state": "done"}
    session.add(GatewayEvent(gateway="stripe", received_at=now, **event))
    data = {"name": NAME, "operation": "renew", "detail": "2400"}
    about = ("proforma", proforma.id)
    queue_mail(session, "needs_attention_partner", "biuro@acme.example", "pl", data, "attention", about)


def test_everything_that_we_hold_is_in_the_file(shop: Shop) -> None:
    mine = live(shop)
    with mine.scope(), mine.database.reading() as session:
        pack = personal_data.archive(session, personal_data.holder(session, mine.subscriber.account_id))
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        data, page = json.loads(opened.read("data.json")), opened.read("data.html").decode()
    rooms = data["rooms"]
    assert rooms["subscriber"]["contacts"][0]["phone"] == PHONE
    assert rooms["subscriber"]["consents"][-1]["channel"] == "sms"
    assert rooms["services"]["domains"][0]["name"] == "zenek.com"
    assert rooms["money"]["proformas"][0]["buyer"]["name"] == NAME
    assert {each["kind"] for each in rooms["messages"]["messages"]} >= {"welcome", "proforma", "password_reset"}
    assert rooms["log"]["audit_events"]
    assert NAME in page
    assert "argon2" not in json.dumps(data), "no keys travel"
    assert "anna@example.com" not in json.dumps(data), "nobody else's"


def test_no_table_about_a_subscriber_is_left_out(shop: Shop) -> None:
    """A new table with a key to something of a subscriber is in the file, or says here why not."""
    elsewhere = {"one_time_tokens": "keys never travel"}
    keys = {"account_id", "user_id", "contact_id", "domain_id", "service_id", "order_id", "invoice_id", "cart_id"}
    owned = {name for name, table in Base.metadata.tables.items() if keys & set(table.c.keys())}
    with shop.scope(), shop.database.reading() as session:
        rooms = personal_data.collect(session, personal_data.holder(session, shop.subscriber.account_id))
    assert owned - {table for room in rooms.values() for table in room} == set(elsewhere)


def test_nothing_of_others_is_in_the_file_though_they_share_a_mailbox_and_a_person(shop: Shop) -> None:
    """A bookkeeper's address stands at two subscribers, and one person works for both."""
    mine, anna = live(shop), shop.subscriber
    shop.order("annas-secret.com")
    with shop.scope(), shop.database.writing() as session:
        hers = account_queries.default_contact(session, mine.subscriber.account_id)
        hers.email = "anna@example.com"
        row = {"user_id": anna.user.id, "account_id": mine.subscriber.account_id, "rights": ["view"]}
        session.add(Membership(created_at=clock.now(), **row))
        accounts.open_sign_in(session, anna.user, "192.0.2.55", "Annas Browser")
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        rooms = personal_data.collect(session, personal_data.holder(session, mine.subscriber.account_id))
        told = json.dumps(rooms)
    assert "annas-secret.com" not in told
    assert "192.0.2.55" not in told
    assert {each["email"] for each in rooms["subscriber"]["users"]} == {EMAIL, "anna@example.com"}, "she is a member"
    assert {each["kind"] for each in rooms["messages"]["messages"]} >= {"welcome", "proforma"}


def test_from_where_staff_looked_in_is_not_told(shop: Shop) -> None:
    ewa = make_staff(shop.database, shop.partner, role="staff")
    actor = Actor("staff", ewa.id, ewa.email, "192.0.2.200", "r-1")
    with shop.scope(), shop.database.writing() as session:
        entering.give(session, actor, shop.subscriber.account_id, shop.subscriber.user.id)
    with shop.scope(), shop.database.reading() as session:
        told = json.dumps(personal_data.collect(session, personal_data.holder(session, shop.subscriber.account_id)))
    assert ewa.email in told
    assert "192.0.2.200" not in told


#: Where the law or the log keeps a name: papers, payments, acceptances, the log.
KEPT = {"proformas", "invoices", "invoice_copies", "audit_events", "orders", "order_acceptances", "payments"}


def where_found(shop: Shop, *words: str) -> set[str]:
    """Tables in which one of these words stands anywhere, read past every wall."""
    found = set()
    with shop.database.engine.begin() as connection:
        if shop.database.is_postgresql:
            connection.execute(text("SELECT set_config('witryna.tenant', 'platform', true)"))
        for table in Base.metadata.sorted_tables:
            rows = " ".join(
                json.dumps(list(map(str, row)), ensure_ascii=False) for row in connection.execute(select(table))
            )
            if any(word in rows for word in words):
                found.add(table.name)
    return found


def test_after_erasing_a_name_stands_only_where_the_law_keeps_it(shop: Shop) -> None:
    mine = live(shop)
    assert where_found(shop, NAME, EMAIL, PHONE, STREET) > KEPT & {"proformas", "audit_events"}
    with shop.scope(), shop.database.reading() as session:
        assert erasure.outlook(session, mine.subscriber.account_id).reasons == ()
    with shop.scope(), shop.database.writing() as session:
        assert erasure.erase(session, SELLER, mine.subscriber.account_id) == ["services/1/secret"]
    assert where_found(shop, NAME, EMAIL, PHONE, STREET) <= KEPT
    with shop.scope(), shop.database.reading() as session:
        assert billing_queries.proformas(session, account_id=mine.subscriber.account_id).total == 1
        with pytest.raises(Refusal):
            accounts.authenticate(session, EMAIL, PASSWORD)
        assert account_queries.accounts_of(session, mine.subscriber.user.id) == []
    assert {"users", "contacts"} <= where_found(shop, "anna@example.com"), "nobody else is forgotten"
    shop.work()
    make_subscriber(shop.database, shop.partner, EMAIL)  # the address is free again


def test_a_merged_account_is_forgotten_with_the_one_that_took_it_over(shop: Shop) -> None:
    """... by way of a third one too; and its history went along before."""
    first, second, last = person(shop), make_subscriber(shop.database, shop.partner, "b@example.com"), shop.subscriber
    give_credit(shop, first.account_id, 300)
    for old, new in ((first, second), (second, last)):
        with shop.scope(), shop.database.writing() as session:
            merge.merge(session, SELLER, old.account_id, new.account_id)
    with shop.scope(), shop.database.reading() as session:
        money = personal_data.collect(session, personal_data.holder(session, last.account_id))
        entries = {each["account_id"] for each in money["money"]["ledger_postings"]}
        assert entries == {first.account_id, second.account_id, last.account_id}
        assert any(each["object_id"] == first.account_id for each in money["log"]["audit_events"])
    take_credit(shop, last.account_id, 300)
    with shop.scope(), shop.database.writing() as session:
        erasure.erase(session, SELLER, last.account_id)
    assert where_found(shop, NAME) <= KEPT


def _gone(shop: Shop, how: str) -> int:
    """An account that was merged or erased."""
    account_id: int = person(shop).account_id
    with shop.scope(), shop.database.writing() as session:
        if how == "merged":
            merge.merge(session, SELLER, account_id, shop.subscriber.account_id)
        else:
            erasure.erase(session, SELLER, account_id)
    return account_id


CONTACT = {
    "kind": "person", "name": "Ktoś", "street": "Nowa 1", "postcode": "00-838", "city": "Łódź", "country": "PL",
    "email": "k@example.com", "phone": "+48 601 234 567",
}  # fmt: skip
#: What somebody with an old page open could still send.
LATE: dict[str, Any] = {
    "a note": lambda s, i: notes.add(s, SELLER, i, "late"),
    "a consent": lambda s, i: consents.set_consent(s, SELLER, i, "newsletter", "sms", given=True, source="partner"),
    "a contact": lambda s, i: accounts.add_contact(s, SELLER, i, CONTACT),
    "another address": lambda s, i: [
        accounts.update_contact(s, SELLER, i, each.id, CONTACT) for each in account_queries.contacts(s, i)
    ] or accounts.update_contact(s, SELLER, i, 1, CONTACT),
    "a group": lambda s, i: price_groups.put_in(s, SELLER, i, price_groups.create(s, SELLER, "G").id),
    "rights": lambda s, i: by_partner.set_rights(s, SELLER, i, 1, ["view"]),
    "a state": lambda s, i: by_partner.set_status(s, SELLER, i, "active"),
    "an order": lambda s, i: behalf.order_for(s, SELLER, i, [behalf.Wanted("late.com", 1)], "key"),
    "a proforma": lambda s, i: manual.write_proforma(s, SELLER, i, [manual.FreeLine("Work", 1, 100, 2300)], "", "key"),
    "a merge": lambda s, i: merge.merge(s, SELLER, i, 1),
}  # fmt: skip


@pytest.mark.parametrize("how", ["merged", "erased"])
def test_nothing_happens_to_who_is_gone(shop: Shop, how: str) -> None:
    account_id = _gone(shop, how)
    for what, late in LATE.items():
        with shop.scope(), shop.database.writing() as session:
            with pytest.raises(Refusal, match="merged or erased"):
                late(session, account_id)
            session.rollback()
        assert broken(shop) == [], what


def test_nobody_is_erased_while_services_run_or_money_is_open(shop: Shop) -> None:
    account_id = shop.subscriber.account_id
    shop.order("open.com")
    shop.sell("live.com")
    give_credit(shop, account_id, 100)
    with shop.scope(), shop.database.writing() as session:
        reasons = " ".join(erasure.outlook(session, account_id).reasons)
        assert all(word in reasons for word in ("Domains are live", "Proformas are open", "credit"))
        with pytest.raises(Refusal, match="live"):
            erasure.erase(session, SELLER, account_id)
        assert session.scalars(select(Contact.email)).all() == ["anna@example.com"]


def test_a_person_with_another_account_stays_and_so_do_shared_addresses(shop: Shop) -> None:
    other, anna = person(shop), shop.subscriber
    with shop.scope(), shop.database.writing() as session:
        session.add(
            Membership(user_id=anna.user.id, account_id=other.account_id, rights=["view"], created_at=clock.now())
        )
    with shop.scope(), shop.database.writing() as session:
        erasure.erase(session, SELLER, other.account_id)
        assert session.scalar(select(User.email).where(User.id == anna.user.id)) == "anna@example.com"
        assert session.scalar(select(Account.status).where(Account.id == other.account_id)) == "erased"
        assert [each.account.id for each in account_queries.accounts_of(session, anna.user.id)] == [anna.account_id]


def test_a_look_through_the_subscribers_eyes(shop: Shop) -> None:
    """H-21: one way in, once, for staff who may; it names both and ends with the staff's rights."""
    ewa = make_staff(shop.database, shop.partner, role="staff")
    make_staff(shop.database, shop.partner, "owner@acme.example", role="owner")
    actor = Actor("staff", ewa.id, ewa.email, "192.0.2.8")
    with shop.scope(), shop.database.writing() as session:
        partners.open_staff_sign_in(session, ewa)
        code = entering.give(session, actor, shop.subscriber.account_id, shop.subscriber.user.id)
        token = entering.take(session, code, "192.0.2.8", "Firefox")
        found = entering.user_with_staff(session, token)
        assert found is not None
        assert (found[0].email, found[1]) == ("anna@example.com", ewa.email)
        with pytest.raises(Refusal):
            entering.take(session, code, "192.0.2.8", "Firefox")
        looking = Actor("user", shop.subscriber.user.id, "anna@example.com", through=ewa.email)
        with pytest.raises(Refusal, match="Only the subscriber"):
            accounts.change_password(session, looking, shop.subscriber.user.id, password_hash())
        account_id = shop.subscriber.account_id
        with pytest.raises(Refusal, match="Only the subscriber"):
            consents.set_consent(session, looking, account_id, "newsletter", "mail", given=True, source="panel")
    with shop.scope(), shop.database.writing() as session:
        staff.change_member(session, actor, ewa.id, ewa.name, "content", "active")
        assert entering.user_with_staff(session, token) is None, "the right is gone, and so is the look"


def test_consents_are_a_history_by_channel(shop: Shop) -> None:
    """H-22: given, taken back and given again, each with date, source and who wrote it down."""
    account_id, by = shop.subscriber.account_id, Actor("staff", 3, "ewa@acme.example")
    with shop.scope(), shop.database.writing() as session:
        for given in (True, True, False, True):
            consents.set_consent(session, by, account_id, "newsletter", "phone", given=given, source="partner")
        rows = [row for row in account_queries.consents(session, account_id) if row.kind == "newsletter"]
        assert [(row.channel, row.withdrawn_at is None, row.recorded_by, row.source) for row in rows] == [
            ("phone", True, "ewa@acme.example", "partner"),
            ("phone", False, "ewa@acme.example", "partner"),
        ]
        told = session.scalars(select(Account.id).where(consents.may_be_told("phone"))).all()
        assert told == [account_id]
        assert session.scalars(select(Account.id).where(consents.may_be_told("sms"))).all() == []
        with pytest.raises(Refusal):
            consents.set_consent(session, by, account_id, "newsletter", "fax", given=True, source="partner")
