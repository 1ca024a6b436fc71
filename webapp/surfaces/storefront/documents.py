"""Legal documents in the version that an order refers to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.queries import LegalView
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.rendering import render, same_for_everybody

from .blueprint import bp

TERMS = "terms"


@dataclass(frozen=True)
class Terms:
    """The terms of service in force: what an order writes down, and where one can read them."""

    reference: str
    title: str
    url: str


def terms_in_force(session: Session) -> Terms | None:
    """In the reader's language, else in the shop's first one; None while the shop has none."""
    for locale in dict.fromkeys((i18n.current_locale(), site().locale)):
        if found := cms.legal_document(session, TERMS, locale):
            address = url_for("storefront.document", lang=locale, kind=TERMS, version=found.version)
            return Terms(f"{found.kind} {found.locale} {found.version}", found.title, address)
    return None


@bp.get("/<lang:lang>/documents/<kind>/<int:version>")
def document(kind: str, version: int) -> str:
    """One version of a document, as it was published."""
    with database().reading() as session:
        found: LegalView | None = cms.legal_document(session, kind, i18n.current_locale(), version)
    if found is None:
        raise NotFound
    same_for_everybody()
    return render("storefront/document.html", title=found.title, document=found)
