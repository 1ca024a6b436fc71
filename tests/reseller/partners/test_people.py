"""Who gets into the panels: staff of partners and operators."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import pytest
from sqlalchemy import select

from tests.factories import PASSWORD, make_operator, make_partner, make_staff
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import operations, passwords, queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import AuditEvent, Staff, StaffSignIn

DOOR = tenancy.Platform("staff-sign-in")


def sign_in(database: Database, email: str, password: str = PASSWORD) -> str:
    """The panel's way: check the password in a reading session, then open the sign-in."""
    with database.reading(DOOR) as session:
        staff = operations.authenticate_staff(session, email, password)
    with database.writing(DOOR) as session:
        return operations.open_staff_sign_in(session, staff, "192.0.2.9", "Firefox")


def who(database: Database, token: str) -> str | None:
    with database.reading(DOOR) as session:
        staff = queries.staff_for_token(session, token)
        return staff.email if staff else None


def test_staff_gets_in_however_the_address_is_written(database: Database) -> None:
    make_staff(database, make_partner(database))
    token = sign_in(database, "  EWA@csp1001.Example ")
    assert who(database, token) == "ewa@csp1001.example"


def test_only_the_hash_of_a_token_is_stored(database: Database) -> None:
    make_staff(database, make_partner(database))
    token = sign_in(database, "ewa@csp1001.example")
    with database.reading(DOOR) as session:
        row = session.scalars(select(StaffSignIn)).one()
        events = session.scalars(select(AuditEvent)).all()
    assert token not in str(vars(row))
    assert who(database, row.token_hash) is None
    assert all(token not in str(vars(found)) for found in events)
    assert "staff.signed_in" in [found.action for found in events]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ewa@csp1001.example", "correct horse batterz"),
        ("ewa@csp1001.example", ""),
        ("nobody@csp1001.example", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("ewa@csp1001.example\0", PASSWORD),
        ("x" * 100_000, "y" * 100_000),
        ("ewa@csp1001.example", PASSWORD + "y" * 100_000),
    ],
)
def test_wrong_and_unknown_look_alike(database: Database, email: str, password: str) -> None:
    make_staff(database, make_partner(database))
    with pytest.raises(Refusal) as refused:
        sign_in(database, email, password)
    assert (refused.value.code, refused.value.field) == ("bad_credentials", None)


def test_an_unknown_address_costs_as_much_as_a_wrong_password(database: Database) -> None:
    make_staff(database, make_partner(database), password_hash=passwords.hash_password(PASSWORD))
    passwords.verify(None, "warm up")
    times: dict[str, list[float]] = {"ewa@csp1001.example": [], "nobody@csp1001.example": []}
    for _ in range(7):
        for email, spent in times.items():
            start = perf_counter()
            with pytest.raises(Refusal):
                sign_in(database, email, "wrong password")
            spent.append(perf_counter() - start)
    known, unknown = (min(spent) for spent in times.values())
    # Without the hash for nobody, the unknown address is answered some twenty times faster.
    assert 0.5 < unknown / known < 2


def test_signing_out_ends_that_sign_in_only(database: Database) -> None:
    make_staff(database, make_partner(database))
    here, there = sign_in(database, "ewa@csp1001.example"), sign_in(database, "ewa@csp1001.example")
    with database.writing(DOOR) as session:
        operations.revoke_staff_sign_in(session, here)
        operations.revoke_staff_sign_in(session, "no such token")
    assert (who(database, here), who(database, there)) == (None, "ewa@csp1001.example")


def test_a_sign_in_ends_by_itself_after_two_weeks(database: Database) -> None:
    make_staff(database, make_partner(database))
    token = sign_in(database, "ewa@csp1001.example")
    with clock.shifted(timedelta(days=13, hours=23)):
        assert who(database, token)
    with clock.shifted(timedelta(days=14, seconds=1)):
        assert who(database, token) is None


