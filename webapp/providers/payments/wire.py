"""JSON over HTTPS to a gateway, through the one outbound client. No secret gets into an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from webapp.foundation.outbound import OutboundClient, OutboundError, OutboundRules
from webapp.foundation.outbound_addresses import is_loopback
from webapp.providers.errors import ProviderError

from .port import Redirect

#: Statuses after which the same request may yet succeed, though they say that the client is at fault (RFC 9110).
_PASSING = frozenset((408, 409, 425, 429))


class Wire:
    """The gateway `name` at `base`; it is on this machine only if the install's own settings say so."""

    def __init__(self, name: str, base: str, headers: Mapping[str, str], *, seconds: float = 15.0) -> None:
        parts = urlsplit(base)
        host = parts.hostname or ""
        here = host == "localhost" or host.endswith(".localhost") or is_loopback(host)
        rules = OutboundRules(
            ports=frozenset({parts.port or (443 if parts.scheme == "https" else 80)}),
            loopback_hosts=frozenset({host} if here else ()),
            total_seconds=seconds,
        )
        self.name = name
        self.base = base.rstrip("/")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._headers = {**headers, "accept": "application/json"}
        self._client = OutboundClient(rules)

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises ProviderError for any other answer, with the gateway's own words."""
        try:
            answer = self._client.request(
                method, self.base + path, headers={**self._headers, **(headers or {})}, body=body
            )
        except OutboundError as problem:
            # Even what can never work was perhaps sent: only the gateway's own refusal is final.
            raise ProviderError(f"{self.name}: {problem.code}", permanent=False) from problem
        found = _object(answer.body)
        if not 200 <= answer.status < 300:
            refused = 400 <= answer.status < 500 and answer.status not in _PASSING
            raise ProviderError(f"{self.name} answers {answer.status}: {_words(found)}", refused, answer.status)
        if found is None:
            raise ProviderError(f"{self.name} answers with something else than JSON", permanent=False)
        return found

    def leading(self, address: str, external_id: str, origin: str) -> Redirect:
        """A redirect to the gateway's own pages. Raises ProviderError when the address is anybody else's."""
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != origin:
            raise ProviderError(f"{self.name} sends payers to another host", permanent=True)
        return Redirect(address, external_id)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _words(found: dict[str, Any] | None) -> str:
    """The gateway's own sentence: Stripe nests it, Przelewy24 does not."""
    said: Any = (found or {}).get("error") or ""
    if isinstance(said, dict):
        said = said.get("message") or said.get("code") or ""
    return str(said)[:300]


def text(value: Any, longest: int = 255) -> str:
    """A value of somebody else's JSON as a text; anything but text and whole numbers is ""."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value)[:longest] if len(str(value)) <= longest else ""


def number(value: Any) -> int:
    """A value of somebody else's JSON as a whole number of at most 15 digits. Raises ProviderError."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:16])
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**15:
        raise ProviderError("the answer holds no number where one belongs", permanent=False)
    return value
