"""The first page: what needs the partner now, what is left to set up, the balance, what runs in the background."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.paging import counts
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import guided, upstream, work
from webapp.reseller.desk import queries as desk
from webapp.reseller.orders import funds
from webapp.reseller.partners import notices
from webapp.reseller.partners import queries as partners
from webapp.reseller.services import queries as services
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, daily_jobs, database, settings, site
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.words import job_word

from . import rights
from .blueprint import bp

#: What waits -> the page on which it is done: who may not open that is not told of it.
PLACES = {
    **dict.fromkeys(("paid", "readdress", "overdue", "unpaid"), "sales.proforma"),
    "attention": "sales.domain",
    "funds": "sales.domains",
    **dict.fromkeys(("renewals_without_address", "renewals_without_price"), "sales.renewals"),
    "tasks": "sales.tasks",
    "bank": "sales.bank_page",
    "online": "sales.online_payments",
    "failed": "sales.messages",
}
#: Key of a set-up task's form -> (endpoint, part of the page).
FORMS = {
    "company": ("sales.settings", ""),
    "bank": ("sales.settings", "bank"),
    "prices": ("sales.prices", ""),
    "brand": ("sales.brand", ""),
    "legal": ("sales.legal_documents", ""),
    "hosts": ("sales.own_hosts", ""),
    "api": ("sales.bridge", ""),
    "vat": ("sales.invoice_rules", ""),
    "online": ("sales.gateways_page", ""),
    "funds": ("sales.balance", ""),
}


@bp.get("/")
def start() -> str:
    """What needs me now."""
    owner = rights.may("settings")
    with database().reading() as session:
        partner = partners.partner(session)
        later = desk.later(partner)
        setup = [task for task in desk.todo(session) if not task.done] if owner else []
        context = {
            "waiting": [each for each in work.work(session) if rights.may_open(PLACES[each.kind])],
            "jobs": [(job_word(job.name), job) for job in work.jobs(session, daily_jobs())],
            "bare": owner and guided.is_bare(session),
            "notices": notices.shown(session, current_locale()),
            **_figures(session, funds.threshold_of(partner)),
        }
    return render(
        "sales/start.html",
        title=_("Start"),
        today=clock.today(site().timezone),
        setup=[_with_form(task) for task in setup if task.key not in later],
        put_off=sum(task.key in later for task in setup),
        shop_address=site().origin(settings()),
        **context,
    )


def _figures(session: Session, threshold: int) -> dict[str, Any]:
    money = upstream.funds(session)
    limit = billing.wholesale_balance(session, money.currency)[1]
    return {
        "balance": money.balance,
        "restricted": money.restricted,
        "credit_limit": limit,
        "is_low": money.balance <= 0 or money.balance < threshold,
        "subscribers": counts(session, {"all": accounts.there()})["all"],
        "domains_by_state": services.counts_by_state(session),
        "open_proformas": billing.counts_by_state(session).get("issued", 0),
        "expiring": work.expiring(session),
    }


def _with_form(task: desk.Task) -> dict[str, str]:
    """What is still to be set up (H-01), with the address of its form; what is done has vanished."""
    endpoint, part = FORMS[task.url_key]
    return {"key": task.key, "title": _(task.title), "href": url_for(endpoint, _anchor=part or None)}


@bp.post("/to-do/later")
@people.role("owner")
@people.idempotent
def put_off() -> ResponseReturnValue:
    """Leave a task out of the list, or (without one) show all again."""
    key = request.form.get("task", "")
    with database().writing() as session:
        if key:
            desk.put_off(session, actor(), key)
        else:
            desk.take_up(session, actor())
    return redirect(url_for("sales.start"), 303)
