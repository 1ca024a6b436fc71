"""The page on which the payer decides, and the words that the shop gets afterwards."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from . import przelewy24, stripe
from .book import Book, Entry

log = logging.getLogger(__name__)

#: (payment, kind of event): told to whoever takes notifications of it.
Tell = Callable[[Entry, str], None]
#: Seconds between tries of a notification.
TRIES = (0.2, 1.0, 3.0, 10.0, 30.0)

pages = Blueprint("pay", __name__)


def create_gateway(book: Book, tell: Tell) -> Flask:
    """The WSGI application."""
    app = Flask(__name__, static_url_path="/static")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["book"], app.extensions["tell"] = book, tell
    for blueprint in (pages, stripe.api, przelewy24.api):
        app.register_blueprint(blueprint)
    return app


@pages.after_request
def protect(response: Response) -> Response:
    """The page speaks to shops on this machine only: that is where its buttons lead."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/")
def payments() -> str:
    """All payments, newest first."""
    return render_template("payments.html", entries=list(stripe.book().entries.values())[::-1][:100])


@pages.get("/trnRequest/<entry_id>", endpoint="transaction")
@pages.get("/pay/<entry_id>")
def payment(entry_id: str) -> str:
    """What is to be paid, and what the payer may do."""
    return render_template("payment.html", entry=_entry(entry_id))


@pages.post("/pay/<entry_id>")
def decide(entry_id: str) -> ResponseReturnValue:
    """Pay (and come back or not), refuse, close."""
    entry, choice = _entry(entry_id), request.form.get("choice", "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    if choice in ("pay", "pay-and-close") and entry.state in ("open", "refused"):
        stripe.book().change(entry, state="paid")
        current_app.extensions["tell"](entry, "checkout.session.completed")
    if choice == "refuse" and entry.state == "open":
        stripe.book().change(entry, state="refused")
    if choice in ("pay", "refuse"):
        return redirect(entry.return_url if choice == "pay" else entry.cancel_url, 303)
    return redirect(url_for("pay.payment", entry_id=entry.id, closed="yes"), 303)


def _entry(entry_id: str) -> Entry:
    found = stripe.book().entries.get(entry_id)
    if found is None:
        abort(404)
    return found


def telling(endpoint: str) -> Tell:
    """Sends notifications in the background; `endpoint` is where Stripe's go."""

    def tell(entry: Entry, kind: str) -> None:
        if entry.gateway == "stripe":
            raw, headers, address = *stripe.event(entry, kind), endpoint
        else:
            raw, headers, address = *przelewy24.notification(entry), entry.notify_url
        threading.Thread(target=_deliver, args=(address, raw, headers), daemon=True).start()

    return tell


def _deliver(address: str, raw: bytes, headers: dict[str, str]) -> None:
    for pause in TRIES:
        time.sleep(pause)
        try:
            if send(address, raw, headers) == 200:
                return
        except OSError as problem:
            log.warning("%s does not answer: %s", address, problem)


def send(address: str, raw: bytes, headers: dict[str, str]) -> int:
    """POST to a shop on this machine, whatever its name; the status of the answer."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
    try:
        connection.request("POST", parts.path, raw, {**headers, "Host": parts.netloc})
        return connection.getresponse().status
    finally:
        connection.close()
