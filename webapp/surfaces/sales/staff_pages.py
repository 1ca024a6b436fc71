"""Staff: who works here, with which rights; and one's own password."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation import i18n, tenancy
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import passwords, roles, staff
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.models import Staff
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sign_in import browser

from .blueprint import bp
from .settings import settings_tabs

_REQUIRED = InputRequired(lazy("Please fill in this field."))
_PLATFORM = tenancy.Platform("staff-sign-in")


class StaffForm(Form):
    """A person of the partner."""

    name = StringField(lazy("Name"), [_REQUIRED], render_kw={"autocomplete": "off"})
    role = RadioField(lazy("May"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The one who may do everything comes last: it is chosen on purpose.
        named = [(name, f"{_(role.label)}: {_(role.text)}") for name, role in roles.ROLES.items()]
        self.role.choices = [*named[1:], named[0]]


class NewStaffForm(StaffForm):
    """A new person. The first password is told to them by whoever makes them."""

    email = EmailField(
        lazy("E-mail address"), [_REQUIRED, Length(max=254)], render_kw={"autocomplete": "off", "inputmode": "email"}
    )
    locale = SelectField(lazy("Language"))
    password = PasswordField(
        lazy("First password"), [_REQUIRED, Length(max=256)], render_kw={"autocomplete": "new-password"},
        description=lazy("At least 10 characters. Tell it to the person yourself; they can change it later."),
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.locale.choices = list(i18n.PANEL_NAMES.items())


class MemberForm(StaffForm):
    """What an owner may change about a person."""

    access = RadioField(lazy("Sign-in"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.access.choices = [("active", _("open")), ("suspended", _("closed"))]


class PasswordForm(Form):
    """One's own password."""

    current_password = PasswordField(
        lazy("Present password"), [_REQUIRED, Length(max=1000)], render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(
        lazy("New password"), [_REQUIRED, Length(max=256)], render_kw={"autocomplete": "new-password"},
        description=lazy("At least 10 characters; a sentence is easier to remember than signs."),
    )  # fmt: skip


@bp.get("/settings/staff")
@people.role("owner")
def staff_list() -> str:
    """Everybody who may sign in."""
    with database().reading() as session:
        members = partner_queries.staff_list(session)
    return render("sales/staff.html", title=_("Settings"), tab_list=settings_tabs(), members=members, roles=roles.ROLES)


@bp.route("/settings/staff/new", methods=["GET", "POST"])
@people.role("owner")
def add_staff() -> ResponseReturnValue:
    """Let somebody in."""
    form = NewStaffForm(data={"role": "staff", "locale": i18n.current_locale()})
    if form.accepted() and _added(form):
        flash(_("%(name)s can sign in now.", name=form.name.data))
        return redirect(url_for("sales.staff_list"), 303)
    return respond("sales/staff_new.html", form, title=_("Add a member of staff"))


def _added(form: NewStaffForm) -> bool:
    try:
        passwords.check_new(form.password.data or "", form.email.data or "")
        new = partners.NewStaff(
            email=form.email.data or "",
            name=form.name.data or "",
            password_hash=passwords.hash_password(form.password.data or ""),
            locale=form.locale.data,
            role=form.role.data,
        )
        with database().writing() as session:
            partners.add_staff(session, actor(), new)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@bp.route("/settings/staff/<int:staff_id>", methods=["GET", "POST"])
@people.role("owner")
def change_staff(staff_id: int) -> ResponseReturnValue:
    """Name, rights, and whether the sign-in is open."""
    with database().reading() as session:
        member = staff.member(session, staff_id)
    form = MemberForm(data={"name": member.name, "role": member.role, "access": member.status})
    if form.accepted() and _changed(form, staff_id):
        flash(_("Saved."))
        return redirect(url_for("sales.staff_list"), 303)
    return respond("sales/staff_member.html", form, title=member.name, member=member)


def _changed(form: MemberForm, staff_id: int) -> bool:
    typed = (form.name.data or "", form.role.data, form.access.data)
    return done(form, lambda session: staff.change_member(session, actor(), staff_id, *typed))


@bp.route("/settings/me", methods=["GET", "POST"])
def me() -> ResponseReturnValue:
    """My own password. Other browsers are signed out; this one stays."""
    form = PasswordForm()
    if form.accepted() and _new_password(form):
        flash(_("Your password is changed. Everywhere else you are signed out."))
        return redirect(url_for("sales.me"), 303)
    return respond("sales/me.html", form, title=_("Settings"), tab_list=settings_tabs())


def _new_password(form: PasswordForm) -> bool:
    person = signed_in()
    try:
        with database().reading(_PLATFORM) as session:
            member = _verified(session, person.email, form.current_password.data or "")
        passwords.check_new(form.password.data or "", person.email)
        hashed = passwords.hash_password(form.password.data or "")
        with database().writing() as session:
            staff.set_password(session, actor(), member.id, hashed)
    except Refusal as refusal:
        form.refuse(_at_current(refusal))
        return False
    with database().writing(_PLATFORM) as session:
        people.begin(partners.open_staff_sign_in(session, member, *browser()))
    return True


def _verified(session: Any, email: str, password: str) -> Staff:
    return people.checked(email, lambda: partners.authenticate_staff(session, email, password))


def _at_current(refusal: Refusal) -> Refusal:
    """A wrong present password is said at its field, in words that fit there."""
    if refusal.code == "bad_credentials":
        return Refusal("bad_credentials", N_("This is not your present password."), field="current_password")
    return refusal
