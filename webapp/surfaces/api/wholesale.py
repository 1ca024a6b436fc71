"""The wholesale side for partners' software: login and password by Basic (RFC 7617), a signature over the request."""

from __future__ import annotations

from flask import Response, jsonify, request

from webapp.foundation import clock, tenancy
from webapp.foundation.limits import TooManyTries
from webapp.foundation.web import the_app
from webapp.providers.wholesale import signing
from webapp.reseller.desk import upstream
from webapp.reseller.partners import wholesale_access
from webapp.reseller.partners.wholesale_access import Asked
from webapp.surfaces.shared import people

from .blueprint import bp

_TITLES = {
    "login": "This login is not known.",
    "password": "The password is wrong.",
    "key": "The signature does not fit the key.",
    "clock": "The Date header is missing or more than five minutes off.",
    "busy": "Too many tries.",
}


@bp.get("/wholesale/balance")
@people.from_machines
@people.role("software")
def balance() -> Response:
    """What the partner has with the operator, in minor units, and what running operations hold of it."""
    asked = _asked()
    try:
        the_app().limiter.check("wholesale", account=asked.login[:100], ip=request.remote_addr, tenant="wholesale")
    except TooManyTries as tries:
        answer = _problem("busy", 429)
        answer.headers["Retry-After"] = str(tries.retry_after)
        return answer
    with the_app().database.reading(tenancy.Platform("wholesale-api")) as session:
        who = wholesale_access.known(session, asked.login)
    code = wholesale_access.refused(who, asked, the_app().settings.secret_key, clock.now())
    if code or who is None:
        answer = _problem(code, 401)
        answer.headers["WWW-Authenticate"] = 'Basic realm="wholesale", charset="UTF-8"'
        return answer
    with tenancy.tenant(who.partner_id), the_app().database.reading() as session:
        found = upstream.funds(session)
    return jsonify(currency=found.currency, balance=found.balance, restricted=found.restricted)


def _asked() -> Asked:
    given = request.authorization
    login = (given.username or "") if given and given.type == "basic" else ""
    password = (given.password or "") if given and given.type == "basic" else ""
    date, signature = request.headers.get("Date", ""), request.headers.get(signing.HEADER, "")
    return Asked(login, password, request.method, request.path, date[:64], signature[:128], request.get_data())


def _problem(code: str, status: int) -> Response:
    """Problem details (RFC 9457)."""
    answer = jsonify(type="about:blank", title=_TITLES[code], status=status, code=code)
    answer.status_code, answer.mimetype = status, "application/problem+json"
    return answer
