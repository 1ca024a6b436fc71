"""Contacts as parties of a document: frozen words, so that a later change of address changes no issued paper."""

from __future__ import annotations

from typing import Any

from webapp.reseller.accounts.models import Contact


def party(contact: Contact) -> dict[str, Any]:
    """The contact as a party dict (see billing.models.Proforma)."""
    fields = ("name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    return {field: getattr(contact, field) for field in fields}
