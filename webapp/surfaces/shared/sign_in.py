"""Signing in: the form and its way, which all doors share; which table is asked is each door's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from webapp.foundation import tenancy, urls
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal

from . import people
from .current import database, person
from .forms import Form, lazy, respond

_Who = TypeVar("_Who")
#: (session, e-mail, password) -> who that is. Raises Refusal.
Authenticate = Callable[[Session, str, str], _Who]
#: (session, who, address, browser) -> the token of a fresh sign-in.
Open = Callable[[Session, _Who, str, str], str]


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField(
        lazy("E-mail address"),
        [InputRequired(lazy("Enter your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        lazy("Password"),
        [InputRequired(lazy("Enter your password.")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


def wanted_next() -> str | None:
    """Where the person was going, to be carried along by the form's address."""
    return urls.safe_next(request.values.get("next"), "") or None


def browser() -> tuple[str, str]:
    """(address, browser) of who signs in, for the list of open sign-ins."""
    return request.remote_addr or "", request.user_agent.string


def token_for(
    form: SignInForm, authenticate: Authenticate[_Who], opened: Open[_Who], scope: tenancy.Scope | None = None
) -> str:
    """The token of a fresh sign-in with what was typed. Raises Refusal."""
    email, password = form.email.data or "", form.password.data or ""
    with database().reading(scope) as session:
        found = people.checked(email, lambda: authenticate(session, email, password))
    with database().writing(scope) as session:
        return opened(session, found, *browser())


def panel_sign_in(
    door: str, scope: tenancy.Scope, authenticate: Authenticate[_Who], opened: Open[_Who], **words: str
) -> ResponseReturnValue:
    """The sign-in page of a panel, and what it sends. `words`: title, and text if there is something to explain."""
    home = url_for(f"{door}.start")
    if person():
        return redirect(people.after_sign_in(home), 303)
    form = SignInForm()
    if form.accepted():
        try:
            people.begin(token_for(form, authenticate, opened, scope))
            return redirect(people.after_sign_in(home), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    auth = {**words, "action": url_for(f"{door}.sign_in", next=wanted_next()), "submit": _("Sign in")}
    return respond("shared/sign_in_panel.html", form, title=words["title"], auth=auth)
