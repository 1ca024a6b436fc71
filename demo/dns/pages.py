"""The registrar's pages: domains, and the records of one. Plain forms; works without JavaScript."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from .registrar import KINDS, NAMESERVERS, TTL, Refused, Registrar

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

pages = Blueprint("dns", __name__)


def create_pages(registrar: Registrar) -> Flask:
    """The WSGI application over the domains."""
    app = Flask(__name__, static_url_path="/static")
    app.extensions["registrar"] = registrar
    app.register_blueprint(pages)
    return app


def _registrar() -> Registrar:
    registrar: Registrar = current_app.extensions["registrar"]
    return registrar


@pages.before_request
def only_from_this_machine() -> None:
    """A foreign name that resolves to 127.0.0.1 (DNS rebinding) reads nothing; other sites press no button."""
    if request.host.split(":")[0] not in ("127.0.0.1", "localhost"):
        abort(421)
    foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if request.method == "POST" and foreign:
        abort(403)


@pages.after_request
def protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/")
def domains() -> str:
    """All domains, and the form for one more."""
    return _list()


@pages.post("/")
def register() -> Response | tuple[str, int]:
    """Take one more."""
    typed = request.form.get("name", "")
    try:
        name = _registrar().register(typed)
    except Refused as problem:
        return _list(typed, str(problem)), 422
    return redirect(url_for("dns.domain", name=name), 303)


@pages.get("/domains/<name>")
def domain(name: str) -> str:
    """The records of one domain."""
    return _records(name)


@pages.post("/domains/<name>")
def add(name: str) -> Response | tuple[str, int]:
    """Add a record."""
    typed = {key: request.form.get(key, "") for key in ("name", "kind", "value")}
    if name not in _registrar().domains() or typed["kind"] not in KINDS:
        abort(404)
    try:
        _registrar().add(name, typed["name"], typed["kind"], typed["value"])
    except Refused as problem:
        return _records(name, typed, str(problem)), 422
    return redirect(url_for("dns.domain", name=name), 303)


@pages.post("/domains/<name>/<int:number>")
def change(name: str, number: int) -> Response | tuple[str, int]:
    """Change or delete a record."""
    if number >= len(_registrar().domains().get(name, ())):
        abort(404)
    try:
        if "delete" in request.form:
            _registrar().delete(name, number)
        else:
            _registrar().change(name, number, request.form.get("value", ""))
    except Refused as problem:
        wrong = {"number": str(number), "changed": request.form.get("value", "")}
        return _records(name, wrong, str(problem)), 422
    return redirect(url_for("dns.domain", name=name), 303)


def _list(typed: str = "", problem: str = "") -> str:
    return render_template("domains.html", domains=_registrar().domains(), typed=typed, problem=problem)


def _records(name: str, typed: dict[str, str] | None = None, problem: str = "") -> str:
    records = _registrar().domains().get(name)
    if records is None:
        abort(404)
    facts = {"kinds": KINDS, "servers": NAMESERVERS, "ttl": TTL, "typed": typed or {}, "problem": problem}
    return render_template("domain.html", name=name, records=records, **facts)
