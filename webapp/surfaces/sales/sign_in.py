"""Signing in to and out of the Sales Panel."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import tenancy
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import operations as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import database, person
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.sign_in import SignInForm, browser, wanted_next

from .blueprint import bp

_SCOPE = tenancy.Platform("staff-sign-in")


@bp.route("/sign-in", methods=["GET", "POST"])
@people.public
def sign_in() -> ResponseReturnValue:
    """The form, and what it sends."""
    home = url_for("sales.start")
    if person():
        return redirect(people.after_sign_in(home), 303)
    form = SignInForm()
    if form.accepted():
        try:
            people.begin(_open(form.email.data or "", form.password.data or ""))
            return redirect(people.after_sign_in(home), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    auth = {
        "title": _("Sign in to the Sales Panel"),
        "text": _("For shop owners and their staff. Subscribers sign in at the shop itself."),
        "action": url_for("sales.sign_in", next=wanted_next()),
        "submit": _("Sign in"),
    }
    return respond("shared/sign_in_panel.html", form, title=auth["title"], auth=auth)


def _open(email: str, password: str) -> str:
    with database().reading(_SCOPE) as session:
        staff = people.checked(email, lambda: partners.authenticate_staff(session, email, password))
    with database().writing(_SCOPE) as session:
        return partners.open_staff_sign_in(session, staff, *browser())


@bp.post("/sign-out")
@people.public
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    people.end(partners.revoke_staff_sign_in, _SCOPE)
    return redirect(url_for("sales.sign_in"), 303)
