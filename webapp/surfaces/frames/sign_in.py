"""Signing in, registering and signing out inside a frame. The sign-in lives in the frame's session and nowhere else."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import sessions
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import operations as accounts
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import person
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.rendering import notice
from webapp.surfaces.shared.sign_in import SignInForm, wanted_next
from webapp.surfaces.shared.subscribers import RegisterForm, registered, signed_in_by

from .blueprint import bp


def sign_in_form() -> ResponseReturnValue:
    """The form, for everybody."""
    return _asked_to_sign_in(SignInForm(formdata=None), None)


def register_form() -> ResponseReturnValue:
    """The same of registering."""
    return _asked_to_register(RegisterForm(formdata=None), None)


@bp.route("/<lang:lang>/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The form, and what it sends."""
    form = SignInForm()
    if person() or signed_in_by(form):
        return redirect(_onward(), 303)
    return _asked_to_sign_in(form, wanted_next(), notice())


@bp.route("/<lang:lang>/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """A new subscriber."""
    form = RegisterForm()
    if person() or registered(form):
        return redirect(_onward(), 303)
    return _asked_to_register(form, wanted_next())


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this sign-in; the one in the shop's own pages is another."""
    people.end(accounts.revoke_sign_in)
    return redirect(url_for(".sign_in"), 303)


def _onward() -> str:
    """Where the person wanted to go, if that is a page of the frames."""
    wanted = people.after_sign_in("")
    return wanted if wanted.startswith(sessions.FRAMES) else url_for(".panel")


def _asked_to_sign_in(form: SignInForm, then: str | None, said: str | None = None) -> ResponseReturnValue:
    auth = {"title": _("Sign in"), "action": url_for(".sign_in", next=then), "submit": _("Sign in"), "notice": said}
    return respond("frames/sign_in.html", form, title=auth["title"], auth=auth, then=then)


def _asked_to_register(form: RegisterForm, then: str | None) -> ResponseReturnValue:
    addresses = {name: url_for(f".{name}", next=then) for name in ("register", "sign_in")}
    return respond("frames/register.html", form, title=_("Register"), addresses=addresses)
