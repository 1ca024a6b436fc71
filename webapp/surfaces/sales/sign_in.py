"""Signing in to and out of the Sales Panel."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import tenancy
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import entering
from webapp.reseller.partners import operations as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import database, person
from webapp.surfaces.shared.sign_in import panel_sign_in

from .blueprint import bp

_SCOPE = tenancy.Platform("staff-sign-in")


@bp.route("/sign-in", methods=["GET", "POST"])
@people.public
def sign_in() -> ResponseReturnValue:
    """The form, and what it sends."""
    return panel_sign_in(
        "sales",
        _SCOPE,
        partners.authenticate_staff,
        partners.open_staff_sign_in,
        title=_("Sign in to the Sales Panel"),
        text=_("For shop owners and their staff. Subscribers sign in at the shop itself."),
    )


@bp.post("/sign-out")
@people.public
def sign_out() -> ResponseReturnValue:
    """End this sign-in, and with it every look through a subscriber's eyes."""
    if (someone := person()) is not None:
        with database().writing() as session:
            entering.end_looks(session, someone.id)
    people.end(partners.revoke_staff_sign_in, _SCOPE)
    return redirect(url_for("sales.sign_in"), 303)
