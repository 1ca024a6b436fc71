"""The frame's side of handing a sign-in over: a code becomes a session here, and a session here gives a code."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.limits import TooManyTries
from webapp.foundation.refusal import Refusal
from webapp.foundation.sessions import FRAME_LONGEST
from webapp.foundation.web import the_app
from webapp.reseller.accounts import hand_offs
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.hand_offs import TO_FRAME, TO_PANEL
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, person, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.sign_in import browser

from .around import own_origin
from .blueprint import bp


@bp.post("/exchange")
def exchange() -> ResponseReturnValue:
    """A code of the shop's window: who gave it is signed in here from now on."""
    try:
        sign_in_by_code(TO_FRAME, request.form.get("origin", ""))
    except Refusal as refusal:
        return refused(refusal)
    return Response(status=204)


@bp.post("/hand-off")
def hand_off() -> ResponseReturnValue:
    """A code for the shop's own page, so that the person goes on there without a second sign-in."""
    return given(TO_PANEL, own_origin())


def given(purpose: str, origin: str) -> ResponseReturnValue:
    """The answer to a question for a code about the person who is signed in."""
    someone = person()
    token = people.sign_in_token()
    if someone is None or not token:
        return jsonify(code=""), 401
    question = (request.form.get("challenge", ""), origin, request.form.get("state", ""))
    try:
        count_try(someone.email)
        with database().writing() as session:
            return jsonify(code=hand_offs.give(session, actor(), token, purpose, *question))
    except Refusal as refusal:
        return refused(refusal)


def sign_in_by_code(purpose: str, origin: str) -> None:
    """Take the code that was sent, and begin a session with it. Raises Refusal."""
    code, verifier = request.form.get("code", ""), request.form.get("verifier", "")
    count_try(None)
    with database().writing() as session:
        handed = hand_offs.take(session, code, purpose, verifier, origin, request.form.get("state", ""))
        # On either side it lives no longer than where it comes from.
        lifetime = min(FRAME_LONGEST, handed.until - clock.now())
        token = accounts.open_sign_in(session, handed.user, *browser(), lifetime=lifetime)
    people.begin(token)


def count_try(account: str | None) -> None:
    """Raises TooManyTries."""
    the_app().limiter.check("hand_off", account=account, ip=request.remote_addr, tenant=site().partner_id)


def refused(refusal: Refusal) -> ResponseReturnValue:
    """A refusal for a script."""
    return jsonify(error=said(refusal)), 429 if isinstance(refusal, TooManyTries) else 422