def test_suspending_a_partner_shuts_its_staff_out_at_once(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    make_staff(database, acme)
    make_staff(database, nord)
    token, other = sign_in(database, "ewa@csp1001.example"), sign_in(database, "ewa@csp1002.example")
    with database.writing(tenancy.Platform("operator")) as session:
        operations.suspend_partner(session, SYSTEM, acme.id)
    assert who(database, token) is None
    assert who(database, other)
    with pytest.raises(Refusal) as refused:
        sign_in(database, "ewa@csp1001.example")
    assert refused.value.code == "suspended"
    with pytest.raises(Refusal) as refused:  # and only who knows the password learns that
        sign_in(database, "ewa@csp1001.example", "wrong password")
    assert refused.value.code == "bad_credentials"


def test_suspending_a_person_shuts_that_person_out_at_once(database: Database) -> None:
    make_staff(database, make_partner(database))
    token = sign_in(database, "ewa@csp1001.example")
    with database.writing(DOOR) as session:
        session.scalars(select(Staff)).one().status = "suspended"
    assert who(database, token) is None


def test_an_address_serves_one_person_of_one_partner(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    make_staff(database, acme, "ewa@acme.example")
    with pytest.raises(Refusal) as refused:
        make_staff(database, nord, "EWA@acme.example")
    assert (refused.value.code, refused.value.field) == ("email_taken", "email")
    with database.reading(tenancy.Tenant(nord.id)) as session:
        assert queries.staff_list(session) == []


def test_a_token_of_one_door_opens_no_other(database: Database) -> None:
    make_staff(database, make_partner(database))
    operator = make_operator(database)
    staff_token = sign_in(database, "ewa@csp1001.example")
    with database.writing(tenancy.Platform("operator")) as session:
        operator_token = operations.open_operator_sign_in(session, operator)
    with database.reading(tenancy.Platform("operator")) as session:
        assert queries.operator_for_token(session, staff_token) is None
        found = queries.operator_for_token(session, operator_token)
    assert found is not None
    assert found.email == operator.email
    assert who(database, operator_token) is None


def test_an_operator_gets_in_and_out(database: Database) -> None:
    make_operator(database)
    with database.reading(tenancy.Platform("operator")) as session:
        operator = operations.authenticate_operator(session, "Operator@platform.example", PASSWORD)
        for email, password in ((operator.email, "wrong password"), ("nobody@platform.example", PASSWORD)):
            with pytest.raises(Refusal) as refused:
                operations.authenticate_operator(session, email, password)
            assert refused.value.code == "bad_credentials"
    with database.writing(tenancy.Platform("operator")) as session:
        token = operations.open_operator_sign_in(session, operator)
        assert queries.operator_for_token(session, token) is not None
        operations.revoke_operator_sign_in(session, token)
        assert queries.operator_for_token(session, token) is None


# --- passwords -----------------------------------------------------------------------------------------------


def test_a_password_fits_only_itself() -> None:
    stored = passwords.hash_password("zażółć gęślą jaźń")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "zażółć gęślą jaźń")
    assert passwords.verify(stored, "zaz\u0307o\u0301łc\u0301 ge\u0328s\u0301la\u0328 jaz\u0301n\u0301")
    assert not passwords.verify(stored, "zazolc gesla jazn")
    assert not passwords.verify("not a hash", "zażółć gęślą jaźń")
    assert not passwords.verify(None, "a password that nobody has, made at the first use")


def test_the_same_password_is_stored_differently_each_time() -> None:
    assert passwords.hash_password(PASSWORD) != passwords.hash_password(PASSWORD)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("nine char", "password_short"),
        ("x" * 257, "password_long"),
        ("anna.nowak@example.com", "password_email"),
        (" ANNA.NOWAK@example.com", "password_email"),
        ("Anna.Nowak", "password_email"),
    ],
)
def test_a_password_that_would_not_help_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        passwords.check_new(password, "anna.nowak@example.com")
    assert (refused.value.code, refused.value.field) == (code, "password")


def test_a_usual_password_is_fine() -> None:
    passwords.check_new("correct horse battery", "anna@example.com")


def test_passwords_are_never_hashed_while_others_wait_for_the_database(database: Database) -> None:
    with database.writing(DOOR), pytest.raises(RuntimeError, match="inside a write transaction"):
        passwords.hash_password(PASSWORD)
