"""After the gateway: the payer comes back, and the gateway tells us something. Neither is believed: we ask it."""

from __future__ import annotations

import logging
from datetime import timedelta

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.web import the_app
from webapp.providers.errors import ProviderError
from webapp.providers.payments.port import Forged
from webapp.reseller.billing import gateways as room
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.queries import proforma
from webapp.reseller.orders import online, online_tasks
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import database, gateways, settings, site
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

log = logging.getLogger(__name__)

#: No notification of a gateway is longer.
LARGEST = 64 * 1024
#: (age of the payment, seconds between two questions); older ones are asked about by hand.
POLLING = ((timedelta(minutes=3), 3), (timedelta(minutes=20), 20))


@bp.get("/pay/<any(stripe,przelewy24):gateway>/return")
def gateway_return(gateway: str) -> ResponseReturnValue:
    """What became of it. The address says which payment, never how it ended."""
    the_app().limiter.check("pay", account=None, ip=request.remote_addr, tenant=site().partner_id)
    with database().reading() as session:
        payment = online.by_key(session, request.args.get("key", "")[:100], gateway)
        if payment is None:
            raise NotFound
        papers = [proforma(session, each, payment.account_id) for each in payment.proformas]
    payment = _asked_again(payment)
    template = "storefront/_pay_state.html" if getattr(request, "is_htmx", False) else "storefront/pay_return.html"
    return render(
        template,
        title=_("Your payment"),
        payment=payment,
        papers=papers,
        label=room.GATEWAYS[gateway].label,
        every=_every(payment),
        again=_link(papers),
    )


def _asked_again(payment: GatewayPayment) -> GatewayPayment:
    """The payment after the gateway was asked; as it is when there is nothing to ask or nobody answers."""
    if payment.state not in room.OPEN:
        return payment
    try:
        with database().reading() as session:
            what = online.question(session, payment, settings().secret_key)
        status = online.asked(gateways(), what)
        with database().writing() as session:
            return online.settle(session, payment.id, status)
    except (ProviderError, Refusal) as problem:
        log.warning("no word about an online payment: %s", problem)
        return payment


def _every(payment: GatewayPayment) -> int:
    """Seconds until the page asks again; 0: not by itself."""
    if payment.state not in room.OPEN:
        return 0
    age = clock.now() - payment.started_at
    return next((seconds for until, seconds in POLLING if age < until), 0)


def _link(papers: list[Proforma]) -> str:
    """To pay what is still unpaid."""
    tokens = [each.pay_token for each in papers if each.state == "issued" and each.pay_token]
    return url_for("storefront.pay", pay_token=tokens[0], also=tokens[1:]) if tokens else ""


@bp.get("/pay/<any(stripe,przelewy24):gateway>/notify")
def gateway_notify_page(gateway: str) -> ResponseReturnValue:
    """Whoever opens the webhook's address in a browser gets the shop."""
    room.gateway_of(gateway)
    return redirect(url_for("storefront.root"), 303)


@bp.post("/pay/<any(stripe,przelewy24):gateway>/notify")
@people.from_machines
@people.idempotent
def gateway_notify(gateway: str) -> ResponseReturnValue:
    """Keep a signed word, answer, and let the worker ask. 400 for what the gateway did not sign for this shop."""
    the_app().limiter.check("notify", account=None, ip=request.remote_addr, tenant=site().partner_id)
    request.max_content_length = LARGEST
    try:
        raw = request.get_data(cache=False)
        with database().reading() as session:
            keys = room.credentials(room.account(session, gateway), settings().secret_key)
        word = gateways()(gateway, keys).parse_notification(raw, _headers())
    except (Forged, Refusal, RequestEntityTooLarge) as problem:
        log.warning("a notification was refused: %s", problem, extra={"gateway": gateway})
        return _plain("refused", 400)
    with database().writing() as session:
        online_tasks.store_event(session, gateway, word, raw)
    return _plain("OK", 200)


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _plain(text: str, status: int) -> Response:
    return Response(text, status, mimetype="text/plain")
