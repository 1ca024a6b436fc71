"""The part of Przelewy24's REST API v1 that a shop needs (developers.przelewy24.pl)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from .book import PRZELEWY24, Entry
from .stripe import book

api = Blueprint("przelewy24", __name__, url_prefix="/api/v1")


@api.before_request
def known() -> ResponseReturnValue | None:
    """User and password: the number of the point of sale and the API key."""
    given = request.authorization
    if given is None or (given.username, given.password) != (PRZELEWY24["pos_id"], PRZELEWY24["api_key"]):
        return {"error": "Incorrect authentication", "code": 401}, 401
    return None


@api.get("/testAccess")
def access() -> ResponseReturnValue:
    """May this account speak to us?"""
    return {"data": True, "error": ""}


@api.post("/transaction/register")
def register() -> ResponseReturnValue:
    """A new transaction; the payer goes on to /trnRequest/<token>."""
    sent = request.get_json()
    if sent["sign"] != _sign(sent, '{"sessionId":%s,"merchantId":%s,"amount":%s,"currency":%s,"crc":%s}'):
        return _error("Incorrect CRC value")
    if type(sent["amount"]) is not int or sent["amount"] <= 0 or not sent.get("urlReturn"):
        return _error("Incorrect amount or address")
    number = secrets.token_hex(12)
    made = book().begin(
        f"przelewy24:{sent['sessionId']}",
        gateway="przelewy24",
        id=number,
        money=str(secrets.randbelow(899_999_999) + 100_000_000),
        session_key=sent["sessionId"],
        amount=sent["amount"],
        currency=sent["currency"],
        title=sent["description"],
        return_url=sent["urlReturn"],
        cancel_url=sent["urlReturn"],
        notify_url=sent["urlStatus"],
    )
    return {"data": {"token": made.id}, "responseCode": 0}


@api.get("/transaction/by/sessionId/<session_id>")
def transaction(session_id: str) -> ResponseReturnValue:
    """What became of a transaction; unknown until the payer has begun."""
    found = book().find(gateway="przelewy24", session_key=session_id)
    if found is None or found.state == "open":
        return {"error": "Transaction not found", "code": 404}, 404
    status = 0
    if found.state == "paid":
        status = 3 if found.refunded >= found.amount else 2 if found.verified else 1
    data = {
        "orderId": int(found.money),
        "sessionId": found.session_key,
        "status": status,
        "amount": found.amount,
        "currency": found.currency,
        "description": found.title,
    }
    return {"data": data, "responseCode": 0}


@api.put("/transaction/verify")
def verify() -> ResponseReturnValue:
    """The shop has heard of the money; only then it is the shop's."""
    sent = request.get_json()
    found = book().find(gateway="przelewy24", session_key=sent["sessionId"])
    if sent["sign"] != _sign(sent, '{"sessionId":%s,"orderId":%s,"amount":%s,"currency":%s,"crc":%s}'):
        return _error("Incorrect CRC value")
    if found is None or found.state != "paid" or (found.amount, found.currency) != (sent["amount"], sent["currency"]):
        return _error("Incorrect amount or transaction")
    book().change(found, verified=True)
    return {"data": {"status": "success"}, "responseCode": 0}


@api.post("/transaction/refund")
def refund() -> ResponseReturnValue:
    """Give money back; a request that is known already is a conflict."""
    sent = request.get_json()
    one = sent["refunds"][0]
    found = book().find(gateway="przelewy24", money=str(one["orderId"]))
    if found is None or found.session_key != one["sessionId"] or not found.verified:
        return _error("Transaction not found")
    if any(each["key"] == sent["requestId"] for each in found.refunds):
        return {"error": "requestId is known", "code": 409}, 409
    if book().give_back(found, sent["requestId"], one["amount"]) is None:
        return _error("Refund exceeds the amount of the transaction")
    return {"data": [{**one, "status": True, "message": "success"}], "responseCode": 0}, 201


@api.get("/refund/by/orderId/<int:order_id>")
def refunds(order_id: int) -> ResponseReturnValue:
    """What was given back of an order."""
    found = book().find(gateway="przelewy24", money=str(order_id))
    if found is None or not found.refunds:
        return {"error": "Refund not found", "code": 404}, 404
    listed = [{"requestId": one["key"], "amount": one["amount"], "status": 1} for one in found.refunds]
    return {"data": {"orderId": order_id, "sessionId": found.session_key, "refunds": listed}, "responseCode": 0}


def notification(entry: Entry, **other: Any) -> tuple[bytes, dict[str, str]]:
    """What is sent to urlStatus, signed: body and headers. `other` fields are signed, too."""
    merchant = int(PRZELEWY24["merchant_id"])
    body = {
        "merchantId": merchant,
        "posId": merchant,
        "sessionId": entry.session_key,
        "amount": entry.amount,
        "originAmount": entry.amount,
        "currency": entry.currency,
        "orderId": int(entry.money),
        "methodId": 154,
        "statement": f"p24-{entry.money}",
    }
    body |= other
    order = (
        '{"merchantId":%s,"posId":%s,"sessionId":%s,"amount":%s,"originAmount":%s,"currency":%s,'
        '"orderId":%s,"methodId":%s,"statement":%s,"crc":%s}'
    )
    body["sign"] = _sign(body, order)
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _sign(fields: dict[str, Any], shape: str) -> str:
    """Written out field by field, apart from the shop's own way of doing it."""
    names = [part.split('"')[1] for part in shape.split(":%s")[:-1]]
    known = {**fields, "crc": PRZELEWY24["crc"]}
    values = tuple(json.dumps(known[name], ensure_ascii=False) for name in names)
    return hashlib.sha384((shape % values).encode()).hexdigest()


def _error(message: str) -> tuple[dict[str, Any], int]:
    return {"error": message, "code": 400}, 400
