"""The part of Stripe's API that a shop with Checkout needs (docs.stripe.com/api)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from .book import STRIPE, Book, Entry

api = Blueprint("stripe", __name__, url_prefix="/v1")


def book() -> Book:
    """What this gateway remembers."""
    found: Book = current_app.extensions["book"]
    return found


@api.before_request
def known() -> ResponseReturnValue | None:
    """The secret key, as Stripe wants it."""
    if request.headers.get("Authorization") != f"Bearer {STRIPE['secret_key']}":
        return _error(401, "Invalid API Key provided")
    return None


@api.post("/checkout/sessions")
def begin() -> ResponseReturnValue:
    """A new session; the same Idempotency-Key gives the same one."""
    sent = request.form
    try:
        amount = int(sent["line_items[0][price_data][unit_amount]"])
        facts = {
            "amount": amount,
            "currency": sent["line_items[0][price_data][currency]"].upper(),
            "title": sent["line_items[0][price_data][product_data][name]"],
            "session_key": sent["client_reference_id"],
            "return_url": sent["success_url"],
            "cancel_url": sent["cancel_url"],
        }
    except (KeyError, ValueError) as problem:
        return _error(400, f"Missing or invalid: {problem}")
    if amount <= 0 or sent.get("mode") != "payment":
        return _error(400, "Invalid amount or mode")
    number = secrets.token_hex(12)
    key = request.headers.get("Idempotency-Key") or number
    made = book().begin(
        f"stripe:{key}", gateway="stripe", id=f"cs_test_{number}", money=f"pi_{number}", notify_url="", **facts
    )
    return as_json(made, request.host_url)


@api.get("/checkout/sessions")
def sessions() -> ResponseReturnValue:
    """Enough to see that the key may ask."""
    return {"object": "list", "data": [], "has_more": False}


@api.get("/checkout/sessions/<session_id>")
def session(session_id: str) -> ResponseReturnValue:
    """What became of a session."""
    found = book().entries.get(session_id)
    if found is None or found.gateway != "stripe":
        return _error(404, "No such checkout.session")
    return as_json(found, request.host_url)


@api.post("/refunds")
def refund() -> ResponseReturnValue:
    """Give money back, once for each Idempotency-Key."""
    found = book().find(gateway="stripe", money=request.form.get("payment_intent", ""))
    amount = request.form.get("amount", "")
    if found is None:
        return _error(404, "No such payment_intent")
    made = book().give_back(found, request.headers.get("Idempotency-Key", ""), int(amount) if amount.isdigit() else 0)
    if made is None:
        return _error(400, "Refund amount is greater than the unrefunded amount on the charge")
    current_app.extensions["tell"](found, "charge.refunded")
    return {"id": made["id"], "object": "refund", "status": "succeeded", "amount": made["amount"]}


@api.get("/refunds/<refund_id>")
def refund_again(refund_id: str) -> ResponseReturnValue:
    """How far a refund is."""
    made = next((one for each in book().entries.values() for one in each.refunds if one["id"] == refund_id), None)
    if made is None:
        return _error(404, "No such refund")
    return {"id": made["id"], "object": "refund", "status": "succeeded", "amount": made["amount"]}


def as_json(entry: Entry, host_url: str) -> dict[str, Any]:
    """The session, with its payment intent and charge expanded."""
    paid = entry.state == "paid"
    charge = {
        "object": "charge",
        "refunded": entry.refunded >= entry.amount,
        "amount_refunded": entry.refunded,
        "disputed": entry.disputed,
    }
    intent = {"object": "payment_intent", "id": entry.money, "latest_charge": charge}
    return {
        "id": entry.id,
        "object": "checkout.session",
        "client_reference_id": entry.session_key,
        "amount_total": entry.amount,
        "currency": entry.currency.lower(),
        "payment_status": "paid" if paid else "unpaid",
        "status": "complete" if paid else "expired" if entry.state == "expired" else "open",
        "payment_intent": intent if paid else None,
        "url": None if paid else f"{host_url}pay/{entry.id}",
    }


def event(entry: Entry, kind: str) -> tuple[bytes, dict[str, str]]:
    """A webhook, signed as Stripe signs: body and headers."""
    thing = as_json(entry, "http://gateway/") | {"payment_intent": entry.money}
    if kind.startswith("charge."):
        thing = {"object": "charge", "id": f"ch_{entry.money}", "payment_intent": entry.money}
    return signed({"id": f"evt_{secrets.token_hex(8)}", "object": "event", "type": kind, "data": {"object": thing}})


def signed(body: dict[str, Any], secret: str = STRIPE["webhook_secret"], at: int | None = None) -> tuple[bytes, Any]:
    """Any body with Stripe's signature over it."""
    raw, moment = json.dumps(body).encode(), int(time.time()) if at is None else at
    word = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    return raw, {"Content-Type": "application/json", "Stripe-Signature": f"t={moment},v1={word}"}


def _error(status: int, message: str) -> tuple[dict[str, Any], int]:
    return {"error": {"message": message, "type": "invalid_request_error"}}, status
