"""Answers to those who reach no surface: no brand, no cookie, no database; and the way to a shop's main address."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import clock, i18n
from .config import Settings
from .headers import hsts_seconds, security_headers
from .site import Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGE = (
    '<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
    "<title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
)


def page(title: str, text: str) -> bytes:
    """A whole HTML page of a heading and a sentence, in the current language."""
    return _PAGE.format(lang=i18n.current_locale(), title=escape(title), text=escape(text)).encode()


def unknown_host(environ: WSGIEnvironment, start_response: StartResponse, settings: Settings) -> Iterable[bytes]:
    """421 (RFC 9110 section 15.5.20): we have nothing to say under this name."""
    with _language(environ):
        body = page(
            i18n.gettext("There is no shop at this address"),
            i18n.gettext("Check the spelling of the address, or ask the shop for its current one."),
        )
    return _answer(environ, start_response, settings, "421 Misdirected Request", body)


def closed(environ: WSGIEnvironment, start_response: StartResponse, settings: Settings) -> Iterable[bytes]:
    """503: the operator has suspended the partner."""
    with _language(environ):
        body = page(
            i18n.gettext("This shop is closed at the moment"),
            i18n.gettext("Please try again later. Names and services that you have keep working."),
        )
    return _answer(environ, start_response, settings, "503 Service Unavailable", body, ("Retry-After", "3600"))


def broken(environ: WSGIEnvironment, start_response: StartResponse, settings: Settings) -> Iterable[bytes]:
    """503: we could not even find out whose shop it is (the database does not answer)."""
    with _language(environ):
        body = page(
            i18n.gettext("We cannot answer at the moment"),
            i18n.gettext("Nothing is lost. Please try again in a minute."),
        )
    return _answer(environ, start_response, settings, "503 Service Unavailable", body, ("Retry-After", "30"))


def moved(environ: WSGIEnvironment, start_response: StartResponse, settings: Settings, site: Site) -> Iterable[bytes]:
    """308 (RFC 9110 section 15.4.9) to the same path and query at the shop's primary host."""
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe=_PATH)
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe=_QUERY)
    address = site.origin(settings) + (path if path.startswith("/") else "/") + (f"?{query}" if query else "")
    hsts = hsts_seconds(site.live_since, clock.now())
    return _answer(
        environ, start_response, settings, "308 Permanent Redirect", b"", ("Location", address), cache=_SOON, hsts=hsts
    )


#: What stays as it is in a path that was decoded, and in a query that was not (RFC 3986 sections 3.3 and 3.4).
_PATH = "/!$&'()*+,;=:@-._~"
_QUERY = _PATH + "?%"
#: Browsers keep a 308 for good unless told otherwise, and the partner may choose another main address.
_SOON = "max-age=300"


def _language(environ: WSGIEnvironment) -> AbstractContextManager[None]:
    return i18n.use_locale(i18n.negotiate(environ.get("HTTP_ACCEPT_LANGUAGE"), i18n.SUPPORTED, i18n.SOURCE))


def _answer(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    settings: Settings,
    status: str,
    body: bytes,
    *more: tuple[str, str],
    cache: str = "no-store",
    hsts: int | None = None,
) -> Iterable[bytes]:
    """Without HSTS unless the host is a shop's: browsers would insist on HTTPS at a name that is not ours."""
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", cache),
        *more,
        *security_headers("platform", "/", settings.secure, settings.door("panel"), hsts=hsts),
    ]
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
