"""What the partner's people do with a subscriber: make one, change contacts, notes, consents, prices, rights, state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import EmailField, SelectField, TextAreaField
from wtforms.validators import Length

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import by_partner, consents, notes, validate
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts.models import Contact
from webapp.reseller.catalog import price_groups
from webapp.reseller.desk import subscribers as desk
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import done, told
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.subscribers import ContactForm

from .blueprint import bp


class PartyForm(ContactForm):
    """Name and address of a subscriber, as the partner types them."""

    email = EmailField(
        lazy("E-mail address"), render_kw={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.label.text = _("The subscriber is")

    def fields(self) -> dict[str, str]:
        """What was typed, by the names of accounts.validate."""
        return {name: getattr(self, name).data or "" for name in validate.CONTACT_FIELDS}

    def refuse_all(self) -> bool:
        """Show every wrong field at once; True when there is one."""
        for refusal in validate.contact_errors(self.fields())[1].values():
            self.refuse(refusal)
        return bool(self.errors)


class NewSubscriberForm(PartyForm):
    """Whoever is made here gets a mail with a link to set a password."""

    locale = SelectField(lazy("Language of our mails"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.locale.choices = [(code, i18n.LANGUAGE_NAMES[code]) for code in site().locales]


class NoteForm(Form):
    """A note for colleagues."""

    text = TextAreaField(
        lazy("Note"), [Length(max=notes.LONGEST)], render_kw={"rows": 4},
        description=lazy("Only your staff sees it. The subscriber may ask for a copy of all that you hold."),
    )  # fmt: skip


def _back(account_id: int, tab: str = "") -> ResponseReturnValue:
    values: dict[str, Any] = {"tab": tab} if tab else {}
    return redirect(url_for("sales.subscriber", account_id=account_id, **values), 303)


def _tried(deed: Callable[[Session], object], done: str) -> None:
    """Do it in one transaction and say so, or why not."""
    with told():
        with database().writing() as session:
            deed(session)
        flash(_(done))


# --- a new one -----------------------------------------------------------------------------------------------


@bp.route("/subscribers/new", methods=["GET", "POST"])
def new_subscriber() -> ResponseReturnValue:
    """Make a subscriber for somebody who called or wrote."""
    form = NewSubscriberForm()
    if form.accepted() and not form.refuse_all():
        made: list[int] = []

        def make(session: Session) -> None:
            made.append(by_partner.create(session, actor(), form.fields(), form.locale.data or "").id)

        if done(form, make):
            flash(_("The subscriber is there, and has a mail with a link to set a password."))
            return _back(made[0])
    return respond("sales/subscriber_new.html", form, title=_("New subscriber"))


# --- contacts ------------------------------------------------------------------------------------------------


@bp.route("/subscribers/<int:account_id>/contacts/new", methods=["GET", "POST"])
def new_contact(account_id: int) -> ResponseReturnValue:
    """Another contact of an account."""
    with database().reading() as session:
        account = account_queries.account(session, account_id)
    form = PartyForm()
    if (
        form.accepted()
        and not form.refuse_all()
        and done(form, lambda session: accounts.add_contact(session, actor(), account_id, form.fields()))
    ):
        flash(_("The contact is added."))
        return _back(account_id, "contacts")
    return respond("sales/subscriber_contact.html", form, title=_("New contact"), account=account, held=0)


@bp.route("/subscribers/<int:account_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
def change_contact(account_id: int, contact_id: int) -> ResponseReturnValue:
    """Name and address. Where names are held by this contact, the registry's data are another thing, and we say so."""
    with database().reading() as session:
        account = account_queries.account(session, account_id)
        contact = account_queries.contact(session, account_id, contact_id)
        held = desk.names_held_by(session, contact_id)
    form = PartyForm(data=_stored(contact))
    if (
        form.accepted()
        and not form.refuse_all()
        and done(form, lambda session: accounts.update_contact(session, actor(), account_id, contact_id, form.fields()))
    ):
        flash(_("The contact is changed. Documents from now on carry the new data."))
        return _back(account_id, "contacts")
    return respond("sales/subscriber_contact.html", form, title=contact.name, account=account, held=held)


