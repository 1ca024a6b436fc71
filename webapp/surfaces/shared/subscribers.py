"""Registering at a shop: the form, and what happens with it. Used by the account pages and by the checkout."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session
from wtforms import EmailField, PasswordField, RadioField, SelectField, SelectMultipleField, StringField, TelField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput

from webapp.foundation import i18n, sessions
from webapp.foundation.refusal import Refusal
from webapp.foundation.web import the_app
from webapp.reseller.accounts import consents, validate
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.models import User
from webapp.reseller.partners import passwords, sign_ins

from . import people
from .current import actor, database, site
from .forms import Form, lazy
from .shop_frame import issuer
from .sign_in import SignInForm, browser, token_for


def _text(autocomplete: str, **more: str) -> dict[str, Any]:
    return {"autocomplete": autocomplete, "maxlength": "200", **more}


class ContactForm(Form):
    """Who somebody is. What is right in a field is decided by accounts.validate, which knows the country."""

    kind = RadioField(
        lazy("I am ordering as"),
        choices=[SelectChoice("person", lazy("a person")), SelectChoice("company", lazy("a company"))],
        default="person",
        validate_choice=False,
    )
    country = SelectField(lazy("Country"), validate_choice=False, render_kw={"autocomplete": "country"})
    organisation = StringField(lazy("Company"), render_kw=_text("organization"))
    tax_id = StringField(lazy("Tax number"), [Optional()], render_kw=_text("off", autocapitalize="characters"))
    name = StringField(lazy("First and last name"), render_kw=_text("name"))
    street = StringField(lazy("Street and number"), render_kw=_text("street-address"))
    postcode = StringField(lazy("Postal code"), render_kw=_text("postal-code"))
    city = StringField(lazy("Town"), render_kw=_text("address-level2"))
    phone = TelField(lazy("Telephone"), render_kw=_text("tel", inputmode="tel"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [SelectChoice(*pair) for pair in validate.countries(i18n.current_locale())]
        if self.country.data is None:
            self.country.data = issuer().country


class RegisterForm(ContactForm):
    """A new subscriber."""

    email = EmailField(lazy("E-mail address"), render_kw=_text("email", inputmode="email", spellcheck="false"))
    password = PasswordField(
        lazy("Password"),
        description=lazy("At least 10 characters. Several words are easier to remember than signs."),
        render_kw={"autocomplete": "new-password", "maxlength": "256"},
    )
    channel = SelectMultipleField(
        lazy("Offers and news"),
        [Optional()],
        choices=[SelectChoice(channel, lazy(word)) for channel, word in consents.CHANNELS.items()],
        option_widget=CheckboxInput(),
    )

    def contact(self) -> dict[str, str]:
        """What was typed, by the names of accounts.validate."""
        return {name: getattr(self, name).data or "" for name in validate.CONTACT_FIELDS}


def opened(session: Session, user: User, ip: str, user_agent: str) -> str:
    """The token of a fresh sign-in; one that is made in a frame lives no longer than a frame's session."""
    lifetime = sessions.FRAME_LONGEST if sessions.in_frame(request.environ) else sign_ins.LIFETIME
    return accounts.open_sign_in(session, user, ip, user_agent, lifetime)


def registered(form: RegisterForm) -> bool:
    """Make the subscriber and sign in. False when something has to be put right; the form then says what."""
    if not form.accepted() or not _all_right(form):
        return False
    try:
        the_app().limiter.check("register", account=None, ip=request.remote_addr, tenant=site().partner_id)
        people.begin(_register(form))
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _all_right(form: RegisterForm) -> bool:
    """Every problem is shown at once."""
    _values, errors = validate.contact_errors(form.contact())
    for refusal in errors.values():
        form.refuse(refusal)
    try:
        passwords.check_new(form.password.data or "", form.email.data or "")
    except Refusal as refusal:
        form.refuse(refusal)
    return not form.errors


def _register(form: RegisterForm) -> str:
    """The token of a fresh sign-in."""
    locale = i18n.current_locale()
    hashed = passwords.hash_password(form.password.data or "")  # takes its time: before the transaction
    with database().writing() as session:
        channels = tuple(form.channel.data or ())
        new = accounts.NewSubscriber(password_hash=hashed, locale=locale, channels=channels, **form.contact())
        user = accounts.register(session, actor(), new)
        return opened(session, user, *browser())


def signed_in_by(form: SignInForm) -> bool:
    """Check the password and sign in. False when something has to be put right; the form then says what."""
    if not form.accepted():
        return False
    try:
        people.begin(token_for(form, accounts.authenticate, opened))
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
