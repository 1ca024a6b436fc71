"""Mail over SMTP (RFC 5321), one connection per mail: simple, and no state to go stale between two mails."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError

from .mime import address, written
from .port import Mail

#: Seconds for connecting and for each answer.
TIMEOUT = 20.0
_USUAL_PORTS = {"smtp": 25, "smtps": 465}


#: Host and port -> the numeric address to connect to.
Resolve = Callable[[str, int], str]


class _Smtp(smtplib.SMTP):
    """A connection to an address, with the certificate checked for the name that leads to it."""

    address = named = ""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002  smtplib's own hook
        return socket.create_connection((self.address, port), timeout)

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """As the library's, which keeps the name for TLS only when the constructor connects."""
        self._host = self.named
        return super().connect(host, port, source_address)


class _Smtps(smtplib.SMTP_SSL, _Smtp):
    """The same, encrypted from the first byte."""


class SmtpMailer:
    """`MailPort` over one server, from a URL: "smtp://user:password@mail.example:587" or "smtps://...".

    With smtp:, the connection is encrypted as soon as the server offers STARTTLS (RFC 3207), except on this machine
    itself; a password is never sent over an open line. Certificates are checked.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT, resolve: Resolve | None = None) -> None:
        """`resolve` chooses the address for a host that somebody typed, or raises ProviderError."""
        self._url = urlsplit(url)
        self._timeout = timeout
        self._resolve = resolve
        if self._url.scheme not in _USUAL_PORTS or not self._url.hostname:
            raise ValueError("a mail server is written as smtp://host:port or smtps://host:port")

    def send(self, mail: Mail) -> None:
        """See MailPort.send."""
        assert_no_write_transaction()
        message = written(mail)
        try:
            with self._connected() as server:
                _hand_over(server, mail, message)
        except smtplib.SMTPException as error:
            raise _failure(error) from error
        except OSError as error:  # also timeouts and TLS failures
            raise ProviderError(f"the mail server cannot be reached: {error}", permanent=False) from error

    def _connected(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        port = self._url.port or _USUAL_PORTS[self._url.scheme]
        # Not connected by the constructor: the address is ours to choose, the name in the certificate is not.
        if self._url.scheme == "smtps":
            server: _Smtp = _Smtps(timeout=self._timeout, context=ssl.create_default_context())
        else:
            server = _Smtp(timeout=self._timeout)
        server.named, server.address = host, self._resolve(host, port) if self._resolve else host
        code, said = server.connect(host, port)
        if code != 220:
            server.close()
            raise smtplib.SMTPConnectError(code, said)
        try:
            self._secure(server, local=_is_this_machine(host))
            _sign_in(server, self._url)
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: smtplib.SMTP, *, local: bool) -> None:
        server.ehlo_or_helo_if_needed()
        if self._url.scheme == "smtp" and not local and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        elif self._url.scheme == "smtp" and not local and self._url.password:
            raise ProviderError("the mail server offers no encryption for the password", permanent=False)


def _hand_over(server: smtplib.SMTP, mail: Mail, message: EmailMessage) -> None:
    server.send_message(message, from_addr=address(mail.sender), to_addrs=[address(mail.recipient)])


def _sign_in(server: smtplib.SMTP, url: SplitResult) -> None:
    if url.username and url.password:
        server.login(unquote(url.username), unquote(url.password))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _failure(error: smtplib.SMTPException) -> ProviderError:
    """A 5yz answer to this mail is for good (RFC 5321 section 4.2.1); one to us, when we connect or sign in, is not."""
    code, text = _answer(error)
    about_us = isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError)
    permanent = isinstance(error, smtplib.SMTPNotSupportedError) or (500 <= code < 600 and not about_us)
    return ProviderError(f"the mail server said: {text}", permanent=permanent, code=code or None)


def _answer(error: smtplib.SMTPException) -> tuple[int, str]:
    raw: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, raw = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, raw = error.smtp_code, error.smtp_error
    else:
        return 0, str(error) or type(error).__name__
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    return code, f"{code} {' '.join(text.split())[:500]}"
