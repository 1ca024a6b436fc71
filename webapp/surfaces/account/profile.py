"""Who I am here: name and language, address and telephone, password, and where I am signed in.

The page has several forms that all go to its own address; a hidden field says which one was sent. A form that was
refused comes back with what was typed, among the others as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Contact, User
from webapp.reseller.accounts.validate import countries
from webapp.reseller.partners import passwords
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, signed_in, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sign_in import browser

from . import mine
from .blueprint import bp

_REQUIRED = InputRequired(lazy("Please fill in this field."))
#: What a contact's form may change: name, e-mail and tax number belong to the holder of names (H-23).
ADDRESS = ("street", "postcode", "city", "phone")


class NameForm(Form):
    """How the panel and the mails call me, and in which language."""

    part = HiddenField(default="name")
    name = StringField(lazy("Name"), [_REQUIRED, Length(max=200)], render_kw={"autocomplete": "name"})
    locale = SelectField(lazy("Language of this panel and of our mails"), render_kw={"autocomplete": "language"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(prefix="me-", **kwargs)
        self.locale.choices = [(code, i18n.LANGUAGE_NAMES[code]) for code in site().locales]


class ContactForm(Form):
    """Where I live and how to call me. Country first: it decides how the rest is written."""

    part = HiddenField(default="contact")
    country = SelectField(lazy("Country"), render_kw={"autocomplete": "country"})
    street = StringField(
        lazy("Street and number"), [_REQUIRED, Length(max=200)], render_kw={"autocomplete": "street-address"}
    )
    postcode = StringField(
        lazy("Postal code"), [Length(max=40)], render_kw={"autocomplete": "postal-code", "spellcheck": "false"}
    )
    city = StringField(lazy("Town"), [_REQUIRED, Length(max=200)], render_kw={"autocomplete": "address-level2"})
    phone = TelField(
        lazy("Telephone"),
        [_REQUIRED, Length(max=60)],
        description=lazy("With country code, for example +48 22 123 45 67."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )

    def __init__(self, contact: Contact | None, **kwargs: Any) -> None:
        super().__init__(prefix="contact-", **kwargs)
        if contact and contact.kind == "company":
            # A company's tax number belongs to its country: moving abroad is a change of holder.
            del self.country
        else:
            self.country.choices = countries(i18n.current_locale())


class PasswordForm(Form):
    """The present password and the next one."""

    part = HiddenField(default="password")
    old = PasswordField(
        lazy("Present password"),
        [InputRequired(lazy("Enter your present password.")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        lazy("New password"),
        [InputRequired(lazy("Enter a new password.")), Length(max=1000)],
        description=lazy("At least 10 characters. Three or four words in a row are easy to keep in mind."),
        render_kw={"autocomplete": "new-password"},
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(prefix="secret-", **kwargs)


@bp.route("/profile", methods=["GET", "POST"])
def profile() -> ResponseReturnValue:
    """Everything about me; a POST changes the part that it names."""
    if request.method == "GET":
        return _page()
    parts = {"me-part": _name, "contact-part": _contact, "secret-part": _password}
    sent = next((part for name, part in parts.items() if name in request.form), None)
    return sent() if sent else abort(400)


# --- the parts -----------------------------------------------------------------------------------------------


def _name() -> ResponseReturnValue:
    form = NameForm()

    def change() -> None:
        fields = {"name": form.name.data or "", "locale": form.locale.data or ""}
        with database().writing() as session:
            accounts.update_user(session, actor(), signed_in().id, fields)

    return _changed(form, "name_form", change, N_("Your name and language are changed."))


def _contact() -> ResponseReturnValue:
    mine.require("manage")
    with database().reading() as session:
        contact = account_queries.default_contact(session, mine.account_id())
    form = ContactForm(contact)

    def change() -> None:
        fields = {name: form[name].data or "" for name in (*ADDRESS, "country") if name in form}
        with database().writing() as session:
            accounts.update_contact(session, actor(), contact.account_id, contact.id, fields)

    return _changed(form, "contact_form", change, N_("Your address and telephone number are changed."))


def _password() -> ResponseReturnValue:
    form = PasswordForm()
    return _changed(
        form, "password_form", lambda: _set_password(form), N_("Your password is changed. Other sign-ins have ended.")
    )


def _set_password(form: PasswordForm) -> None:
    me, new = signed_in(), form.password.data or ""
    _check_old(me.email, form.old.data or "")
    passwords.check_new(new, me.email)
    hashed = passwords.hash_password(new)
    same_account = mine.keep_choice()
    with database().writing() as session:
        user = accounts.change_password(session, actor(), me.id, hashed)
        token = accounts.open_sign_in(session, user, *browser())
    people.begin(token)
    same_account()


def _check_old(email: str, password: str) -> None:
    """Counted like a sign-in, so that an open panel is no way to try passwords."""
    try:
        with database().reading() as session:
            people.checked(email, lambda: accounts.authenticate(session, email, password))
    except Refusal as refusal:
        if refusal.code == "bad_credentials":
            raise Refusal("old_password", N_("This is not your present password."), field="old") from None
        raise


def _changed(form: Form, name: str, change: Callable[[], None], done: str) -> ResponseReturnValue:
    """Do it and come back to the page; or show the page with the refused form and what was typed."""
    if form.accepted():
        try:
            change()
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_(done))
            return redirect(url_for("account.profile"), 303)
    return _page(**{name: form})


# --- the page ------------------------------------------------------------------------------------------------


def _page(**refused: Form) -> ResponseReturnValue:
    me, here, token = signed_in(), mine.access(), people.sign_in_token() or ""
    with database().reading() as session:
        user = account_queries.user(session, me.id)
        contact = account_queries.default_contact(session, here.account.id) if here else None
        open_ones = account_queries.open_sign_ins(session, me.id)
        this_one = account_queries.sign_in_of(session, token)
    forms = _stored(user, contact) | refused
    status = next((form.status for form in refused.values()), 200)
    text = render(
        "account/profile.html",
        title=_("Your details"),
        user=user,
        contact=contact,
        country=dict(countries(i18n.current_locale())).get(contact.country, "") if contact else "",
        sign_ins=[(each, device(each.user_agent)) for each in open_ones],
        this_one=this_one,
        **forms,
    )
    return text, status


def _stored(user: User, contact: Contact | None) -> dict[str, Form]:
    """The forms as they are when nothing was sent."""
    address = {name: getattr(contact, name) for name in (*ADDRESS, "country")} if contact else {}
    if contact:
        address["phone"] = contact.phone.replace(".", " ")
    return {
        "name_form": NameForm(formdata=None, data={"name": user.name, "locale": user.locale}),
        "contact_form": ContactForm(contact, formdata=None, data=address),
        "password_form": PasswordForm(formdata=None),
    }


#: What stands in a browser's name, the more telling first (Chrome says that it is Safari too).
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


def device(user_agent: str) -> str:
    """ "Firefox, Windows" for a User-Agent header; what cannot be read is an unknown browser."""
    found = [next((name for sign, name in known if sign in user_agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part) or _("Unknown browser")


# --- sign-ins ------------------------------------------------------------------------------------------------


@bp.post("/profile/sign-ins/<int:sign_in_id>/end")
@people.idempotent
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    """Sign out somewhere else."""
    with database().writing() as session:
        accounts.end_sign_in(session, actor(), signed_in().id, sign_in_id)
    flash(_("That sign-in has ended."))
    return redirect(url_for("account.profile"), 303)


@bp.post("/profile/sign-ins/end-others")
@people.idempotent
def end_other_sign_ins() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    token = people.sign_in_token() or ""
    with database().writing() as session:
        this_one = account_queries.sign_in_of(session, token)
        accounts.end_other_sign_ins(session, actor(), signed_in().id, this_one or 0)
    flash(_("All other sign-ins have ended."))
    return redirect(url_for("account.profile"), 303)
