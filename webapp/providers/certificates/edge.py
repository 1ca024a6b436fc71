"""Requests to our own TLS front, past the DNS: the connection goes to the front, SNI and Host say the name."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from webapp.foundation.db import assert_no_write_transaction

from .port import Served

#: How long a front may take to get a certificate while we wait.
SECONDS = 30.0
LONGEST = 1000
#: How a front says that it has no certificate for a name (RFC 8446 section 6.2).
_NO_CERTIFICATE = ("INTERNAL_ERROR", "UNRECOGNIZED_NAME")


class Edge:
    """The front at "host:port"; "" for an install without one. `ca_file`: whom to trust besides the usual ones."""

    def __init__(self, address: str, ca_file: str = "", *, seconds: float = SECONDS, settles: float = 1.2) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host.strip("[]"), int(port)) if address else None
        self._ca_file = ca_file
        self._seconds = seconds
        self.settles = settles

    def first_request(self, name: str, path: str) -> Served:
        """See EdgePort."""
        assert_no_write_transaction()
        if self._address is None:
            return Served("unconfigured")
        try:
            plain = socket.create_connection(self._address, self._seconds)
        except OSError as problem:
            return Served("unreachable", detail=str(problem))
        with plain:
            return self._over_tls(plain, name, path)

    def _over_tls(self, plain: socket.socket, name: str, path: str) -> Served:
        try:
            with self._tls.wrap_socket(plain, server_hostname=name) as secure:
                served = _certificate(secure.getpeercert() or {})
                return replace(served, body=_get(secure, name, path))
        except ssl.SSLCertVerificationError as problem:
            return Served("untrusted", detail=problem.verify_message)
        except ssl.SSLError as problem:
            reason = problem.reason or ""
            code = "authority" if any(sign in reason for sign in _NO_CERTIFICATE) else "handshake"
            return Served(code, detail=reason)
        except TimeoutError:
            return Served("timeout")
        except (OSError, http.client.HTTPException) as problem:
            return Served("handshake", detail=str(problem))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        return context


def _certificate(facts: dict[str, Any]) -> Served:
    issuer = {key: value for part in facts.get("issuer", ()) for key, value in part}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(facts["notAfter"]), UTC) if "notAfter" in facts else None
    return Served("ok", issuer.get("organizationName") or issuer.get("commonName") or "", ends)


def _get(secure: ssl.SSLSocket, name: str, path: str) -> str:
    asked = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: witryna\r\nConnection: close\r\n\r\n"
    secure.sendall(asked.encode("ascii"))
    answer = http.client.HTTPResponse(secure)
    answer.begin()
    return answer.read(LONGEST).decode("ascii", "replace").strip()
