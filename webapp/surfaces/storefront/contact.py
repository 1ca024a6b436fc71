"""The contact form. It stands on pages that are kept for everybody, so it needs no cookie, and no JavaScript either.

What keeps machines out: the browser must vouch for the form's origin, a field that people do not see must stay empty,
and a *ticket* must be some seconds old. The ticket is a signed number that is fetched when somebody begins to write;
whoever has no JavaScript gets it with a second look at the message. Then the limits of foundation/limits count.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.web import the_app
from webapp.reseller.cms import contact as letters
from webapp.reseller.cms.contact import Letter
from webapp.surfaces.shared.current import database, settings, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.people import idempotent, tokenless
from webapp.surfaces.shared.rendering import render, same_for_everybody

from .blueprint import bp

#: Nobody writes a message faster.
_LEAST_AGE = timedelta(seconds=3)
_MOST_AGE = timedelta(hours=24)
_REQUIRED = InputRequired(lazy("Please fill in this field."))


class ContactForm(Form):
    """What is sent. Drawn by hand in `themes/base/templates/_contact_form.html`, since a block shows it too."""

    name = StringField(lazy("Your name"), [_REQUIRED, Length(max=letters.LONGEST_NAME)])
    email = EmailField(lazy("Your e-mail address"), [_REQUIRED, Length(max=254)])
    subject = StringField(lazy("What is it about?"), [_REQUIRED, Length(max=letters.LONGEST_SUBJECT)])
    message = TextAreaField(lazy("Your message"), [_REQUIRED, Length(max=letters.LONGEST_MESSAGE)])
    #: People do not see it; machines that fill in every field do.
    leave_empty = StringField(lazy("Leave this field empty"), [Length(max=0, message=lazy("Leave this field empty"))])
    ticket = HiddenField()


@bp.get("/<lang:lang>/contact")
def contact() -> str:
    """The form on a page of its own."""
    same_for_everybody()
    return render("storefront/contact.html", values={}, errors={}, title=_("Contact"))


@bp.get("/<lang:lang>/contact/ticket")
def contact_ticket() -> str:
    """The ticket of one message, asked for when somebody begins to write."""
    return render("storefront/_contact_ticket.html", ticket=_new_ticket())


@bp.post("/<lang:lang>/contact")
@tokenless
@idempotent
def send_contact() -> ResponseReturnValue:
    """Send the message to the partner; whatever is missing, nothing that was typed is lost."""
    form = ContactForm()
    written = _written(form) if form.accepted() else None
    if written is None:
        return _again(form)
    age = _age(form.ticket.data or "")
    if age is None:
        form.ticket.data = _new_ticket()
        return _again(form, _("Please look over your message once more, and press the button again."))
    if age < _LEAST_AGE:
        return _again(form, _("That was very quick. Please press the button once more."))
    try:
        _send(written, form.ticket.data or "")
    except Refusal as refusal:
        form.refuse(refusal)
        return _again(form)
    if _is_fragment():
        return render("storefront/_contact_sent.html")
    return redirect(url_for("storefront.contact_sent"), 303)


@bp.get("/<lang:lang>/contact/sent")
def contact_sent() -> str:
    """Thanks."""
    same_for_everybody()
    return render("storefront/contact_sent.html", title=_("Thank you for your message"))


def _written(form: ContactForm) -> Letter | None:
    """What was written, or None after what is wrong has been said at its field."""
    typed = (form.name.data or "", form.email.data or "", form.subject.data or "", form.message.data or "")
    try:
        return letters.letter(*typed)
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _send(written: Letter, ticket: str) -> None:
    limiter, shop = the_app().limiter, site().partner_id
    limiter.check("contact", account=written.email, ip=request.remote_addr, tenant=shop)
    with database().writing() as session:
        letters.send(session, written, ticket)


def _again(form: ContactForm, notice: str = "") -> tuple[str, int]:
    """The form with what was typed: alone for htmx, on its page for everybody else."""
    template = "storefront/_contact_again.html" if _is_fragment() else "storefront/contact.html"
    errors = {name: messages for name, messages in form.errors.items() if name}
    page = render(
        template, values=form.data, errors=errors, problems=form.form_errors, notice=notice, title=_("Contact")
    )
    return page, form.status


def _is_fragment() -> bool:
    return bool(getattr(request, "is_fragment", False))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt=f"contact:{site().partner_id}")


def _new_ticket() -> str:
    return str(_signer().dumps(secrets.token_urlsafe(12)))


def _age(ticket: str) -> timedelta | None:
    """How long ago a ticket was given out; None for none, a forged one or one from another day."""
    try:
        _number, given_out = _signer().loads(ticket, return_timestamp=True)
    except BadData:
        return None
    age = clock.now() - given_out
    return age if age <= _MOST_AGE else None
