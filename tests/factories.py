"""Partners and subscribers for everybody's tests, made by the real operations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select

from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.theming import BrandTokens
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.models import Membership, User
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Operator, Partner, Staff

PLATFORM_HOST = "localhost:8000"
PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """A hash of PASSWORD that is cheap to check; what the product's own hashes cost has tests of its own."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_partner(database: Database, **facts: Any) -> Partner:
    """A partner with the next free code (the first is csp1001): Polish, PLN, prices with tax, unless `facts` differ."""
    values: dict[str, Any] = {
        "platform_host": PLATFORM_HOST,
        "name": "Acme Domeny",
        "legal_name": "Acme Domeny sp. z o.o.",
        "country": "PL",
        "currency": "PLN",
        "email": "biuro@acme.example",
        "timezone": "Europe/Warsaw",
        "default_locale": "pl",
        "locales": ("pl", "en"),
        "brand": BrandTokens(brand="#0a7d55"),
        "tax_id": "526-025-02-74",
        "street": "Prosta 1",
        "postcode": "00-838",
        "city": "Warszawa",
        "bank_name": "Bank Przykładowy",
        "iban": "PL61 1090 1014 0000 0712 1981 2874",
        "tax_rate_bp": 2300,
    }
    with database.writing(tenancy.Platform("operator")) as session:
        return partners.create_partner(session, SYSTEM, partners.NewPartner(**{**values, **facts}))


def make_staff(database: Database, partner: Partner, email: str = "", **facts: Any) -> Staff:
    """Somebody who works for the partner and signs in with PASSWORD."""
    values: dict[str, Any] = {"name": "Ewa Nowak", "locale": partner.default_locale, "password_hash": password_hash()}
    new = partners.NewStaff(email=email or f"ewa@{partner.code}.example", **{**values, **facts})
    with tenancy.tenant(partner.id), database.writing() as session:
        return partners.add_staff(session, SYSTEM, new)


def make_operator(database: Database, email: str = "operator@platform.example") -> Operator:
    """Somebody who runs the install and signs in with PASSWORD."""
    hashed = password_hash()  # takes its time: before the transaction
    with database.writing(tenancy.Platform("operator")) as session:
        return partners.add_operator(session, "Olga Operator", email, hashed)


@dataclass(frozen=True)
class Subscriber:
    """A registered user and its only account."""

    user: User
    account_id: int


def make_subscriber(database: Database, partner: Partner, email: str = "anna@example.com", **facts: Any) -> Subscriber:
    """A person with a login (PASSWORD), an account and a default contact at the partner's shop."""
    values: dict[str, Any] = {
        "kind": "person",
        "email": email,
        "password_hash": password_hash(),
        "name": "Anna Żółkiewska",
        "street": "Długa 5",
        "postcode": "31-147",
        "city": "Kraków",
        "country": "PL",
        "phone": "+48 601 234 567",
        "locale": "pl",
    }
    with tenancy.tenant(partner.id), database.writing() as session:
        user = accounts.register(session, SYSTEM, accounts.NewSubscriber(**{**values, **facts}))
        account_id = session.scalars(select(Membership.account_id).where(Membership.user_id == user.id)).one()
        return Subscriber(user, account_id)
