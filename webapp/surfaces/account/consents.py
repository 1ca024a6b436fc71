"""May the shop send offers, and how (H-22)? One answer per channel, each with its date."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import consents as kept
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.rendering import render

from . import mine
from .blueprint import bp


@bp.route("/consents", methods=["GET", "POST"])
@people.idempotent
def consents() -> ResponseReturnValue:
    """What holds now; the form sets every channel to what it says."""
    mine.require("manage")
    if request.method == "POST":
        wanted = {channel: channel in request.form.getlist("channel") for channel in kept.CHANNELS}
        try:
            with database().writing() as session:
                kept.set_all(session, actor(), mine.account_id(), wanted, "panel")
        except Refusal as refusal:
            flash(said(refusal), "warn")
        else:
            flash(_("Saved. It holds from now on."))
        return redirect(url_for("account.consents"), 303)
    with database().reading() as session:
        now = kept.current(session, mine.account_id())
    channels = {channel: _(word) for channel, word in kept.CHANNELS.items()}
    return render("account/consents.html", title=_("Offers and news"), now=now, channels=channels)
