"""Staff of the partner look at this panel as the subscriber does (H-21): the way in, what they may not, the way out."""

from __future__ import annotations

from contextlib import suppress

from flask import abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.web import the_app
from webapp.reseller.accounts import entering
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, person, site
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sign_in import browser

from . import mine
from .blueprint import bp

#: What is the subscriber's own to do, however it is asked for.
OWN_HAND = frozenset(
    ("account.accept_documents", "account.end_sign_in", "account.end_other_sign_ins", "account.my_data")
)


@bp.before_request
def _only_the_subscriber() -> None:
    """Forms that staff do not send in the subscriber's name; operations refuse passwords and consents themselves."""
    if request.endpoint in OWN_HAND and request.method == "POST" and (someone := person()) and someone.through:
        abort(403)


@bp.get("/enter/<code>")
@people.public
def enter(code: str) -> ResponseReturnValue:
    """The other end of the Sales Panel's button: whoever was signed in here before, now it is the look."""
    try:
        the_app().limiter.check("token", account=None, ip=request.remote_addr, tenant=site().partner_id)
        with database().writing() as db:
            token = entering.take(db, code, *browser())
    except Refusal as refusal:
        if refusal.code != "code_spent":
            raise
        return render("account/enter_spent.html", title=_("This way in does not work any more")), 410
    session.pop("cart", None)  # a basket of the browser is not the subscriber's
    people.begin(token)
    g.pop("accesses", None)  # asked for before, for whoever was here
    account = whole_number(request.args.get("account", ""))
    if account is not None:
        with suppress(NotFound):  # no member any more: the panel shows what there is
            mine.choose(account)
    return redirect(url_for("account.start"), 303)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """The look is over; the Sales Panel is still open in its own window."""
    who = actor()
    if not who.through:
        return redirect(url_for("account.start"), 303)
    people.end(lambda db, token: entering.leave(db, who, token))
    flash(_("You have left the panel of %(name)s.", name=who.label))
    return redirect(url_for("account.sign_in"), 303)
