"""My payments, my credit, and the papers about money that went another way than planned."""

from __future__ import annotations

from flask import Response

from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import money_documents, money_queries
from webapp.reseller.billing import queries as billing
from webapp.reseller.orders import money_papers
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.money_papers import pdf_answer
from webapp.surfaces.shared.rendering import render

from . import mine, words
from .blueprint import bp


@bp.get("/payments")
@mine.needs(*mine.PAPERS)
def payments() -> str:
    """What arrived, what is left of it, what went back."""
    account_id, currency = mine.account_id(), site().currency
    with database().reading() as session:
        arrived = money_queries.payments_of(session, account_id)
        papers = [each for each in money_queries.papers(session, account_id=account_id).items if each.state != "undone"]
        credit = billing.credit(session, account_id, currency)
        owed = money_documents.owed(session, account_id, currency)
    return render(
        "account/payments.html",
        title=_("Payments"),
        arrived=[each for each in arrived if each.undone_at is None],
        papers=papers,
        credit=credit,
        owed=owed,
        kinds={kind: _(word) for kind, word in money_papers.KINDS.items()},
        meanings={kind: _(word) for kind, word in money_papers.MEANINGS.items()},
        method_said=words.method_said,
    )


@bp.get("/payments/papers/<int:paper_id>.pdf")
def paper_pdf(paper_id: int) -> Response:
    """One of my papers."""
    with database().reading() as session:
        found = money_papers.document(session, paper_id)
    mine.enter(found.account_id, *mine.PAPERS)
    return pdf_answer(paper_id, found.account_id)
