"""Contacts as parties of a document: frozen words, so that a later change of address changes no issued paper."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Contact


def party(contact: Contact) -> dict[str, Any]:
    """The contact as a party dict (see billing.models.Proforma)."""
    fields = ("name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    return {field: getattr(contact, field) for field in fields}


def locale_of(session: Session, account_id: int) -> str:
    """The language in which a subscriber gets documents: that of its first user, else the one at hand."""
    people = accounts.people_of(session, account_id)
    return i18n.supported(people[0].user.locale) if people else i18n.current_locale()
