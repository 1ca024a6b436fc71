"""Merging two accounts of one subscriber, taking one's data along, and being forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.factories import PASSWORD, make_subscriber, password_hash
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.schema import Base
from webapp.reseller.accounts import consents, entering, notes
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Account, Contact, Membership, User
from webapp.reseller.billing import ledger
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.desk import books, erasure, merge, personal_data
from webapp.reseller.orders import operations as orders
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services import watches
from webapp.reseller.services.models import Domain

NAME, PHONE, STREET, EMAIL = "Zenobiusz Unikatowski", "+48.608123987", "Osobliwa 77", "zenobiusz@unikat.example"


def person(shop: Shop) -> Any:
    return make_subscriber(shop.database, shop.partner, EMAIL, name=NAME, street=STREET, phone=PHONE)


def broken(shop: Shop) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in books.check(shop.database) if not one.ok]


def give_credit(shop: Shop, account_id: int, amount: int) -> None:
    with shop.scope(), shop.database.writing() as session:
        ledger.add_credit(session, account_id, "PLN", amount)
        postings = {ledger.credit_account(account_id): amount, "write_offs": -amount}
        ledger.post(session, ledger.RETAIL, f"gift:{account_id}", "PLN", postings, account_id)


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
    mine.work()
    return mine


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
        erasure.erase(session, SELLER, mine.subscriber.account_id)
    assert where_found(shop, NAME, EMAIL, PHONE, STREET) <= KEPT
    with shop.scope(), shop.database.reading() as session:
        assert billing_queries.proformas(session, account_id=mine.subscriber.account_id).total == 1
        with pytest.raises(Refusal):
            accounts.authenticate(session, EMAIL, PASSWORD)
        assert account_queries.accounts_of(session, mine.subscriber.user.id) == []
    assert {"users", "contacts"} <= where_found(shop, "anna@example.com"), "nobody else is forgotten"
    shop.work()
    make_subscriber(shop.database, shop.partner, EMAIL)  # the address is free again


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
    from tests.factories import make_staff
    from webapp.reseller.partners import staff

    ewa = make_staff(shop.database, shop.partner, role="staff")
    make_staff(shop.database, shop.partner, "owner@acme.example", role="owner")
    actor = Actor("staff", ewa.id, ewa.email, "192.0.2.8")
    with shop.scope(), shop.database.writing() as session:
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
