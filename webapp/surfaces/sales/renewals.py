"""Renewals: what ends soon with its proforma or why there is none, proformas at once, and the rules of the run."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.desk import lists
from webapp.reseller.orders import renewal_queries, renewing
from webapp.reseller.orders.parties import locale_of
from webapp.reseller.partners import queries as partners
from webapp.reseller.services import queries as services
from webapp.reseller.services import renewal_settings
from webapp.reseller.services.renewal_settings import FEWEST_DAYS, MOST_DAYS
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, lazy, respond, said
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .settings import settings_tabs

KINDS = {"domain": N_("Domains"), "service": N_("Services")}
DAYS = {"30": 30, "60": 60, "90": 90}
#: More are not on a page; and proformas of one transaction.
MOST, FEW = 50, 10
#: Of what gets no proforma: when these are mended, the next ones follow.
STUCK_SHOWN = 50


class RenewalForm(Form):
    """When the proforma of a renewal is made."""

    days_before = IntegerField(
        lazy("Make the proforma so many days before the end"),
        [
            InputRequired(lazy("Write a number of days.")),
            NumberRange(FEWEST_DAYS, MOST_DAYS, lazy("Write a number from 1 to 90.")),
        ],
        description=lazy("It is written and sent by itself, once for each period."),
        render_kw={"inputmode": "numeric"},
    )
    automatic = BooleanField(
        lazy("New domains and services are renewed automatically"),
        description=lazy("Each has a switch of its own; those that are there already stay as they are."),
    )


@bp.get("/renewals")
def renewals() -> str:
    """The list, by kind and by days to the end."""
    kind, days = wanted("kind", KINDS) or "domain", wanted("ends", DAYS) or "30"
    with database().reading() as session:
        found = renewal_queries.upcoming(session, kind, DAYS[days], page_number())
        stuck = renewal_queries.stuck(session)
        owners = lists.account_names(session, {each.subject.account_id for each in (*found.items, *stuck)})
        rules = renewal_settings.settings_of(partners.partner(session))
    kinds = {value: _(label) for value, label in KINDS.items()}
    periods = {each: _("Ends within %(days)s days", days=each) for each in DAYS}
    return render(
        "sales/renewals.html",
        title=_("Renewals"),
        found=found,
        stuck=stuck[:STUCK_SHOWN],
        stuck_more=len(stuck) > STUCK_SHOWN,
        owners=owners,
        kind=kind,
        rules=rules,
        kind_chips=chips_of("sales.renewals", "kind", kind, kinds, None, ends=days),
        end_chips=chips_of("sales.renewals", "ends", days, periods, None, kind=kind),
        page_url=pages_of("sales.renewals", kind=kind, ends=days),
    )


@bp.post("/renewals")
@people.idempotent
def make_renewals() -> ResponseReturnValue:
    """Write the proformas of the chosen ones now; those that have theirs keep it."""
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise NotFound
    chosen = [int(each) for each in dict.fromkeys(request.form.getlist("id")) if each.isdecimal() and len(each) < 16]
    if not chosen:
        flash(_("Choose at least one line."), "warn")
    else:
        _tell(len(chosen), _make(kind, chosen[:MOST]))
    return redirect(url_for("sales.renewals", kind=kind, ends=wanted("ends", DAYS) or "30"), 303)


def _make(kind: str, chosen: Sequence[int]) -> list[str]:
    """What was in the way, a sentence each."""
    problems: list[str] = []
    for start in range(0, len(chosen), FEW):
        with database().writing() as session:
            for subject_id in chosen[start : start + FEW]:
                subject = (
                    services.domain(session, subject_id) if kind == "domain" else services.service(session, subject_id)
                )
                renew = renewing.order_renewal if kind == "domain" else renewing.order_service_renewal
                try:
                    with session.begin_nested():
                        renew(session, actor(), subject_id, 1, locale_of(session, subject.account_id))
                except NotFound:
                    raise
                except Refusal as refusal:
                    problems.append(said(refusal))
    return problems


def _tell(count: int, problems: Sequence[str]) -> None:
    if made := min(count, MOST) - len(problems):
        flash(ngettext("%(num)s renewal proforma is there.", "%(num)s renewal proformas are there.", made))
    for problem in dict.fromkeys(problems):
        flash(problem, "warn")


@bp.route("/settings/renewals", methods=["GET", "POST"])
@people.role("owner")
def renewal_rules() -> ResponseReturnValue:
    """The rules on one page."""
    with database().reading() as session:
        rules = renewal_settings.settings_of(partners.partner(session))
    form = RenewalForm(data=vars(rules))
    if form.accepted() and _saved(form):
        flash(_("Saved."))
        return redirect(url_for("sales.renewal_rules"), 303)
    return respond("sales/renewal_rules.html", form, title=_("Settings"), tab_list=settings_tabs())


def _saved(form: RenewalForm) -> bool:
    try:
        with database().writing() as session:
            renewal_settings.change_settings(
                session, actor(), form.days_before.data or 0, automatic=bool(form.automatic.data)
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
