"""The shop's own windows beside a frame, first party and framed by nobody: signing in for a frame, going on from one.

They know the visitor by the shop's cookie. What is said between window and frame goes by postMessage between pages of
one origin (static/frames/popup.js), and is a code that only who asked for it can use.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import urls
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts.hand_offs import TO_FRAME, TO_PANEL
from webapp.surfaces.shared.current import arrival, person, site
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sign_in import SignInForm
from webapp.surfaces.shared.subscribers import signed_in_by

from .around import allowed_origins, own_origin
from .hand_off import given, refused, sign_in_by_code

bp = Blueprint("auth", __name__, subdomain="shop", url_prefix="/auth")

#: Session key: the site whose frame the person came from, to go back to.
BACK = "back"


@bp.get("/popup")
def popup() -> ResponseReturnValue:
    """Ask whether the frame may go on as the person; who is not signed in does that first."""
    who = person()
    if who is None:
        return _asked(SignInForm(formdata=None), forgotten="signed" in request.args)
    return render("frames/popup.html", title=_("Go on as %(name)s", name=who.name), who=who, **_places())


@bp.post("/popup")
def give() -> ResponseReturnValue:
    """The code for the frame."""
    origin = request.form.get("origin", "")
    if origin not in allowed_origins():
        return refused(Refusal("origin", N_("This shop has no frames on that site.")))
    session.pop(BACK, None)
    return given(TO_FRAME, origin)


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Signing in within the window."""
    form = SignInForm()
    if request.method == "GET" or person():
        return redirect(url_for("auth.popup"), 303)
    if signed_in_by(form):
        return redirect(url_for("auth.popup", signed="in"), 303)
    return _asked(form)


def _asked(form: SignInForm, *, forgotten: bool = False) -> ResponseReturnValue:
    """`forgotten`: somebody has just signed in, and yet the browser knows nothing of it."""
    links = [{"label": _("Forgot your password?"), "href": url_for("account.reset")}]
    auth: dict[str, Any] = {
        "title": _("Sign in"),
        "action": url_for("auth.sign_in"),
        "submit": _("Sign in"),
        "links": links,
    }
    auth["text"] = f"{site().name} · {arrival().host}"
    if forgotten:
        words = _("Your browser keeps no cookies for this shop. Allow them, or sign in on the site you came from.")
        auth |= {"tone": "warn", "notice": words}
    return respond("frames/popup_sign_in.html", form, title=auth["title"], auth=auth, **_places())


def _places() -> dict[str, str | None]:
    return {"host": arrival().host, "back": session.get(BACK)}


@bp.get("/continue")
def onward() -> ResponseReturnValue:
    """A page of the account for somebody who is signed in in a frame; its script asks the frame for a code."""
    return render("frames/continue.html", title=_("One moment"), wanted=_wanted(), **_places())


@bp.post("/continue")
def arrive() -> ResponseReturnValue:
    """The code of the frame: whoever was signed in here before, now it is the person of the frame."""
    try:
        sign_in_by_code(TO_PANEL, own_origin())
    except Refusal as refusal:
        return refused(refusal)
    origin = request.form.get("back", "")
    if origin in allowed_origins():
        session[BACK] = origin
    return jsonify(next=_wanted())


def _wanted() -> str:
    """A path of the account; anything else leads to its first page."""
    start = url_for("account.start")
    wanted = urls.safe_next(request.values.get("next"), start)
    return wanted if wanted.startswith("/account/") else start