def _stored(contact: Contact) -> dict[str, str]:
    values = {name: getattr(contact, name) for name in validate.CONTACT_FIELDS}
    return values | {"phone": contact.phone.replace(".", " ")}


@bp.post("/subscribers/<int:account_id>/contacts/<int:contact_id>/default")
@people.idempotent
def make_default_contact(account_id: int, contact_id: int) -> ResponseReturnValue:
    """Orders are made for this one from now on."""
    _tried(
        lambda session: by_partner.make_default(session, actor(), account_id, contact_id),
        N_("Orders are made for this contact from now on."),
    )
    return _back(account_id, "contacts")


# --- people --------------------------------------------------------------------------------------------------


@bp.post("/subscribers/<int:account_id>/people")
def change_people(account_id: int) -> ResponseReturnValue:
    """Rights of one person, or a new link to set a password."""
    user_id = number_in(request.form, "user") or 0
    if "invite" in request.form:
        _tried(
            lambda session: by_partner.invite(session, actor(), account_id, user_id),
            N_("A link to set a password is on its way."),
        )
    else:
        rights = request.form.getlist("rights")
        _tried(
            lambda session: by_partner.set_rights(session, actor(), account_id, user_id, rights),
            N_("The rights are changed."),
        )
    return _back(account_id, "contacts")


# --- notes, consents, prices, state --------------------------------------------------------------------------


@bp.post("/subscribers/<int:account_id>/notes")
def add_note(account_id: int) -> ResponseReturnValue:
    """A note for colleagues; what was typed comes back when it is refused."""
    form = NoteForm()
    if form.accepted() and done(form, lambda session: notes.add(session, actor(), account_id, form.text.data or "")):
        flash(_("The note is kept."))
        return _back(account_id, "notes")
    with database().reading() as session:
        account = account_queries.account(session, account_id)
    return respond("sales/subscriber_note.html", form, title=_("Note"), account=account)


@bp.post("/subscribers/<int:account_id>/notes/<int:note_id>/remove")
@people.idempotent
def remove_note(account_id: int, note_id: int) -> ResponseReturnValue:
    """Take a note away."""
    _tried(lambda session: notes.remove(session, actor(), account_id, note_id), N_("The note is gone."))
    return _back(account_id, "notes")


@bp.post("/subscribers/<int:account_id>/consents")
@people.idempotent
def set_consents(account_id: int) -> ResponseReturnValue:
    """What the subscriber said, written down by the partner (H-22)."""
    wanted = {channel: channel in request.form.getlist("channel") for channel in consents.CHANNELS}
    _tried(
        lambda session: consents.set_all(session, actor(), account_id, wanted, "partner"),
        N_("The consents are written down, with today's date and your name."),
    )
    return _back(account_id, "consents")


@bp.post("/subscribers/<int:account_id>/prices")
@people.idempotent
def set_price_group(account_id: int) -> ResponseReturnValue:
    """Which prices the subscriber sees from now on, everywhere."""
    group_id = number_in(request.form, "group") or None
    _tried(
        lambda session: price_groups.put_in(session, actor(), account_id, group_id),
        N_("The subscriber sees the prices of this group from now on."),
    )
    return _back(account_id)


@bp.route("/subscribers/<int:account_id>/status", methods=["GET", "POST"])
@people.idempotent
def subscriber_status(account_id: int) -> ResponseReturnValue:
    """Close an account, or open it again; closing asks first."""
    with database().reading() as session:
        account = account_queries.account(session, account_id)
    if request.method != "POST":  # HEAD too
        return render("sales/subscriber_status.html", title=_("Close %(name)s", name=account.name), account=account)
    status = "active" if request.form.get("status") == "active" else "suspended"
    words = {"active": N_("The subscriber may sign in again."), "suspended": N_("Nobody can work in this account now.")}
    _tried(lambda session: by_partner.set_status(session, actor(), account_id, status), words[status])
    return _back(account_id)
