"""Signing in and out at each door, and who must be signed in where.

The cookie holds a random token, the database its hash: revoking a sign-in works with the next request. Every blueprint
is closed by `guard(blueprint, door)`; single views are opened with `@public` or narrowed with `@role("owner")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Request, Response, abort, g, redirect, request, session
from flask_login import LoginManager
from sqlalchemy.orm import Session

from webapp.foundation import tenancy, urls
from webapp.foundation.htmx import lead
from webapp.foundation.sessions import in_frame
from webapp.foundation.web import WebApp, the_app
from webapp.reseller.accounts import entering
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import roles

from .current import Person, arrival, database, person

_TOKEN = "t"  # noqa: S105  the name of a session key
_KEPT = ("cart", "back")
_View = TypeVar("_View", bound=Callable[..., Any])
_Found = TypeVar("_Found")

#: Where each door sends those who must sign in.
SIGN_IN = {"shop": "account.sign_in", "sales": "sales.sign_in", "operator": "operator.sign_in"}
_SIGN_IN_OF_FRAMES = "frames.sign_in"
#: Where the views of a frame stand in its page.
FRAME_MAIN = "#frame-main"
#: Roles from the least to the most that may see a view, by door; "software" proves with each request whose it is.
ROLES = {
    "user": ("user",),
    "staff": tuple(roles.ROLES),
    "owner": ("owner",),
    "operator": ("operator",),
    "software": ("software",),
}


def init_people(app: WebApp) -> None:
    """Flask-Login without its cookies: `init_app` would read the session on every request, and so spoil each cached
    page; we have no remember-me cookie that it would have to renew."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    manager.unauthorized_handler(to_sign_in)
    app.login_manager = manager


# --- finding the person --------------------------------------------------------------------------------------


def _load(_request: Request) -> Person | None:
    """Called by flask-login when a page first asks who is there."""
    if "person" not in g:
        g.person = _LOADERS.get(arrival().surface, _nobody)()
    return g.person  # type: ignore[no-any-return]


def _nobody() -> Person | None:
    return None


def _user() -> Person | None:
    token = session.get(_TOKEN)
    if not token:
        return None
    with database().reading() as db:
        found = entering.user_with_staff(db, token)
        if found is None:
            return None
        user, staff = found
        return Person("user", user.id, user.email, user.name, user.locale, "user", through=staff)


def _staff() -> Person | None:
    token = session.get(_TOKEN)
    if not token:
        return None
    with database().reading(tenancy.Platform("staff-sign-in")) as db:
        staff = partners.staff_for_token(db, token)
        if staff is None:
            return None
        g.site = partners.site_for_partner(db, staff.partner_id)
        return Person("staff", staff.id, staff.email, staff.name, staff.locale, staff.role)


def _operator() -> Person | None:
    token = session.get(_TOKEN)
    if not token:
        return None
    with database().reading(tenancy.Platform("operator")) as db:
        found = partners.operator_for_token(db, token)
        return Person("operator", found.id, found.email, found.name, found.locale, "operator") if found else None


_LOADERS: dict[str, Callable[[], Person | None]] = {"shop": _user, "sales": _staff, "operator": _operator}


# --- in and out ----------------------------------------------------------------------------------------------


def checked(email: str, check: Callable[[], _Found]) -> _Found:
    """The one way to check a password at any door: the try is counted before, and forgiven when it was right.

    Raises TooManyTries, or whatever Refusal `check` raises.
    """
    here = arrival()
    tenant = here.site.partner_id if here.site else here.surface
    limiter = the_app().limiter
    limiter.check("login", account=email, ip=request.remote_addr, tenant=tenant)
    found = check()
    limiter.forgive("login", account=email, tenant=tenant)
    return found


def begin(token: str) -> None:
    """Keep a fresh sign-in's token. Everything else of the old session but the basket is dropped."""
    kept = {key: session[key] for key in _KEPT if key in session}
    session.clear()
    session.update(kept)
    session[_TOKEN] = token
    forget_person()


