"""Taken names that the person watches: the list, beginning and stopping. A search leads here with a name filled in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import to_unicode
from webapp.reseller.services import watches as services
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.forms import Form, lazy, respond

from . import mine
from .blueprint import bp


class WatchForm(Form):
    """Which name."""

    name = StringField(
        lazy("Name with its ending"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=300)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )


@bp.get("/watches")
@mine.needs("view")
def watches() -> ResponseReturnValue:
    """The list; `?name=` fills in the field."""
    asked = to_unicode(request.args.get("name", "")[:300])
    return _page(WatchForm(formdata=None, data={"name": asked}), asked=asked)


@bp.post("/watches")
@mine.needs("view")
@people.idempotent
def watch_name() -> ResponseReturnValue:
    """Watch one more name."""
    form = WatchForm()
    if not form.accepted():
        return _page(form)
    try:
        with database().writing() as session:
            found = services.watch(session, actor(), mine.account_id(), signed_in().id, form.name.data or "")
            name = to_unicode(found.name)
    except Refusal as refusal:
        refusal.field = "name"
        form.refuse(refusal)
        return _page(form)
    flash(_("We watch %(name)s for you, and mail you once when it is free.", name=name))
    return redirect(url_for("account.watches"), 303)


@bp.post("/watches/<int:watch_id>/stop")
@people.idempotent
def stop_watching(watch_id: int) -> ResponseReturnValue:
    """Watch a name no longer."""
    with database().writing() as session:
        name = services.stop(session, actor(), signed_in().id, watch_id)
    flash(_("We do not watch %(name)s any more.", name=name))
    return redirect(url_for("account.watches"), 303)


def _page(form: WatchForm, asked: str = "") -> ResponseReturnValue:
    with database().reading() as session:
        found = services.of_user(session, signed_in().id)
    values: dict[str, Any] = {"found": found, "most": services.MOST, "asked": asked, "unicode": to_unicode}
    return respond("account/watches.html", form, title=_("Watched names"), email=signed_in().email, **values)
