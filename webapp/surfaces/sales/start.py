"""The first page: what needs the partner now, the figures, what runs in the background."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import guided, work
from webapp.reseller.desk import queries as desk
from webapp.reseller.services import queries as services
from webapp.surfaces.shared.current import database, settings, signed_in, site
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.words import job_word

from .blueprint import bp
from .charts import bars

#: Key of a set-up task's form -> (endpoint, part of the page). Tasks without a form yet are not shown.
FORMS = {
    "company": ("sales.settings", ""),
    "bank": ("sales.settings", "bank"),
    "prices": ("sales.prices", ""),
    "brand": ("sales.brand", ""),
    "hosts": ("sales.own_hosts", ""),
    "funds": ("sales.balance", ""),
}


@bp.get("/")
def start() -> str:
    """What needs me now."""
    with database().reading() as session:
        facts = _figures(session)
        waiting = work.work(session)
        setup = desk.todo(session) if signed_in().role == "owner" else []
        jobs = work.last_runs(session)
        months = work.ends_by_month(session)
        bare = signed_in().role == "owner" and guided.is_bare(session)
    return render(
        "sales/start.html",
        title=_("Start"),
        today=clock.today(site().timezone),
        waiting=waiting,
        setup=_with_forms(setup),
        bare=bare,
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


def _with_forms(tasks: list[desk.Task]) -> list[dict[str, str]]:
    """What is still to be set up (H-01), each with the address of its form; what is done has vanished."""
    left = [task for task in tasks if not task.done and task.url_key in FORMS]
    return [{"title": _(task.title), "href": _form_address(*FORMS[task.url_key])} for task in left]


def _form_address(endpoint: str, part: str) -> str:
    return url_for(endpoint, _anchor=part or None)
