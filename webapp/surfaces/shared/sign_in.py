"""The sign-in form that the doors share; which table it asks is each door's own."""

from __future__ import annotations

from flask import request
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from .forms import Form, lazy


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
    return request.values.get("next") or None


def browser() -> tuple[str, str]:
    """(address, browser) of who signs in, for the list of open sign-ins."""
    return request.remote_addr or "", request.user_agent.string
