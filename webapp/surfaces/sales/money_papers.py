"""The papers of money that went another way than planned: the list, and each as PDF."""

from __future__ import annotations

from flask import Response

from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import money_queries
from webapp.reseller.desk import lists
from webapp.reseller.orders import money_papers
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.money_papers import pdf_answer
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .settlements import tabs_of


@bp.get("/settlements/papers")
def papers() -> str:
    """Every paper, the newest first, by kind."""
    kind = wanted("kind", money_papers.KINDS)
    with database().reading() as session:
        found = money_queries.papers(session, kind=kind, page=page_number())
        owners = lists.account_names(session, [each.account_id for each in found.items])
        counts = money_queries.counts_by_kind(session)
    kinds = {name: _(word) for name, word in money_papers.KINDS.items()}
    return render(
        "sales/papers.html",
        title=_("Settlements"),
        tab_list=tabs_of("papers"),
        found=found,
        owners=owners,
        kinds=kinds,
        chips_list=chips_of("sales.papers", "kind", kind, {"": _("All"), **kinds}, counts),
        page_url=pages_of("sales.papers", kind=kind),
    )


@bp.get("/settlements/papers/<int:paper_id>.pdf")
def paper_pdf(paper_id: int) -> Response:
    """One paper."""
    return pdf_answer(paper_id)
