"""Signing in to and out of the shop."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import database, person
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.sign_in import SignInForm, browser, wanted_next

from .blueprint import bp


@bp.route("/sign-in", methods=["GET", "POST"])
@people.public
def sign_in() -> ResponseReturnValue:
    """The form, and what it sends."""
    home = url_for("account.start")
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
        "title": _("Sign in"),
        "action": url_for("account.sign_in", next=wanted_next()),
        "submit": _("Sign in"),
    }
    return respond("account/sign_in.html", form, title=auth["title"], auth=auth)


def _open(email: str, password: str) -> str:
    with database().reading() as session:
        user = people.checked(email, lambda: accounts.authenticate(session, email, password))
    with database().writing() as session:
        return accounts.open_sign_in(session, user, *browser())


@bp.post("/sign-out")
@people.public
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    people.end(accounts.revoke_sign_in)
    return redirect(url_for("storefront.home"), 303)
