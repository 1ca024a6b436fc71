"""Przelewy24, REST v1 (developers.przelewy24.pl): register, pay on their page, notification, verify.

Money that was not verified is not ours. `sign` is SHA-384 over JSON without spaces, non-ASCII characters and slashes as
they are, the fields in exactly the order of each call, the CRC key last.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from webapp.providers.errors import ProviderError

from .port import (
    Credentials,
    Forged,
    Notification,
    Payment,
    Redirect,
    Refund,
    RefundState,
    RefundStatus,
    StartPayment,
    Status,
)
from .wire import Wire, number, text

LIVE = "https://secure.przelewy24.pl"
SANDBOX = "https://sandbox.przelewy24.pl"
#: What the gateway settles in.
CURRENCIES = frozenset(("PLN", "EUR", "GBP", "CZK", "USD", "HUF", "RON", "SEK", "NOK", "DKK", "CHF", "BGN"))
#: Minutes within which the payer must begin (0 to 99).
LIFETIME = 60
_LOCALES = frozenset(("bg", "cs", "de", "en", "es", "fr", "hr", "hu", "it", "nl", "pl", "pt", "se", "sk", "ro"))
_SIGNED = ("merchantId", "posId", "sessionId", "amount", "originAmount", "currency", "orderId", "methodId", "statement")
_TEXTS = frozenset(("sessionId", "currency", "statement"))
#: Of a transaction: 0 nothing paid, 1 paid and to be verified, 2 paid, 3 given back.
_NOTHING, _ADVANCE, _PAID, _RETURNED = range(4)
#: Of a refund: 0 error, 1 done, 3 waiting, 4 refused.
_REFUNDS: dict[int, RefundState] = {1: "done", 3: "sent"}


def sign(fields: Mapping[str, Any]) -> str:
    """The signature over fields in their order."""
    compact = json.dumps(dict(fields), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha384(compact.encode()).hexdigest()


class Przelewy24:
    """One account. Plain: `merchant_id`, `pos_id`; secret: `crc`, `api_key`."""

    def __init__(self, credentials: Credentials, *, base: str = LIVE, seconds: float = 15.0) -> None:
        self._merchant = _id(credentials.plain.get("merchant_id", ""))
        self._pos = _id(credentials.plain.get("pos_id", "")) or self._merchant
        self._crc = credentials.secret.get("crc", "")
        basic = base64.b64encode(f"{self._pos}:{credentials.secret.get('api_key', '')}".encode()).decode()
        headers = {"authorization": f"Basic {basic}", "content-type": "application/json"}
        self._wire = Wire("Przelewy24", base, headers, seconds=seconds)
        self.origin = self._wire.origin

    def check(self) -> None:
        """See PaymentsPort: the API key opens the door, and a transaction that nobody pays shows the CRC key."""
        if self._wire.ask("GET", "/api/v1/testAccess").get("data") is not True:
            raise ProviderError("Przelewy24 does not let us in", permanent=True)
        nowhere = f"{self.origin}/"
        key = f"test-{secrets.token_hex(8)}"
        self._register(StartPayment(key, 100, "PLN", "Test", "test@example.com", "", "PL", "pl", *[nowhere] * 3))

    def start(self, asked: StartPayment) -> Redirect:
        """See PaymentsPort."""
        if asked.currency not in CURRENCIES:
            raise ProviderError(f"Przelewy24 takes no {asked.currency}", permanent=True)
        token = self._register(asked)
        return self._wire.leading(f"{self._wire.base}/trnRequest/{quote(token, safe='')}", "", self.origin)

    def _register(self, asked: StartPayment) -> str:
        wanted: dict[str, Any] = {
            "merchantId": self._merchant,
            "posId": self._pos,
            "sessionId": asked.session_key,
            "amount": asked.amount,
            "currency": asked.currency,
            "description": asked.title[:1024],
            "email": asked.email,
            "client": asked.name[:40],
            "country": asked.country,
            "language": asked.locale if asked.locale in _LOCALES else "en",
            "urlReturn": asked.return_url,
            "urlStatus": asked.notify_url,
            "timeLimit": LIFETIME,
            "encoding": "UTF-8",
            "sign": self._sign(
                sessionId=asked.session_key, merchantId=self._merchant, amount=asked.amount, currency=asked.currency
            ),
        }
        token = text(_data(self._send("POST", "/api/v1/transaction/register", wanted)).get("token"))
        if not token:
            raise ProviderError("Przelewy24 gives no token", permanent=False)
        return token

    def status(self, payment: Payment) -> Status:
        """See PaymentsPort. What is paid and not verified yet is verified here, with the amount that was paid."""
        try:
            answer = self._wire.ask("GET", f"/api/v1/transaction/by/sessionId/{quote(payment.session_key, safe='')}")
        except ProviderError as problem:
            if problem.code == 404:  # registered, but nobody has chosen how to pay
                return Status("pending")
            raise
        found = _data(answer)
        if found.get("sessionId") != payment.session_key:
            raise ProviderError("the transaction of Przelewy24 is another payment's", permanent=True)
        return self._status(payment.session_key, found)

    def _status(self, session_key: str, found: dict[str, Any]) -> Status:
        state, order = number(found.get("status")), number(found.get("orderId") or 0)
        named = str(order) if order else ""
        if state == _NOTHING:
            return Status("pending", external_id=named)
        amount, currency = number(found.get("amount")), text(found.get("currency"))
        if state == _ADVANCE:
            self._verify(session_key, order, amount, currency)
        if state not in (_ADVANCE, _PAID, _RETURNED):
            raise ProviderError(f"Przelewy24 says {state} of a transaction", permanent=False)
        return Status("refunded" if state == _RETURNED else "paid", amount, currency, named, named)

    def _verify(self, session_key: str, order: int, amount: int, currency: str) -> None:
        signed = self._sign(sessionId=session_key, orderId=order, amount=amount, currency=currency)
        wanted = {
            "merchantId": self._merchant,
            "posId": self._pos,
            "sessionId": session_key,
            "amount": amount,
            "currency": currency,
            "orderId": order,
            "sign": signed,
        }
        answer = _data(self._send("PUT", "/api/v1/transaction/verify", wanted))
        if answer.get("status") != "success":
            raise ProviderError("Przelewy24 does not confirm the payment", permanent=False)

    def refund(self, asked: Refund) -> RefundStatus:
        """See PaymentsPort. Asks first: a refund whose answer was lost is there already."""
        order = number(asked.payment.reference)
        known = self._refund_of(order, asked.key)
        if known is not None:
            return known
        one = {
            "orderId": order,
            "sessionId": asked.payment.session_key,
            "amount": asked.amount,
            "description": asked.reason[:35],
        }
        wanted = {"requestId": asked.key[:45], "refunds": [one], "refundsUuid": asked.key[:35]}
        self._send("POST", "/api/v1/transaction/refund", wanted)
        return self._refund_of(order, asked.key) or RefundStatus("sent", asked.key[:45])

    def _refund_of(self, order: int, key: str) -> RefundStatus | None:
        try:
            found = _data(self._wire.ask("GET", f"/api/v1/refund/by/orderId/{order}")).get("refunds")
        except ProviderError as problem:
            if problem.code == 404:
                return None
            raise
        mine = [one for one in found or [] if isinstance(one, dict) and one.get("requestId") == key[:45]]
        if not mine:
            return None
        return RefundStatus(_REFUNDS.get(number(mine[-1].get("status")), "failed"), key[:45])

    def parse_notification(self, raw: bytes, headers: Mapping[str, str]) -> Notification:  # noqa: ARG002  signed inside
        """See PaymentsPort."""
        try:
            given = json.loads(raw)
            fields = {name: given[name] for name in _SIGNED}
            signed = given["sign"]
        except (ValueError, TypeError, KeyError, RecursionError) as problem:
            raise Forged("no notification") from problem
        if not all(type(value) is (str if name in _TEXTS else int) for name, value in fields.items()):
            raise Forged("fields of another type")
        expected = sign({**fields, "crc": self._crc})
        if not isinstance(signed, str) or not hmac.compare_digest(expected.encode(), signed.encode("utf-8", "replace")):
            raise Forged("no signature of ours")
        if (fields["merchantId"], fields["posId"]) != (self._merchant, self._pos):
            raise Forged("another account's")
        order = str(fields["orderId"])
        return Notification(f"{order}-{expected[:32]}", "transaction", fields["sessionId"][:255], order, order)

    def _sign(self, **fields: Any) -> str:
        return sign({**fields, "crc": self._crc})

    def _send(self, method: str, path: str, wanted: dict[str, Any]) -> dict[str, Any]:
        return self._wire.ask(method, path, body=json.dumps(wanted, ensure_ascii=False).encode())


def _data(answer: dict[str, Any]) -> dict[str, Any]:
    """What the answer is about."""
    found = answer.get("data")
    return found if isinstance(found, dict) else {}


def _id(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
