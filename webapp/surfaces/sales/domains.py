"""Domains: the list, and one with what was asked of the registry and what it answered."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.desk import lists
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.orders import queries as orders
from webapp.reseller.orders import renewal_queries, renewing
from webapp.reseller.orders.parties import locale_of
from webapp.reseller.orders.renewal_due import DOMAINS
from webapp.reseller.partners import queries as partners
from webapp.reseller.services import queries as services
from webapp.reseller.services.states import RENEWABLE
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

STATES = {
    "": N_("All"),
    "active": N_("Active"),
    "expiring": N_("Expiring soon"),
    "expired": N_("Expired"),
    "provisioning": N_("Being set up"),
    "needs_attention": N_("Needs attention"),
    "awaiting_payment": N_("Awaiting payment"),
    "awaiting_funds": N_("Awaiting funds"),
    "redemption": N_("Can still be recovered"),
    "lost": N_("Name lost"),
    "cancelled": N_("Cancelled"),
    "deleted": N_("Deleted"),
    "suspended": N_("Suspended"),
    "transferred_out": N_("Moved away"),
}
#: Chips that are shown even when there is nothing behind them.
ALWAYS = ("", "active", "expiring", "awaiting_payment")
ENDS = {"30": 30, "60": 60, "90": 90}


@bp.get("/domains")
def domains() -> str:
    """The list, by state, by days to the end, by any part of the name."""
    state, text, ends = wanted("state", STATES), wanted("q"), wanted("ends", ENDS)
    with database().reading() as session:
        found = services.domains(
            session, state=state or None, text=text, ends_within=ENDS.get(ends), page=page_number()
        )
        counts = services.counts_by_state(session)
        owners = lists.account_names(session, [domain.account_id for domain in found.items])
        paid = lists.paid_subjects(session, found.items)
    shown = {value: _(label) for value, label in STATES.items() if value in ALWAYS or counts.get(value)}
    periods = {"": _("Any end"), **{days: _("Ends within %(days)s days", days=days) for days in ENDS}}
    return render(
        "sales/domains.html",
        title=_("Domains"),
        found=found,
        owners=owners,
        paid=paid,
        text=text,
        state=state,
        ends=ends,
        state_chips=chips_of("sales.domains", "state", state, shown, counts, q=text, ends=ends),
        end_chips=chips_of("sales.domains", "ends", ends, periods, None, q=text, state=state),
        page_url=pages_of("sales.domains", state=state, q=text, ends=ends),
    )


@bp.get("/domains/<int:domain_id>")
def domain(domain_id: int) -> str:
    """One domain."""
    with database().reading() as session:
        found = services.domain(session, domain_id)
        return render(
            "sales/domain.html",
            title=found.name_unicode,
            domain=found,
            paid=lists.paid_subjects(session, [found]),
            account=accounts.account(session, found.account_id),
            registrant=accounts.contact(session, found.account_id, found.registrant_id),
            operations=services.operations_of(session, domain_id),
            proformas=orders.proformas_of_domain(session, domain_id),
            messages=notifications.messages_about(session, "domain", domain_id),
            events=partners.audit_events(session, object_kind="domain", object_id=domain_id).items,
            renewable=found.state in RENEWABLE,
            renewal=next(iter(renewal_queries.described(session, DOMAINS, [found])), None),
        )


@bp.post("/domains/<int:domain_id>/renewal")
@people.idempotent
def order_renewal(domain_id: int) -> ResponseReturnValue:
    """Write the proforma of a renewal for a year; asking twice finds the first one."""
    if request.form.get("years", "1") not in {str(years) for years in range(1, 11)}:
        raise NotFound
    years = int(request.form.get("years", "1"))
    with told():
        with database().writing() as session:
            locale = locale_of(session, services.domain(session, domain_id).account_id)
            order = renewing.order_renewal(session, actor(), domain_id, years, locale)
        flash(_("The renewal proforma is written and on its way to the subscriber."))
        return redirect(url_for("sales.proforma", proforma_id=order.proforma_id), 303)
    return redirect(url_for("sales.domain", domain_id=domain_id), 303)
