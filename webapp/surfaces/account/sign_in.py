"""Signing in to and out of the shop, and registering."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import operations as accounts
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import person
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.rendering import notice
from webapp.surfaces.shared.sign_in import SignInForm, wanted_next
from webapp.surfaces.shared.subscribers import RegisterForm, registered, signed_in_by

from .blueprint import bp


@bp.route("/sign-in", methods=["GET", "POST"])
@people.public
def sign_in() -> ResponseReturnValue:
    """The form, and what it sends."""
    form = SignInForm()
    if person() or signed_in_by(form):
        return redirect(people.after_sign_in(url_for("account.start")), 303)
    auth = {
        "title": _("Sign in"),
        "action": url_for("account.sign_in", next=wanted_next()),
        "submit": _("Sign in"),
        "notice": notice(),
        "links": [
            {"label": _("Forgot your password?"), "href": url_for("account.reset")},
            {"label": _("Register"), "href": url_for("account.register", next=wanted_next())},
        ],
    }
    return respond("account/sign_in.html", form, title=auth["title"], auth=auth)


@bp.route("/register", methods=["GET", "POST"])
@people.public
def register() -> ResponseReturnValue:
    """A new subscriber."""
    form = RegisterForm()
    if person() or registered(form):
        return redirect(people.after_sign_in(url_for("account.start")), 303)
    addresses = {name: url_for(f"account.{name}", next=wanted_next()) for name in ("register", "sign_in")}
    return respond("account/register.html", form, title=_("Register"), addresses=addresses)


@bp.post("/sign-out")
@people.public
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    people.end(accounts.revoke_sign_in)
    flash(_("You are signed out."))
    return redirect(url_for("account.sign_in"), 303)
