"""The first page: what needs the partner now, the figures, what runs in the background."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import work
from webapp.reseller.services import queries as services
from webapp.surfaces.shared.current import database, settings, site
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.words import job_word

from .blueprint import bp
from .charts import bars


@bp.get("/")
def start() -> str:
    """What needs me now."""
    with database().reading() as session:
        facts = _figures(session)
        waiting = work.work(session)
        jobs = work.last_runs(session)
        months = work.ends_by_month(session)
    return render(
        "sales/start.html",
        title=_("Start"),
        today=clock.today(site().timezone),
        waiting=waiting,
        jobs=[(job_word(run.job), run) for run in jobs],
        chart=bars(months),
        shop_address=site().origin(settings()),
        **facts,
    )


def _figures(session: Session) -> dict[str, Any]:
    balance, limit = billing.wholesale_balance(session, site().currency)
    return {
        "balance": balance,
        "credit_limit": limit,
        "subscribers": accounts.search_accounts(session).total,
        "domains_by_state": services.counts_by_state(session),
        "open_proformas": billing.counts_by_state(session).get("issued", 0),
        "expiring": work.expiring(session),
    }
