"""The legal library (H-55): what is in force, every version that an order may refer to, on the page and on paper."""

from __future__ import annotations

from flask import Response, url_for

from webapp.foundation import i18n
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import legal, legal_pdf
from webapp.reseller.cms.legal import LegalView
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.rendering import render, same_for_everybody
from webapp.surfaces.shared.shop_frame import issuer

from .blueprint import bp


@bp.get("/<lang:lang>/documents")
def documents() -> str:
    """Every document in force in this language, by section."""
    with database().reading() as session:
        found = legal.in_force(session, i18n.current_locale())
    sections = [(legal.SECTIONS[key], [one for one in found if one.section == key]) for key in legal.SECTIONS]
    same_for_everybody()
    filled = [(label, rows) for label, rows in sections if rows]
    return render("storefront/documents.html", title=i18n.gettext("Legal documents"), sections=filled)


@bp.get("/<lang:lang>/documents/<kind>")
def document(kind: str) -> str:
    """A document as it is in force."""
    return _page(_found(kind, None), in_force=True)


@bp.get("/<lang:lang>/documents/<kind>/<int:version>")
def document_version(kind: str, version: int) -> str:
    """One version of a document, as it was published."""
    return _page(_found(kind, version), in_force=False)


@bp.get("/<lang:lang>/documents/<kind>/<int:version>.pdf")
def document_pdf(kind: str, version: int) -> Response:
    """The same on paper."""
    found = _found(kind, version)
    content = legal_pdf.document(found, issuer(), site().timezone, site().brand.brand)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{kind}-{found.locale}-{version}.pdf"'
    same_for_everybody()
    return answer


def _found(kind: str, version: int | None) -> LegalView:
    with database().reading() as session:
        found = legal.document(session, kind, i18n.current_locale(), version)
    if found is None:
        raise NotFound
    return found


def _page(found: LegalView, in_force: bool) -> str:
    with database().reading() as session:
        others = legal.versions(session, found.kind, found.locale)
    same_for_everybody()
    current = others[0].version == found.version and not found.withdrawn
    return render(
        "storefront/document.html",
        title=found.title,
        document=found,
        versions=others,
        current=current,
        canonical=url_for("storefront.document", kind=found.kind) if in_force or current else "",
    )
