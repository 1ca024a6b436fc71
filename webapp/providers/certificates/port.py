"""What we ask of our own front, from outside: does a name lead to us, and is it served over HTTPS? In our words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Served:
    """One HTTPS request to our front under a name.

    ``code`` is "ok", or why nobody was served: "authority" (the front has no certificate for the name: the authority
    refused, or has not answered yet), "untrusted" (a certificate that browsers would refuse), "handshake" (TLS broke
    off), "timeout", "unreachable" (no connection), "unconfigured" (the install has no front). ``issuer`` and
    ``expires_at`` are the certificate's, ``body`` the answer's first 1000 bytes, ``detail`` for logs and operators.
    """

    code: str
    issuer: str = ""
    expires_at: datetime | None = None
    body: str = ""
    detail: str = ""


class EdgePort(Protocol):
    """Our TLS front. Never raises for what it does; never called inside a write transaction."""

    @property
    def settles(self) -> float:
        """Seconds after which the front knows of a name that was allowed just now."""
        ...

    def first_request(self, name: str, path: str) -> Served:
        """GET `path` over TLS with SNI and Host `name`. The first one of a name makes the front get a certificate."""
        ...


class ReachPort(Protocol):
    """Plain HTTP to a name, as the authority will ask it. Never called inside a write transaction."""

    @property
    def port(self) -> int:
        """The port of the requests: 80, but for installs on one machine."""
        ...

    def fetch(self, name: str, addresses: Sequence[str], path: str) -> str:
        """The text that one of the name's addresses answers with status 200. Raises ProviderError for all else."""
        ...