def end(revoke: Callable[[Session, str], object], scope: tenancy.Scope | None = None) -> None:
    """Sign out: the row is revoked, the cookie emptied."""
    token = session.get(_TOKEN)
    if token:
        with database().writing(scope) as db:
            revoke(db, token)
    session.clear()
    forget_person()


def sign_in_token() -> str | None:
    """The token of the present sign-in: to tell it from the person's other ones."""
    return session.get(_TOKEN)


def forget_person() -> None:
    """Ask again who is there, later in this request."""
    g.pop("person", None)
    g.pop("_login_user", None)


def to_sign_in() -> Response:
    """To the door's sign-in page, and back here afterwards. In a frame that is a view like others."""
    if in_frame(request.environ):
        address = the_app().url_for(_SIGN_IN_OF_FRAMES, next=request.path if request.method == "GET" else None)
        if getattr(request, "is_htmx", False):
            return lead(Response(status=401), address, FRAME_MAIN)
        return redirect(address, 303)  # type: ignore[return-value]
    address = the_app().url_for(SIGN_IN[arrival().surface], next=_here())
    if getattr(request, "is_htmx", False):
        answer = Response(status=401)
        answer.headers["HX-Redirect"] = address
        return answer
    return redirect(address, 303)  # type: ignore[return-value]


def _here() -> str | None:
    """The page to come back to: never the address of a form's POST or of a fragment."""
    if request.method != "GET" or getattr(request, "is_htmx", False):
        return None
    path = request.full_path.rstrip("?")
    return None if path == "/" else path


def after_sign_in(default: str) -> str:
    """Where the person wanted to go, if that is a path of ours."""
    return urls.safe_next(request.values.get("next"), default)


# --- who may see what ----------------------------------------------------------------------------------------


def public(view: _View) -> _View:
    """Open a view of a guarded blueprint to everybody."""
    view.minimal_role = "visitor"  # type: ignore[attr-defined]
    return view


def role(name: str) -> Callable[[_View], _View]:
    """Narrow a view to a role of ROLES."""

    def narrow(view: _View) -> _View:
        view.minimal_role = name  # type: ignore[attr-defined]
        return view

    return narrow


def guard(blueprint: Blueprint, minimal: str) -> None:
    """Close every view of a blueprint to all but `minimal` role, unless the view says otherwise."""
    blueprint.minimal_role = minimal  # type: ignore[attr-defined]

    def check() -> Response | None:
        wanted = minimal_role(the_app(), request.endpoint or "")
        if wanted == "visitor":
            return None
        someone = person()
        if someone is None:
            return to_sign_in()
        if someone.role not in ROLES[wanted]:
            abort(403)
        return None

    blueprint.before_request(check)


def minimal_role(app: WebApp, endpoint: str) -> str:
    """The least role that may call an endpoint: "visitor" or one of ROLES."""
    view = app.view_functions.get(endpoint)
    of_view: str | None = getattr(view, "minimal_role", None)
    if of_view is not None:
        return of_view
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    return getattr(blueprint, "minimal_role", "visitor")


def tokenless(view: _View) -> _View:
    """Take this view's form from cached pages, which hold no CSRF token: the browser must vouch for its origin.

    Only for views that act in nobody's name: they must ask neither the session nor who is there.
    """
    view.tokenless = True  # type: ignore[attr-defined]
    return view


def is_tokenless(app: WebApp, endpoint: str) -> bool:
    """True for an endpoint whose form needs no CSRF token."""
    return getattr(app.view_functions.get(endpoint), "tokenless", False)


def from_machines(view: _View) -> _View:
    """Take what machines of others send, which no page of ours could have made: the view checks their signature.

    Only for views that ask neither the session nor who is there.
    """
    view.from_machines = True  # type: ignore[attr-defined]
    return view


def is_from_machines(app: WebApp, endpoint: str) -> bool:
    """True for an endpoint that proves by a signature who sends."""
    return getattr(app.view_functions.get(endpoint), "from_machines", False)


def idempotent(view: _View) -> _View:
    """Say that sending the same form twice does the deed once: a key in the form or a state decides (routes.tsv)."""
    view.idempotent = True  # type: ignore[attr-defined]
    return view
