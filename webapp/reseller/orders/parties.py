"""Contacts as parties of a document: frozen words, so that a later change of address changes no issued paper."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Contact


def party(contact: Contact) -> dict[str, Any]:
    """The contact as a party dict (see billing.models.Proforma)."""
    fields = ("name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    return {field: getattr(contact, field) for field in fields}


def is_complete(contact: Contact) -> bool:
    """Whether a paper can be written to it: a name and an address (directive 2006/112/EC, article 226(5))."""
    return bool((contact.organisation or contact.name) and contact.street and contact.city and contact.country)


def holder_of(session: Session, account_id: int) -> Contact:
    """Whose name and address stand on a subscriber's papers. Raises Refusal("no_address") where there are none."""
    try:
        contact = accounts.default_contact(session, account_id)
    except NotFound:
        contact = None
    if contact is None or not is_complete(contact):
        raise Refusal("no_address", N_("Name and address are not complete: a proforma cannot be written without them."))
    return contact


def locale_of(session: Session, account_id: int) -> str:
    """The language in which a subscriber gets documents: that of its first user, else the one at hand."""
    people = accounts.people_of(session, account_id)
    return i18n.supported(people[0].user.locale) if people else i18n.current_locale()
