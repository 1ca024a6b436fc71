"""Subscribers: from registration to a change of address, each at one shop only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import PASSWORD, Subscriber, make_partner, make_subscriber, password_hash
from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import entering, operations, queries, validate
from webapp.reseller.accounts.models import Account, Consent, Contact, User, UserSignIn
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import AuditEvent, Partner

ANNA = Actor("user", 1, "anna@example.com", "192.0.2.7")
COMPANY = {"kind": "company", "organisation": "Pracownia sp. z o.o.", "tax_id": "526-025-02-74"}


def sign_in(database: Database, partner: Partner, email: str = "anna@example.com", password: str = PASSWORD) -> str:
    with tenancy.tenant(partner.id):
        with database.reading() as session:
            user = operations.authenticate(session, email, password)
        with database.writing() as session:
            return operations.open_sign_in(session, user, "192.0.2.7", "Firefox")


def who(database: Database, partner: Partner, token: str) -> str | None:
    with tenancy.tenant(partner.id), database.reading() as session:
        found = entering.user_with_staff(session, token)
        return found[0].email if found else None


def test_a_person_registers_and_has_all_rights_in_an_account_of_its_own(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner, " Anna@Example.com ", postcode="31147", phone="601 234 567")
    with tenancy.tenant(partner.id), database.reading() as session:
        [found] = queries.accounts_of(session, anna.user.id)
        contact = queries.default_contact(session, found.account.id)
        [person] = queries.people_of(session, found.account.id)
    assert (found.account.kind, found.account.name) == ("person", "Anna Żółkiewska")
    assert found.rights == person.rights == {"view", "order", "pay", "manage", "people"}
    assert person.user.email == "anna@example.com"
    assert (contact.email, contact.postcode, contact.phone) == ("anna@example.com", "31-147", "+48.601234567")
    assert (contact.organisation, contact.tax_id) == ("", "")


def test_a_company_is_called_by_its_name_and_has_a_tax_number(database: Database) -> None:
    partner = make_partner(database)
    company = make_subscriber(database, partner, **COMPANY)
    with tenancy.tenant(partner.id), database.reading() as session:
        account = queries.account(session, company.account_id)
        contact = queries.default_contact(session, company.account_id)
    assert (account.kind, account.name) == ("company", "Pracownia sp. z o.o.")
    assert (contact.name, contact.tax_id) == ("Anna Żółkiewska", "5260250274")


def test_what_a_person_has_no_use_for_is_not_kept(database: Database) -> None:
    partner = make_partner(database)
    person = make_subscriber(database, partner, organisation="Old Ltd", tax_id="not a number")
    with tenancy.tenant(partner.id), database.reading() as session:
        contact = queries.default_contact(session, person.account_id)
    assert (contact.organisation, contact.tax_id) == ("", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("kind", "robot"), ("name", ""), ("name", "A\nB"), ("email", "anna"), ("street", " "), ("city", "")),
        *(("postcode", "31"), ("postcode", ""), ("country", "Polska"), ("phone", "1"), ("phone", "")),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_stored(database: Database, field: str, value: str) -> None:
    partner = make_partner(database)
    with pytest.raises(Refusal) as refused:
        make_subscriber(database, partner, **{field: value})
    assert refused.value.field == field
    with tenancy.tenant(partner.id), database.reading() as session:
        for model in (User, Account, Contact, Message):
            assert session.scalars(select(model)).all() == []


@pytest.mark.parametrize(("field", "value"), [("organisation", ""), ("tax_id", "526-025-02-75")])
def test_a_company_without_a_name_or_with_a_wrong_tax_number_is_refused(
    database: Database, field: str, value: str
) -> None:
    with pytest.raises(Refusal) as refused:
        make_subscriber(database, make_partner(database), **{**COMPANY, field: value})
    assert refused.value.field == field


def test_an_address_registers_once_at_a_shop_and_again_at_another(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    make_subscriber(database, acme)
    with pytest.raises(Refusal) as refused:
        make_subscriber(database, acme, "ANNA@example.com")
    assert (refused.value.code, refused.value.field) == ("email_taken", "email")
    make_subscriber(database, nord)
    for partner in (acme, nord):
        with tenancy.tenant(partner.id), database.reading() as session:
            assert queries.search_accounts(session).total == 1


def test_one_of_two_who_register_an_address_at_once_is_told(database: Database) -> None:
    partner = make_partner(database)

    def register(_: int) -> str:
        try:
            make_subscriber(database, partner)
        except Refusal as refused:
            return refused.code
        return "registered"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(register, range(4))) == ["email_taken"] * 3 + ["registered"]
    with tenancy.tenant(partner.id), database.reading() as session:
        assert queries.search_accounts(session).total == 1


def test_one_link_clicked_twice_at_once_sets_one_password(database: Database) -> None:
    """C9: one use by conditional UPDATE."""
    partner = make_partner(database)
    link = reset_link(database, partner, make_subscriber(database, partner))

    def use(_: int) -> str:
        try:
            set_password(database, partner, link)
        except Refusal as refused:
            return refused.code
        return "set"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == ["link_spent"] * 3 + ["set"]


def test_a_new_subscriber_is_welcomed_in_its_language(database: Database) -> None:
    partner = make_partner(database)
    make_subscriber(database, partner, locale="de-AT")
    with tenancy.tenant(partner.id), database.reading() as session:
        message = session.scalars(select(Message)).one()
        events = session.scalars(select(AuditEvent.action)).all()
    assert (message.kind, message.recipient, message.locale) == ("welcome", "anna@example.com", "de")
    assert "http://csp1001.localhost:8000/account/" in message.text
    assert "account.registered" in events


# --- signing in ----------------------------------------------------------------------------------------------


def test_a_subscriber_signs_in_and_out(database: Database) -> None:
    partner = make_partner(database)
    make_subscriber(database, partner)
    here, there = sign_in(database, partner, "ANNA@example.com "), sign_in(database, partner)
    assert here != there
    with tenancy.tenant(partner.id), database.writing() as session:
        operations.revoke_sign_in(session, here)
    assert (who(database, partner, here), who(database, partner, there)) == (None, "anna@example.com")


@pytest.mark.parametrize(
    ("email", "password"), [("anna@example.com", "wrong password"), ("eve@example.com", PASSWORD), ("\0", PASSWORD)]
)
def test_wrong_and_unknown_look_alike(database: Database, email: str, password: str) -> None:
    """C10: nobody learns from a sign-in whether an address is known."""
    partner = make_partner(database)
    make_subscriber(database, partner)
    with pytest.raises(Refusal) as refused:
        sign_in(database, partner, email, password)
    assert (refused.value.code, refused.value.field) == ("bad_credentials", None)


def test_neither_password_nor_token_works_at_another_shop(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    make_subscriber(database, acme)
    make_subscriber(database, nord, "ola@example.com")
    token = sign_in(database, acme)
    assert who(database, nord, token) is None
    with pytest.raises(Refusal) as refused:
        sign_in(database, nord)
    assert refused.value.code == "bad_credentials"


def test_suspending_a_user_ends_every_access_at_once(database: Database) -> None:
    """P18."""
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    tokens = [sign_in(database, partner) for _ in range(3)]
    link = reset_link(database, partner, anna)
    with tenancy.tenant(partner.id), database.writing() as session:
        operations.set_user_status(session, ANNA, anna.user.id, "suspended")
    assert [who(database, partner, token) for token in tokens] == [None] * 3
    with pytest.raises(Refusal) as refused:
        sign_in(database, partner)
    assert refused.value.code == "suspended"
    with pytest.raises(Refusal) as refused:
        set_password(database, partner, link)
    assert refused.value.code == "link_spent"
    with tenancy.tenant(partner.id), database.writing() as session:
        operations.set_user_status(session, ANNA, anna.user.id, "active")
    assert [who(database, partner, token) for token in tokens] == [None] * 3  # a resumed user signs in afresh
    assert who(database, partner, sign_in(database, partner))


def test_revoking_all_counts_and_ends_them(database: Database) -> None:
    partner = make_partner(database)
    anna, ola = make_subscriber(database, partner), make_subscriber(database, partner, "ola@example.com")
    tokens, other = [sign_in(database, partner) for _ in range(2)], sign_in(database, partner, "ola@example.com")
    with tenancy.tenant(partner.id), database.writing() as session:
        assert operations.revoke_all(session, ANNA, anna.user.id) == 2
    assert [who(database, partner, token) for token in tokens] == [None, None]
    assert who(database, partner, other) == ola.user.email


# --- new passwords -------------------------------------------------------------------------------------------


def reset_link(database: Database, partner: Partner, subscriber: Subscriber) -> str:
    with tenancy.tenant(partner.id), database.writing() as session:
        return operations.make_reset_token(session, ANNA, queries.user(session, subscriber.user.id))


def set_password(database: Database, partner: Partner, token: str) -> None:
    with tenancy.tenant(partner.id), database.writing() as session:
        operations.reset_password(session, ANNA, token, password_hash())


def test_asking_for_a_link_writes_the_same_for_known_and_unknown_addresses(database: Database) -> None:
    """P21: what is written, and so the cost, does not depend on whether there is such a user."""
    partner = make_partner(database)
    make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        for email in ("Anna@example.com", "nobody@example.com"):
            operations.request_password_reset(session, Actor("visitor", None, "", "192.0.2.7"), email)
    with tenancy.tenant(partner.id), database.reading() as session:
        rows = session.scalars(
            select(outbox.OutboxRow)
            .where(outbox.OutboxRow.kind == "accounts.password_reset")
            .order_by(outbox.OutboxRow.id)
        ).all()
        assert [row.payload["email"] for row in rows] == ["anna@example.com", "nobody@example.com"]
        assert {tuple(sorted(row.payload)) for row in rows} == {("email", "ip", "request_id")}
        assert len(session.scalars(select(Message)).all()) == 1  # the welcome


def test_a_link_works_once_and_ends_every_sign_in(database: Database) -> None:
    """C9, P19."""
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    old = sign_in(database, partner)
    link = reset_link(database, partner, anna)
    with tenancy.tenant(partner.id), database.reading() as session:
        found = queries.user_for_reset(session, link)
    assert found is not None
    assert found.email == "anna@example.com"
    set_password(database, partner, link)
    assert who(database, partner, old) is None
    with pytest.raises(Refusal) as refused:
        set_password(database, partner, link)
    assert (refused.value.code, refused.value.field) == ("link_spent", None)


def test_a_link_is_too_old_after_an_hour(database: Database) -> None:
    partner = make_partner(database)
    link = reset_link(database, partner, make_subscriber(database, partner))
    with clock.shifted(timedelta(minutes=61)), pytest.raises(Refusal) as refused:
        set_password(database, partner, link)
    assert refused.value.code == "link_spent"
    with clock.shifted(timedelta(minutes=59)):
        set_password(database, partner, link)


def test_only_the_newest_link_works(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    first, second = reset_link(database, partner, anna), reset_link(database, partner, anna)
    with pytest.raises(Refusal):
        set_password(database, partner, first)
    set_password(database, partner, second)


def test_a_link_of_one_shop_is_worth_nothing_at_another(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    link = reset_link(database, acme, make_subscriber(database, acme))
    make_subscriber(database, nord)
    with pytest.raises(Refusal):
        set_password(database, nord, link)
    set_password(database, acme, link)


@pytest.mark.parametrize("token", ["", "x", "\0", "x" * 100_000, "\ud800"])
def test_a_made_up_link_is_refused(database: Database, token: str) -> None:
    partner = make_partner(database)
    make_subscriber(database, partner)
    with pytest.raises(Refusal) as refused:
        set_password(database, partner, token)
    assert refused.value.code == "link_spent"


def test_a_sign_in_token_sets_no_password(database: Database) -> None:
    partner = make_partner(database)
    make_subscriber(database, partner)
    with pytest.raises(Refusal):
        set_password(database, partner, sign_in(database, partner))


# --- contacts, users, consents -------------------------------------------------------------------------------


def test_a_change_of_address_is_checked_and_logged(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        contact = queries.default_contact(session, anna.account_id)
        operations.update_contact(session, ANNA, anna.account_id, contact.id, {"country": "DE", "postcode": "10115"})
    with tenancy.tenant(partner.id), database.reading() as session:
        changed = queries.default_contact(session, anna.account_id)
        [logged] = partners.audit_events(session, action="contact.changed").items
    assert (changed.country, changed.postcode, changed.city) == ("DE", "10115", "Kraków")
    assert logged.data["changes"] == {"country": ["PL", "DE"], "postcode": ["31-147", "10115"]}


def test_an_old_postal_code_must_fit_a_new_country(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        contact = queries.default_contact(session, anna.account_id)
        with pytest.raises(Refusal) as refused:
            operations.update_contact(session, ANNA, anna.account_id, contact.id, {"country": "GB"})
    assert refused.value.field == "postcode"


def test_the_account_is_called_like_its_default_contact(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        contact = queries.default_contact(session, anna.account_id)
        operations.update_contact(session, ANNA, anna.account_id, contact.id, COMPANY)
        assert (queries.account(session, anna.account_id).name) == "Pracownia sp. z o.o."
        other = operations.add_contact(
            session, ANNA, anna.account_id, {**contact_fields(contact), "organisation": "Other sp. z o.o."}
        )
        operations.update_contact(session, ANNA, anna.account_id, other.id, {"organisation": "Third sp. z o.o."})
        assert (queries.account(session, anna.account_id).name) == "Pracownia sp. z o.o."
        assert [c.id for c in queries.contacts(session, anna.account_id)] == [contact.id, other.id]


def contact_fields(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) for name in validate.CONTACT_FIELDS}


@pytest.mark.parametrize("field", ["id", "account_id", "partner_id", "is_default", "created_at"])
def test_columns_that_are_not_the_subscribers_are_refused(database: Database, field: str) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        contact = queries.default_contact(session, anna.account_id)
        with pytest.raises(Refusal) as refused:
            operations.update_contact(session, ANNA, anna.account_id, contact.id, {field: "1"})
        with pytest.raises(Refusal):
            operations.update_user(session, ANNA, anna.user.id, {"password_hash": "x"})
    assert refused.value.code == "unknown_field"


def test_nobody_reaches_contacts_and_accounts_of_others(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    anna, ola = make_subscriber(database, acme), make_subscriber(database, acme, "ola@example.com")
    eve = make_subscriber(database, nord)
    with tenancy.tenant(acme.id), database.writing() as session:
        hers = queries.default_contact(session, ola.account_id)
        with pytest.raises(NotFound):
            operations.update_contact(session, ANNA, anna.account_id, hers.id, {"city": "Łódź"})
        with pytest.raises(NotFound):
            queries.access(session, anna.user.id, ola.account_id)
        assert queries.access(session, anna.user.id, anna.account_id).account.id == anna.account_id
        for look in (queries.account, queries.default_contact, queries.user):
            with pytest.raises(NotFound):
                look(session, eve.account_id if look is not queries.user else eve.user.id)
        with pytest.raises(NotFound):
            operations.set_user_status(session, ANNA, eve.user.id, "suspended")
        with pytest.raises(NotFound):
            operations.add_contact(session, ANNA, eve.account_id, contact_fields(hers))
        assert operations.revoke_all(session, ANNA, eve.user.id) == 0


def test_the_partner_finds_subscribers_by_what_it_remembers(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    anna = make_subscriber(database, acme)
    firm = make_subscriber(database, acme, "firm@login.example", **COMPANY, name="Jan Kowalski", city="Łódź")
    make_subscriber(database, nord)
    wanted = {"żółk": anna, "PRACOWNIA": firm, "kowal": firm, "5260250274": firm, "login.example": firm, "601234": None}
    with tenancy.tenant(acme.id), database.reading() as session:
        for text, subscriber in wanted.items():
            ids = [account.id for account in queries.search_accounts(session, text).items]
            assert ids == ([subscriber.account_id] if subscriber else [firm.account_id, anna.account_id]), text
        assert queries.search_accounts(session, "%").total == 0
        assert queries.search_accounts(session, " \0 ").total == 2
        contacts = queries.default_contacts(session, [anna.account_id, firm.account_id, 999])
    assert {key: found.city for key, found in contacts.items()} == {anna.account_id: "Kraków", firm.account_id: "Łódź"}


def test_a_consent_keeps_its_version_and_can_be_taken_back(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        for kind, version in (("terms", "3"), ("newsletter", "1")):
            operations.record_consent(session, anna.account_id, anna.user.id, kind, version, "192.0.2.7")
        assert operations.withdraw_consent(session, ANNA, anna.account_id, "newsletter") == 1
        assert operations.withdraw_consent(session, ANNA, anna.account_id, "newsletter") == 0
        with pytest.raises(ValueError, match="kind of consent"):
            operations.record_consent(session, anna.account_id, None, "everything", "1")
    with tenancy.tenant(partner.id), database.reading() as session:
        found: list[Consent] = queries.consents(session, anna.account_id)
    assert {(c.kind, c.version, c.withdrawn_at is None) for c in found} == {
        ("terms", "3", True),
        ("newsletter", "1", False),
    }


def test_a_user_changes_name_and_language(database: Database) -> None:
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        changed = operations.update_user(session, ANNA, anna.user.id, {"name": " Anna  Nowak ", "locale": "de"})
        assert (changed.name, changed.locale, changed.email) == ("Anna Nowak", "de", "anna@example.com")


def test_tokens_and_passwords_stand_nowhere_in_plain(database: Database) -> None:
    """P24."""
    partner = make_partner(database)
    anna = make_subscriber(database, partner)
    secrets = (PASSWORD, sign_in(database, partner), reset_link(database, partner, anna))
    with tenancy.tenant(partner.id), database.reading() as session:
        rows = [row for model in (User, UserSignIn, AuditEvent) for row in session.scalars(select(model))]
        everything = " ".join(str(vars(row)) for row in rows)
    assert len(rows) > 4
    assert not any(secret in everything for secret in secrets)
