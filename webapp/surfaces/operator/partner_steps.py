"""What the operator does to a partner: book money, set the limit, close and open the shop, give a new password."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import Length, Optional

from webapp.foundation import tenancy
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import operations as billing
from webapp.reseller.desk import install
from webapp.reseller.partners import operations, passwords, queries, staff
from webapp.reseller.partners.models import Partner
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, lazy, respond, said

from .blueprint import bp
from .partners import FreshPassword, limit_form, partner_page, top_up_form


class SuspendForm(Form):
    """Why; the partner sees it in its log."""

    reason = StringField(
        lazy("Reason"), [Optional(), Length(max=500)], render_kw={"autocomplete": "off"},
        description=lazy("Stands in the partner's log."),
    )  # fmt: skip


def _found(partner_id: int) -> Partner:
    with database().reading(tenancy.Tenant(partner_id)) as session:
        return queries.partner(session)


@bp.post("/partners/<int:partner_id>/top-up")
@people.idempotent
def top_up(partner_id: int) -> ResponseReturnValue:
    """Book an advance payment."""
    currency = _found(partner_id).currency
    form = top_up_form(currency)
    if not form.accepted() or not done(
        form, lambda session: _book(session, form, currency), tenancy.Tenant(partner_id)
    ):
        return partner_page(partner_id, top_up=form)
    return redirect(url_for("operator.partner", partner_id=partner_id), 303)


def _book(session: Session, form: Form, currency: str) -> None:
    if billing.top_up(session, actor(), form["amount"].data, currency, form["key"].data, form["note"].data or ""):
        flash(_("The payment is booked. Orders that waited for it go on by themselves."))
    else:
        flash(_("This payment was booked before; nothing was booked twice."))


@bp.post("/partners/<int:partner_id>/limit")
@people.idempotent
def set_limit(partner_id: int) -> ResponseReturnValue:
    """Change the credit limit."""
    currency = _found(partner_id).currency
    form = limit_form(currency)

    def set_it(session: Session) -> None:
        billing.set_credit_limit(session, actor(), form["limit"].data, currency)

    if not form.accepted() or not done(form, set_it, tenancy.Tenant(partner_id)):
        return partner_page(partner_id, limit=form)
    flash(_("The new limit holds from now on."))
    return redirect(url_for("operator.partner", partner_id=partner_id), 303)


@bp.route("/partners/<int:partner_id>/suspend", methods=["GET", "POST"])
@people.idempotent
def suspend(partner_id: int) -> ResponseReturnValue:
    """Close shop and panel, after saying what that means."""
    partner = _found(partner_id)
    form = SuspendForm()

    def close(session: Session) -> None:
        operations.suspend_partner(session, actor(), partner_id, form.reason.data or "")

    if form.accepted() and done(form, close, tenancy.Tenant(partner_id)):
        flash(_("%(name)s is suspended: shop and panel are closed.", name=partner.name))
        return redirect(url_for("operator.partner", partner_id=partner_id), 303)
    with database().reading() as session:
        figures = install.partner_figures(session, [partner])[partner_id]
    title = _("Suspend %(name)s?", name=partner.name)
    return respond("operator/suspend.html", form, title=title, partner=partner, figures=figures)


@bp.post("/partners/<int:partner_id>/resume")
@people.idempotent
def resume(partner_id: int) -> ResponseReturnValue:
    """Open shop and panel again."""
    partner = _found(partner_id)
    try:
        with database().writing(tenancy.Tenant(partner_id)) as session:
            operations.resume_partner(session, actor(), partner_id)
        flash(_("%(name)s is open again.", name=partner.name))
    except Refusal as refusal:
        flash(said(refusal), "warn")
    return redirect(url_for("operator.partner", partner_id=partner_id), 303)


@bp.post("/partners/<int:partner_id>/staff/<int:staff_id>/password")
def new_password(partner_id: int, staff_id: int) -> ResponseReturnValue:
    """A new password for somebody who lost theirs; the answer, and nothing after it, shows it."""
    password = passwords.generated()
    hashed = passwords.hash_password(password)
    with database().writing(tenancy.Tenant(partner_id)) as session:
        person = staff.set_password(session, actor(), staff_id, hashed)
    return partner_page(partner_id, fresh=FreshPassword(person.email, password))
