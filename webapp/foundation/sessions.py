"""Signed cookies that open one door of one tenant. What is in them: CSRF seed, cart, sign-in token, notices.

The salt of the signature names the purpose and the tenant, so a cookie that is replayed at another shop or panel is
not "somebody else's session" but no session at all. Sign-ins are rows: revoking one works at once.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from . import clock
from .hosts import ARRIVAL, Arrival

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Request, Response

_OPENED = "witryna.session"

#: A basket that is left for longer than this is forgotten.
LIFETIME = timedelta(days=30)

#: Frames on other sites have no cookies: they send the session here, and get it back there ("" means: forget it).
FRAMES = "/frames/"
FRAME_TOKEN = "X-Frame-Token"  # noqa: S105  the name of a header
#: A frame's session ends when nobody used it for so long, and after so long in any case. It is given back anew at most
#: every `_RENEWED`.
FRAME_IDLE, FRAME_LONGEST, _RENEWED = timedelta(minutes=30), timedelta(hours=8), timedelta(minutes=5)
_BORN, _SIGNED = "born", "witryna.frame_session_signed"


def in_frame(environ: WSGIEnvironment) -> bool:
    """True for what a frame on another site asks for: at a shop, below /frames/."""
    arrival: Arrival = environ[ARRIVAL]
    return arrival.surface == "shop" and environ["PATH_INFO"].startswith(FRAMES)


def session_salt(arrival: Arrival, *, framed: bool = False) -> str:
    """Purpose and tenant: "session:shop:1001", "session:frames:1001", "session:sales:-"."""
    surface = "frames" if framed else arrival.surface
    return f"session:{surface}:{arrival.site.partner_id if arrival.site else '-'}"


class _Session(SecureCookieSession):
    """Survives the end of the browser, so that a basket does; nothing is stored to say so."""

    @property
    def permanent(self) -> bool:
        """Always."""
        return True

    @permanent.setter
    def permanent(self, value: bool) -> None:
        raise NotImplementedError("every session lives for sessions.LIFETIME")


class TenantSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, host-only, one per door and tenant; set only when something is stored."""

    digest_method = staticmethod(hashlib.sha256)
    session_class = _Session

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """As Flask does; we keep an eye on the session without touching it (see `was_touched`)."""
        if in_frame(request.environ):
            opened: SecureCookieSession | None = self._from_header(app, request)
        else:
            # Without a cookie there is nothing to verify: most visitors of a shop never get one.
            known = self.get_cookie_name(app) in request.cookies
            opened = super().open_session(app, request) if known else self.session_class()
        request.environ[_OPENED] = opened
        return opened

    def _from_header(self, app: Flask, request: Request) -> SecureCookieSession:
        """The session that a frame carries itself; an empty one for a token that is forged, foreign or too old."""
        token = _bearer(request)
        signer = self.get_signing_serializer(app)
        if not token or signer is None:
            return self.session_class()
        try:
            values, signed = signer.loads(token, return_timestamp=True)
            age, unused = clock.now() - datetime.fromtimestamp(values[_BORN], UTC), clock.now() - signed
        except (BadSignature, KeyError, TypeError):
            return self.session_class()
        if age > FRAME_LONGEST or unused > FRAME_IDLE:
            return self.session_class()
        request.environ[_SIGNED] = signed
        return self.session_class(values)

    def save_session(self, app: Flask, session: SecureCookieSession, response: Response) -> None:  # type: ignore[override]
        """As Flask does; a frame's session goes back in a header, and no cookie with it."""
        if not in_frame(request.environ):
            super().save_session(app, session, response)
        elif not (session.accessed or session.modified):
            return  # a page that is the same for everybody, and may be kept with its headers
        elif set(session) <= {_BORN}:
            if session.modified or (_bearer(request) and _SIGNED not in request.environ):
                response.headers[FRAME_TOKEN] = ""
        elif session.modified or _is_old(request.environ.get(_SIGNED)):
            session.setdefault(_BORN, int(clock.now().timestamp()))
            signer = self.get_signing_serializer(app)
            response.headers[FRAME_TOKEN] = str(signer.dumps(dict(session))) if signer else ""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the door and tenant of the present request."""
        return URLSafeTimedSerializer(
            app.secret_key or "",
            salt=session_salt(request.environ[ARRIVAL], framed=in_frame(request.environ)),
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )


def _bearer(request: Request) -> str:
    """The token of the Authorization header (RFC 6750 section 2.1), if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is_old(signed: datetime | None) -> bool:
    return signed is not None and clock.now() - signed > _RENEWED


def was_touched(environ: WSGIEnvironment) -> bool:
    """True when the request read or wrote its session. Asking `flask.session` would itself count as reading."""
    opened: SecureCookieSession = environ[_OPENED]
    return opened.accessed or opened.modified


def configure(app: Flask, secure: bool) -> None:
    """`__Host-` (RFC 6265bis) is for HTTPS only: over plain HTTP browsers would refuse the cookie."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-s" if secure else "s",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )
    app.session_interface = TenantSessions()
