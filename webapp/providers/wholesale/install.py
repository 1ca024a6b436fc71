"""The wholesale side of this install, asked through its own API door like any other client's software."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

from webapp.foundation import clock
from webapp.foundation.outbound import OutboundClient, OutboundError, OutboundRules
from webapp.foundation.outbound_addresses import is_loopback

from . import signing
from .port import BridgeError, Credentials, Funds

PATH = "/v1/wholesale/balance"
#: What the other side says went wrong, if it says so; its status otherwise.
_CODES = frozenset(("login", "password", "key", "clock", "busy"))
_STATUSES = {401: "password", 429: "busy", 503: "unreachable"}


class Install:
    """The API door at `base` ("https://api.shop.example")."""

    def __init__(self, credentials: Credentials, base: str, *, seconds: float = 10.0) -> None:
        parts = urlsplit(base)
        host = parts.hostname or ""
        here = host == "localhost" or host.endswith(".localhost") or is_loopback(host)
        rules = OutboundRules(
            ports=frozenset({parts.port or (443 if parts.scheme == "https" else 80)}),
            loopback_hosts=frozenset({host} if here else ()),
            total_seconds=seconds,
        )
        self._credentials, self._base = credentials, base.rstrip("/")
        # Not every system's resolver knows localhost names, though all of them are this machine's (RFC 6761, 6.3).
        self._client = OutboundClient(rules, _this_machine) if here else OutboundClient(rules)

    def balance(self) -> Funds:
        """Read the balance. Raises BridgeError."""
        try:
            answer = self._client.request("GET", self._base + PATH, headers=self._headers("GET", PATH), body=None)
        except OutboundError as problem:
            raise BridgeError("unreachable") from problem
        said = _object(answer.body)
        if answer.status != 200:
            code = str(said.get("code", ""))
            raise BridgeError(code if code in _CODES else _STATUSES.get(answer.status, "strange"))
        return _funds(said)

    def _headers(self, method: str, path: str) -> dict[str, str]:
        if not signing.is_key(self._credentials.key):
            raise BridgeError("key")
        date = signing.date_header(clock.now())
        pair = f"{self._credentials.login}:{self._credentials.password}"
        return {
            "accept": "application/json",
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "date": date,
            signing.HEADER.lower(): signing.signature(self._credentials.key, method, path, date),
        }


def _this_machine(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _funds(said: dict[str, Any]) -> Funds:
    currency, amounts = said.get("currency"), [said.get("balance"), said.get("restricted")]
    whole = all(isinstance(each, int) and not isinstance(each, bool) and abs(each) < 10**15 for each in amounts)
    if not whole or not isinstance(currency, str) or len(currency) != 3:
        raise BridgeError("strange")
    return Funds(currency, *amounts)  # type: ignore[arg-type]
