"""My domains: the list, one name with everything about it, renewing, and the switch for automatic renewal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectField

from webapp.foundation import i18n
from webapp.foundation.i18n import format_money, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.orders import queries as order_queries
from webapp.reseller.orders import renewing, subscriber
from webapp.reseller.services import operations as services
from webapp.reseller.services import queries as service_queries
from webapp.reseller.services.models import Domain
from webapp.reseller.services.states import RENEWABLE
from webapp.surfaces.shared import badges, people
from webapp.surfaces.shared.current import actor, database, signed_in, site
from webapp.surfaces.shared.forms import Form, lazy, said
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from . import mine, words
from .blueprint import bp

#: While one of these holds, the page asks again by itself: soon where a minute decides, rarely where it takes long.
_SOON = "every 3s"
_RARELY = "every 60s"


class RenewForm(Form):
    """For how long."""

    years = SelectField(lazy("Renew for"), coerce=int, render_kw={"autocomplete": "off"})

    def offer(self, prices: dict[int, int]) -> None:
        """Fill the list: years and what they cost."""
        currency = site().currency
        self.years.choices = [
            (years, f"{ngettext('%(num)s year', '%(num)s years', years)}: {format_money(amount, currency)}")
            for years, amount in prices.items()
        ]


@bp.get("/domains")
@mine.needs("view")
def domains() -> str:
    """The list, by name."""
    text = wanted("q")
    with database().reading() as session:
        found = service_queries.domains(session, account_id=mine.account_id(), text=text, page=page_number())
        paid = subscriber.paid_for(session, [each.id for each in found.items])
    return render(
        "account/domains.html",
        title=_("Domains"),
        found=found,
        text=text,
        paid=paid,
        badge_of=badges.domain_badge,
        page_url=pages_of("account.domains", q=text),
    )


@bp.get("/domains/<int:domain_id>")
def domain(domain_id: int) -> str:
    """One name with everything about it."""
    return render("account/domain.html", **_facts(domain_id))


@bp.get("/domains/<int:domain_id>/progress")
def domain_progress(domain_id: int) -> str:
    """The inside of that page, asked for again and again while something is under way."""
    return render("account/_domain.html", **_facts(domain_id))


def _facts(domain_id: int) -> dict[str, Any]:
    with database().reading() as session:
        name = _opened(session, domain_id, "view")
        done = service_queries.operations_of(session, name.id)
        renewals = subscriber.open_renewals(session, [name.id])
        form = RenewForm(formdata=None)
        form.offer({} if renewals else subscriber.renewal_choices(session, name))
        facts: dict[str, Any] = {
            "holder": accounts.contact(session, name.account_id, name.registrant_id),
            "paid": bool(subscriber.paid_for(session, [name.id])),
            "papers": order_queries.proformas_of_domain(session, name.id),
        }
    ends = name.ends_on
    return facts | {
        "title": name.name_unicode,
        "domain": name,
        "badge_state": badges.domain_badge(name.state, facts["paid"]),
        "state_said": words.domain_said(name, ends, facts["paid"]),
        "ends": ends,
        "asked": [(each, words.operation_said(each, name.state == "lost")) for each in done],
        "badge_of_paper": badges.proforma_badge,
        "renewal": renewals.get(name.id),
        "form": form,
        "renewable": name.state in RENEWABLE,
        "every": _every(name, [each.state for each in done]),
    }


def _every(name: Domain, states: list[str]) -> str:
    """How often the page asks by itself; "" when nothing is under way."""
    if name.state in ("awaiting_funds", "needs_attention") or "unknown" in states:
        return _RARELY
    return _SOON if name.state == "provisioning" or {"intended", "sent"} & set(states) else ""


@bp.post("/domains/<int:domain_id>/renew")
@people.idempotent
def renew_domain(domain_id: int) -> ResponseReturnValue:
    """Order a renewal and go to its proforma; the one that is open already, if there is one."""
    with database().reading() as session:
        name = _opened(session, domain_id, "order")
        renewals = subscriber.open_renewals(session, [name.id])
        prices = subscriber.renewal_choices(session, name)
    if domain_id in renewals:
        return redirect(url_for("account.proforma", proforma_id=renewals[domain_id].id), 303)
    form = RenewForm()
    form.offer(prices)
    if not form.accepted():
        flash(_("Choose for how many years you want to renew."), "warn")
        return redirect(url_for("account.domain", domain_id=domain_id), 303)
    return _order_renewal(domain_id, form.years.data)


def _order_renewal(domain_id: int, years: int) -> ResponseReturnValue:
    try:
        with database().writing() as session:
            locale, user_id = i18n.current_locale(), signed_in().id
            order = renewing.order_renewal(session, actor(), domain_id, years, locale, user_id)
            proforma_id = order.proforma_id
    except Refusal as refusal:
        flash(said(refusal), "warn")
        return redirect(url_for("account.domain", domain_id=domain_id), 303)
    return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)


@bp.post("/domains/<int:domain_id>/auto-renew")
@people.idempotent
def set_auto_renew(domain_id: int) -> ResponseReturnValue:
    """Have a renewal proforma made in time, or not."""
    on = request.form.get("on") == "1"
    with database().writing() as session:
        name = _opened(session, domain_id, "manage")
        if name.auto_renew != on:
            services.set_auto_renew(session, actor(), name, on)
    flash(_("Automatic renewal is on.") if on else _("Automatic renewal is off."))
    return redirect(url_for("account.domain", domain_id=domain_id), 303)


def _opened(session: Session, domain_id: int, *rights: str) -> Domain:
    """A domain of one of my accounts, in which I have one of the rights."""
    found = service_queries.domain(session, domain_id)
    mine.enter(found.account_id, *rights)
    return found
