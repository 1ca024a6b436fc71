"""Signed cookies that open one door of one tenant. What is in them: CSRF seed, cart, sign-in token, notices.

The salt of the signature names the purpose and the tenant, so a cookie that is replayed at another shop or panel is
not "somebody else's session" but no session at all. Sign-ins are rows: revoking one works at once.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from .hosts import ARRIVAL, Arrival

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Request

_OPENED = "witryna.session"

#: A basket that is left for longer than this is forgotten.
LIFETIME = timedelta(days=30)


def session_salt(arrival: Arrival) -> str:
    """Purpose and tenant: "session:shop:1001", "session:sales:-"."""
    return f"session:{arrival.surface}:{arrival.site.partner_id if arrival.site else '-'}"


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
        # Without a cookie there is nothing to verify: most visitors of a shop never get one.
        known = self.get_cookie_name(app) in request.cookies
        opened = super().open_session(app, request) if known else self.session_class()
        request.environ[_OPENED] = opened
        return opened

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the door and tenant of the present request."""
        return URLSafeTimedSerializer(
            app.secret_key or "",
            salt=session_salt(request.environ[ARRIVAL]),
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )


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
