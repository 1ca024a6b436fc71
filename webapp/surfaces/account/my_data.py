"""My data to take along: everything that the shop holds about the account and me, against the password."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.desk import personal_data
from webapp.surfaces.shared import people, sheets
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.forms import Form, lazy, respond

from . import mine
from .blueprint import bp


class DataForm(Form):
    """Who takes everything along shows once more who it is."""

    password = PasswordField(
        lazy("Password"),
        [InputRequired(lazy("Enter your password.")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


@bp.route("/data", methods=["GET", "POST"])
@mine.needs("manage")
def my_data() -> ResponseReturnValue:
    """The page, and the ZIP that its form gives."""
    form = DataForm()
    if form.accepted() and _is_me(form):
        with database().writing() as session:
            personal_data.exported(session, actor(), mine.account_id())
        with database().reading() as session:
            who = personal_data.holder(session, mine.account_id(), signed_in().id)
            pack = personal_data.archive(session, who)
        return sheets.zip_file(f"data-{mine.account_id()}", pack)
    return respond("account/my_data.html", form, title=_("Your data"))


def _is_me(form: DataForm) -> bool:
    """Counted like a sign-in, so that an open panel is no way to try passwords."""
    email, password = signed_in().email, form.password.data or ""
    try:
        with database().reading() as session:
            people.checked(email, lambda: accounts.authenticate(session, email, password))
    except Refusal as refusal:
        wrong = Refusal("password", N_("This is not your password."), field="password")
        form.refuse(wrong if refusal.code == "bad_credentials" else refusal)
        return False
    return True
