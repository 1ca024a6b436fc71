"""The answer by which we know our own install again: a name that leads here gives it, any other server cannot.

`GET /.well-known/shop-check/<token>` is answered on every host, known or not, and over HTTP and HTTPS, without the
database: it is asked before the name belongs to anybody. It tells nothing but that the request arrived.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/.well-known/shop-check/"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,100}")


def is_token(text: str) -> bool:
    """True for what we answer: 8 to 100 letters, digits, dashes and underscores."""
    return _TOKEN.fullmatch(text) is not None


def answer(secret_key: str, host: str, token: str) -> str:
    """What this install says at a normalised host: 64 hex digits that only the holder of the key can make."""
    return hmac.new(secret_key.encode(), f"shop-check|{host}|{token}".encode(), hashlib.sha256).hexdigest()


def respond(environ: WSGIEnvironment, start_response: StartResponse, secret_key: str, host: str) -> Iterable[bytes]:
    """The answer as plain text; 404 for what is no token, 405 for anything but a reading request."""
    token = environ["PATH_INFO"].removeprefix(PREFIX)
    reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
    status = "405 Method Not Allowed" if not reads else "200 OK" if is_token(token) else "404 Not Found"
    body = answer(secret_key, host, token).encode() if status == "200 OK" else b""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
