"""Paying a proforma by its link (H-27). Whoever has the link may see what is due and pay it, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum import iban

from webapp.foundation import i18n, urls
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.web import the_app
from webapp.providers.errors import ProviderError
from webapp.providers.payments.port import Credentials, StartPayment
from webapp.reseller.billing import gateways as room
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import online
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, gateways, settings, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.rendering import render, warnings

from .blueprint import bp

#: No link of ours is shorter or longer.
_TOKEN = range(16, 100)


@dataclass(frozen=True)
class Opened:
    """The proformas of a link, the first one being the link's own, and what is due for all that are unpaid."""

    documents: list[Proforma]
    amount: int
    currency: str
    offered: list[room.Gateway]
    origins: tuple[str, ...]

    @property
    def first(self) -> Proforma:
        """The link's own."""
        return self.documents[0]

    @property
    def also(self) -> list[str]:
        """Tokens of the others."""
        return [each.pay_token for each in self.documents[1:]]


@bp.get("/pay/<pay_token>")
def pay(pay_token: str) -> str:
    """What is due, how to transfer it, and the gateways."""
    _counted()
    with database().reading() as session:
        opened = _open(session, pay_token, request.args.getlist("also"))
    g.may_send_to = opened.origins
    said_now = warnings()
    if opened.amount and request.args.get("left"):
        said_now.append(_("You came back without paying. Nothing was charged: try again, or pay by transfer."))
    return render("storefront/pay.html", title=_title(opened), opened=opened, warnings=said_now, **_transfer(opened))


@bp.post("/pay/<pay_token>/start")
@people.idempotent
def start_payment(pay_token: str) -> ResponseReturnValue:
    """On to the gateway: the row first, then the network, then the browser."""
    _counted()
    also = request.form.getlist("also")
    gateway = request.form.get("gateway", "")
    try:
        address = _begun(pay_token, also, gateway)
    except NotFound:
        raise
    except Refusal as refusal:
        flash(said(refusal), "warn")
        address = url_for("storefront.pay", pay_token=pay_token, also=also)
    return redirect(address, 303)


def _begun(pay_token: str, also: Sequence[str], gateway: str) -> str:
    with database().reading() as session:
        opened = _open(session, pay_token, also)
        keys = room.credentials(room.account(session, room.gateway_of(gateway).name), settings().secret_key)
    unpaid = [each.id for each in opened.documents if each.state == "issued"]
    with database().writing() as session:
        payment = online.start(session, actor(), opened.first.account_id, unpaid, gateway, i18n.current_locale())
    if payment.redirect:
        return payment.redirect
    try:
        made = gateways()(gateway, keys).start(_asked(opened, payment))
    except ProviderError as problem:
        _did_not_begin(payment, problem)
        raise Refusal("gateway", _unreachable(gateway)) from None
    with database().writing() as session:
        online.began(session, payment.id, made)
    return made.address


def _did_not_begin(payment: GatewayPayment, problem: ProviderError) -> None:
    if problem.permanent:
        with database().writing() as session:
            online.did_not_begin(session, payment.id, str(problem))


def _unreachable(gateway: str) -> str:
    label = room.GATEWAYS[gateway].label
    return _(
        "%(gateway)s does not answer at the moment. Nothing was paid. Try again, or pay by transfer.", gateway=label
    )


def _asked(opened: Opened, payment: GatewayPayment) -> StartPayment:
    """In the gateway's hands go the amount, what it is for, and whom to write to."""
    shop, who = site(), opened.first.payer
    back = url_for("storefront.gateway_return", gateway=payment.gateway, key=payment.session_key, lang=payment.locale)
    cancel = url_for(
        "storefront.pay", pay_token=opened.first.pay_token, also=opened.also, lang=payment.locale, left="yes"
    )
    # At the host that never changes: a domain of the shop's own may be turned away while money is on its way.
    own = f"{shop.code}.{settings().platform_host}"
    notify = url_for("storefront.gateway_notify", gateway=payment.gateway)
    return StartPayment(
        session_key=payment.session_key,
        amount=payment.amount,
        currency=payment.currency,
        title=", ".join(each.number for each in opened.documents if each.state == "issued"),
        email=opened.first.correspondence.get("email") or "",
        name=who.get("organisation") or who.get("name") or "",
        country=who.get("country") or "",
        locale=payment.locale,
        return_url=urls.shop_url(settings(), shop, back),
        cancel_url=urls.shop_url(settings(), shop, cancel),
        notify_url=urls.shop_url(settings(), own, notify),
    )


def _counted() -> None:
    """Links are secrets: nobody may try many."""
    the_app().limiter.check("pay", account=None, ip=request.remote_addr, tenant=site().partner_id)


def _open(session: Session, pay_token: str, also: Sequence[str]) -> Opened:
    """Everything behind the tokens, of one account and in one currency. Raises NotFound for anything else."""
    tokens = list(dict.fromkeys([pay_token, *also]))
    if len(tokens) > online.MOST or not all(len(each) in _TOKEN and each.isascii() for each in tokens):
        raise NotFound
    rows = session.scalars(select(Proforma).where(Proforma.pay_token.in_(tokens))).all()
    found = {row.pay_token: row for row in rows}
    if set(found) != set(tokens):
        raise NotFound
    documents = [found[each] for each in tokens]
    first = documents[0]
    if any((each.account_id, each.currency) != (first.account_id, first.currency) for each in documents):
        raise NotFound
    unpaid = sum(each.gross for each in documents if each.state == "issued")
    amount = max(unpaid - billing.credit(session, first.account_id, first.currency), 0) if unpaid else 0
    offered = room.active(session) if amount else []
    return Opened(documents, amount, first.currency, offered, _origins(session, offered))


def _origins(session: Session, offered: Sequence[room.Gateway]) -> tuple[str, ...]:
    """Where the buttons lead in the end."""
    rows = room.accounts(session)
    return tuple(gateways()(each.name, Credentials(rows[each.name].settings, {})).origin for each in offered)


def _transfer(opened: Opened) -> dict[str, Any]:
    """For whoever pays by bank: a code only for a single proforma, whose number is the title."""
    code = transfer_qr.transfer_code(opened.first, opened.amount) if len(opened.documents) == 1 else None
    return {
        "picture": base64.b64encode(transfer_qr.png(code)).decode() if code else "",
        "account_number": iban.format(opened.first.bank.get("iban") or ""),
        "transfer_title": ", ".join(each.number for each in opened.documents if each.state == "issued"),
    }


def _title(opened: Opened) -> str:
    if len(opened.documents) > 1:
        return _("Pay your proformas")
    return _("Proforma %(number)s", number=opened.first.number)
