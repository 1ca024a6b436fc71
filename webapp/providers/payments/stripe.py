"""Stripe: Checkout Sessions over plain REST (docs.stripe.com/api, version pinned below).

The payer pays on Stripe's page. Webhooks carry `Stripe-Signature: t=..,v1=..`: HMAC-SHA256 of "t.body" under the
endpoint's secret; while a secret is rolled there are two, so several are tried.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from webapp.foundation import clock
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
    State,
    Status,
)
from .wire import Wire, number, text

VERSION = "2024-06-20"
API = "https://api.stripe.com"
PAGES = "https://checkout.stripe.com"
#: Seconds by which a signature's time may differ from ours.
TOLERANCE = 300
#: Languages of the page among ours; others are left to the browser.
_LOCALES = frozenset(("cs", "de", "en", "hu", "pl", "ro", "sk", "fr", "es", "it"))
_REFUNDS: dict[str, RefundState] = {"succeeded": "done", "pending": "sent", "requires_action": "sent"}


class Stripe:
    """One Stripe account. Secrets: `secret_key`, `webhook_secret` (several with spaces or commas between them)."""

    def __init__(self, credentials: Credentials, *, base: str = API, seconds: float = 15.0) -> None:
        key = credentials.secret.get("secret_key", "")
        headers = {"authorization": f"Bearer {key}", "stripe-version": VERSION}
        self._wire = Wire("Stripe", base, headers, seconds=seconds)
        self._secrets = credentials.secret.get("webhook_secret", "").replace(",", " ").split()
        self.origin = PAGES if self._wire.base == API else self._wire.origin

    def check(self) -> None:
        """See PaymentsPort: may this key see checkout sessions?"""
        self._wire.ask("GET", "/v1/checkout/sessions?limit=1")

    def start(self, asked: StartPayment) -> Redirect:
        """See PaymentsPort."""
        made = self._post("/v1/checkout/sessions", _session(asked), f"start-{asked.session_key}")
        return self._wire.leading(text(made.get("url"), 4000), text(made.get("id")), self.origin)

    def status(self, payment: Payment) -> Status:
        """See PaymentsPort. A session of another payment is a ProviderError, never a status."""
        if not payment.external_id:
            return Status("pending")
        path = f"/v1/checkout/sessions/{quote(payment.external_id, safe='')}?expand[]=payment_intent.latest_charge"
        found = self._wire.ask("GET", path)
        if found.get("client_reference_id") != payment.session_key or found.get("id") != payment.external_id:
            raise ProviderError("Stripe's session is another payment's", permanent=True)
        return _status(found)

    def refund(self, asked: Refund) -> RefundStatus:
        """See PaymentsPort."""
        wanted = {
            "payment_intent": asked.payment.reference,
            "amount": str(asked.amount),
            "metadata[reason]": asked.reason[:400],
        }
        if asked.reference:
            # Stripe forgets an idempotency key after a day, and would begin another refund.
            made = self._wire.ask("GET", f"/v1/refunds/{quote(asked.reference, safe='')}")
        else:
            made = self._post("/v1/refunds", wanted, f"refund-{asked.key}")
        return RefundStatus(_REFUNDS.get(text(made.get("status")), "failed"), text(made.get("id")))

    def parse_notification(self, raw: bytes, headers: Mapping[str, str]) -> Notification:
        """See PaymentsPort."""
        self._check_signature(raw, headers.get("stripe-signature", ""))
        try:
            event = json.loads(raw)
            thing = event["data"]["object"]
            kind, event_id = text(event["type"]), text(event["id"])
        except (ValueError, TypeError, KeyError, RecursionError) as problem:
            raise Forged("signed, but no event") from problem
        if not event_id or not isinstance(thing, dict):
            raise Forged("signed, but no event")
        return _notification(event_id, kind, thing)

    def _check_signature(self, raw: bytes, header: str) -> None:
        parts = [part.strip().partition("=") for part in header.split(",")]
        at = next((value for name, _, value in parts if name == "t"), "")
        if not (at.isascii() and at.isdigit() and len(at) < 12):
            raise Forged("no time in the signature")
        signed = at.encode() + b"." + raw
        expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in self._secrets]
        given = [value for name, _, value in parts if name == "v1"]
        if not any(hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given):
            raise Forged("no signature of ours")
        if abs(clock.now().timestamp() - int(at)) > TOLERANCE:
            raise Forged("signed too long ago")

    def _post(self, path: str, fields: Mapping[str, str], key: str) -> dict[str, Any]:
        headers = {"content-type": "application/x-www-form-urlencoded", "idempotency-key": key}
        return self._wire.ask("POST", path, body=urlencode(fields).encode(), headers=headers)


def _session(asked: StartPayment) -> dict[str, str]:
    price = "line_items[0][price_data]"
    fields = {
        "mode": "payment",
        "client_reference_id": asked.session_key,
        "success_url": asked.return_url,
        "cancel_url": asked.cancel_url,
        "line_items[0][quantity]": "1",
        f"{price}[currency]": asked.currency.lower(),
        f"{price}[unit_amount]": str(asked.amount),
        f"{price}[product_data][name]": asked.title[:250],
        "payment_intent_data[description]": asked.title[:250],
        "payment_intent_data[metadata][session_key]": asked.session_key,
        "locale": asked.locale if asked.locale in _LOCALES else "auto",
        # No moment of its end: under one idempotency key every field must stay the same. Stripe ends it after a day.
    }
    return fields | ({"customer_email": asked.email} if asked.email else {})


def _status(session: dict[str, Any]) -> Status:
    """Stripe's words in ours. A charge that was given back or taken back was paid before."""
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    external_id, reference = text(session.get("id")), text(intent.get("id"))
    if session.get("payment_status") != "paid":
        return Status("expired" if session.get("status") == "expired" else "pending", external_id=external_id)
    state: State = "charged_back" if charge.get("disputed") else "refunded" if charge.get("refunded") else "paid"
    amount, currency = number(session.get("amount_total")), text(session.get("currency")).upper()
    return Status(state, amount, currency, external_id, reference)


def _notification(event_id: str, kind: str, thing: dict[str, Any]) -> Notification:
    if thing.get("object") == "checkout.session":
        return Notification(event_id, kind, text(thing.get("client_reference_id")), text(thing.get("id")))
    return Notification(event_id, kind, "", "", text(thing.get("payment_intent")))
