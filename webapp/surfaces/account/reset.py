"""A new password by a link in a mail. Whether an address is known is never told."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.web import the_app
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries
from webapp.reseller.partners import passwords
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


class ResetForm(Form):
    """Whose password."""

    email = EmailField(
        lazy("E-mail address"),
        [InputRequired(lazy("Enter your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(Form):
    """The new password, once: one can look at it while typing in every browser that matters."""

    password = PasswordField(
        lazy("New password"),
        [InputRequired(lazy("Enter a new password."))],
        description=lazy("At least 10 characters. Several words are easier to remember than signs."),
        render_kw={"autocomplete": "new-password", "maxlength": "256"},
    )


@bp.route("/reset", methods=["GET", "POST"])
@people.public
def reset() -> ResponseReturnValue:
    """Ask for a link."""
    form = ResetForm()
    if form.accepted():
        try:
            _ask(form.email.data or "")
            return render("account/reset_sent.html", title=_("Look into your mailbox"), email=form.email.data)
        except Refusal as refusal:
            form.refuse(refusal)
    auth = {
        "title": _("Set a new password"),
        "text": _("Tell us your e-mail address. We send you a link that works for one hour."),
        "action": url_for("account.reset"),
        "submit": _("Send me the link"),
        "links": [{"label": _("Back to sign in"), "href": url_for("account.sign_in")}],
    }
    return respond("account/sign_in.html", form, title=auth["title"], auth=auth)


def _ask(email: str) -> None:
    tenant = site().partner_id
    the_app().limiter.check("reset", account=email, ip=request.remote_addr, tenant=tenant)
    with database().writing() as session:
        accounts.request_password_reset(session, actor(), email)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@people.public
def new_password(token: str) -> ResponseReturnValue:
    """The page behind the link."""
    form = NewPasswordForm()
    try:
        email = _whose(token)
        if form.accepted():
            _set(token, email, form.password.data or "")
            flash(_("Your new password is set. Please sign in with it."))
            return redirect(url_for("account.sign_in"), 303)
    except Refusal as refusal:
        if refusal.code == "link_spent":
            return render("account/reset_spent.html", title=_("This link does not work any more")), 410
        form.refuse(refusal)
    auth = {
        "title": _("Choose a new password"),
        "text": _("It replaces the old one, and ends every sign-in that is still open elsewhere."),
        "action": url_for("account.new_password", token=token),
        "submit": _("Set the password"),
    }
    return respond("account/sign_in.html", form, title=auth["title"], auth=auth)


def _whose(token: str) -> str:
    """The e-mail address that the link was sent to. Raises Refusal("link_spent"), and when somebody tries too often."""
    the_app().limiter.check("token", account=None, ip=request.remote_addr, tenant=site().partner_id)
    with database().reading() as session:
        user = queries.user_for_reset(session, token)
    if user is None:
        raise Refusal("link_spent", N_("This link was used already or is too old. Please ask for a new one."))
    return user.email


def _set(token: str, email: str, password: str) -> None:
    passwords.check_new(password, email)
    hashed = passwords.hash_password(password)  # takes its time: before the transaction
    with database().writing() as session:
        accounts.reset_password(session, actor(), token, hashed)
