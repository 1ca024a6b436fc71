"""Settings > API (H-07 to H-11): the bridge to the wholesale side, and the purchasing panel's access to it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.providers.wholesale.port import BridgeError, Credentials
from webapp.reseller.desk import upstream
from webapp.reseller.partners import passwords, wholesale_access
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, settings
from webapp.surfaces.shared.current import upstream as ask
from webapp.surfaces.shared.forms import Form, lazy, respond, said

from .blueprint import bp
from .settings import settings_tabs

_HIDDEN = {"autocomplete": "off", "spellcheck": "false"}


class BridgeForm(Form):
    """What the purchasing panel shows."""

    login = StringField(
        lazy("Login"), [InputRequired(lazy("Enter the login of your purchasing panel.")), Length(max=100)],
        description=lazy("Your partner code."), render_kw=_HIDDEN,
    )  # fmt: skip
    password = PasswordField(
        lazy("API password"), [Optional(), Length(max=256)], render_kw={"autocomplete": "new-password"},
        description=lazy("Stored encrypted. Empty: the one that is stored stays."),
    )  # fmt: skip
    api_key = PasswordField(
        lazy("API key"), [Optional(), Length(max=200)], render_kw={"autocomplete": "new-password"},
        description=lazy("64 digits and letters. Empty: the one that is stored stays."),
    )  # fmt: skip


class AccessForm(Form):
    """A new password, typed or generated."""

    password = StringField(
        lazy("New API password"), [Optional(), Length(max=256)], render_kw=_HIDDEN,
        description=lazy("At least 10 characters. Empty: the password stays."),
    )  # fmt: skip


@bp.route("/settings/api", methods=["GET", "POST"])
@people.role("owner")
def bridge() -> ResponseReturnValue:
    """Enter login, password and key; saving tests them."""
    with database().reading() as session:
        found = upstream.connection(session)
        login = found.login if found else partners.partner(session).code
    form = BridgeForm(data={"login": login})
    if form.accepted() and _entered(form):
        return redirect(url_for("sales.bridge"), 303)
    with database().reading() as session:
        found, contact = upstream.connection(session), upstream.help_contact(session)
    tabs = settings_tabs()
    problem = _(upstream.PROBLEMS.get(found.problem, "")) if found and found.problem else ""
    facts = {"connection": found, "problem": problem, "help_address": contact}
    return respond("sales/bridge.html", form, title=_("Settings"), tab_list=tabs, **facts)


def _entered(form: BridgeForm) -> bool:
    typed = Credentials(form.login.data or "", form.password.data or "", (form.api_key.data or "").strip().lower())
    try:
        with database().writing() as session:
            credentials = upstream.enter(session, actor(), settings().secret_key, typed)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    _test(credentials)
    return True


@bp.post("/settings/api/test")
@people.role("owner")
@people.idempotent
def test_bridge() -> ResponseReturnValue:
    """Read the balance with what is stored."""
    with database().reading() as session:
        credentials = upstream.stored(session, settings().secret_key)
    if credentials is None:
        flash(_("Enter login, password and key first."), "warn")
    else:
        _test(credentials)
    return redirect(url_for("sales.bridge"), 303)


def _test(credentials: Credentials) -> None:
    """Ask over the network, then keep what came of it."""
    found, problem = None, ""
    try:
        found = ask(credentials).balance()
    except BridgeError as error:
        problem = error.code
    with database().writing() as session:
        upstream.keep_outcome(session, actor(), found, problem)
    if found:
        flash(_("Connected: the wholesale side answered with your balance."))


@bp.route("/settings/api/access", methods=["GET", "POST"])
@people.role("owner")
def api_access() -> ResponseReturnValue:
    """The purchasing panel: login, a password that is typed or generated, a key. Saved by "Update", shown once."""
    form = AccessForm()
    wanted = request.form.get("act", "") if request.method == "POST" else ""
    shown: dict[str, str] = {}
    if wanted == "generate":
        form.password.data = passwords.generated()
    elif request.method == "POST" and form.accepted():
        shown = _updated(form, wanted == "key")
    with database().reading() as session:
        row = wholesale_access.access(session)
        login = row.login if row else partners.partner(session).code
    facts: dict[str, Any] = {"access": row, "login": login, "shown": shown, "generated": wanted == "generate"}
    return respond("sales/api_access.html", form, title=_("Settings"), tab_list=settings_tabs("sales.bridge"), **facts)


def _updated(form: AccessForm, only_key: bool) -> dict[str, str]:
    """Save; gives what is to be shown once, {} when something has to be put right."""
    typed = "" if only_key else (form.password.data or "")
    with database().reading() as session:
        row, code = wholesale_access.access(session), partners.partner(session).code
    first = row is None
    if not typed and (first or not only_key):
        typed = passwords.generated() if only_key else ""
        if not typed:
            form.password.errors = [*form.password.errors, _("Type a password, or let one be generated.")]
            return {}
    try:
        if typed:
            passwords.check_new(typed, code)
    except Refusal as refusal:
        form.password.errors = [*form.password.errors, said(refusal)]
        return {}
    key = wholesale_access.new_key() if only_key or first else ""
    hashed = passwords.hash_password(typed) if typed else ""
    with database().writing() as session:
        wholesale_access.update(session, actor(), settings().secret_key, password_hash=hashed, key=key)
        upstream.access_changed(session)
    form.password.data = ""
    return {name: value for name, value in (("password", typed), ("key", key)) if value}
