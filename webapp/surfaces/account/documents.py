"""Legal documents of my account: what I accepted and when, and what I am asked to accept again (H-55)."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.orders import documents as accepted
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.rendering import render

from . import mine
from .blueprint import bp


@bp.get("/documents")
@mine.needs("view")
def documents() -> str:
    """What waits, then what was accepted."""
    with database().reading() as session:
        waiting = accepted.waiting(session, mine.account_id())
        past = accepted.of_account(session, mine.account_id())
    shown = accepted.references(waiting)
    return render("account/documents.html", title=_("Legal documents"), waiting=waiting, past=past, shown=shown)


@bp.post("/documents/accept")
@people.idempotent
def accept_documents() -> ResponseReturnValue:
    """Accept everything that waits, in the versions that the page showed."""
    mine.require("order", "manage")
    try:
        with database().writing() as session:
            count = accepted.accept_again(
                session, actor(), mine.account_id(), signed_in().id, request.form.get("shown", "")
            )
        if count:
            flash(_("Thank you. Your acceptance is recorded."))
    except Refusal as refusal:
        flash(said(refusal), "warn")
    return redirect(url_for("account.documents"), 303)
