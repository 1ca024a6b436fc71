"""The partner's own accounts at gateways: connect, test, offer, pause, remove. What was not tested is not offered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.sealed import CannotOpen, seal, unseal
from webapp.providers.payments.port import Credentials
from webapp.reseller.partners.audit import Actor, record

from .gateway_models import GatewayAccount, GatewayPayment

PURPOSE = "gateway"
LONGEST = 500
#: States of a payment at a gateway of which more is to be heard.
OPEN = ("started", "pending")


@dataclass(frozen=True)
class Field:
    """One thing that the gateway gave the partner. `shape`: what all of its kind look like."""

    name: str
    secret: bool
    shape: str = r"\S+"
    required: bool = True


@dataclass(frozen=True)
class Gateway:
    """A gateway as partners know it."""

    name: str
    label: str
    fields: tuple[Field, ...]


GATEWAYS = {
    "stripe": Gateway(
        "stripe",
        "Stripe",
        (
            Field("secret_key", True, r"(sk|rk)_(test|live)_\w+"),
            Field("webhook_secret", True, r"whsec_\S+(?:[\s,]+whsec_\S+)?"),
        ),
    ),
    "przelewy24": Gateway(
        "przelewy24",
        "Przelewy24",
        (
            Field("merchant_id", False, r"[0-9]{1,9}"),
            Field("pos_id", False, r"[0-9]{1,9}", required=False),
            Field("api_key", True),
            Field("crc", True),
            Field("sandbox", False, r"yes", required=False),
        ),
    ),
}


def gateway_of(name: str) -> Gateway:
    """By its name. Raises NotFound."""
    if name not in GATEWAYS:
        raise NotFound
    return GATEWAYS[name]


def account(session: Session, gateway: str) -> GatewayAccount | None:
    """The partner's account there, connected or not."""
    gateway_of(gateway)
    return session.scalar(select(GatewayAccount).where(GatewayAccount.gateway == gateway))


def accounts(session: Session) -> dict[str, GatewayAccount]:
    """All of them, by gateway."""
    return {row.gateway: row for row in session.scalars(select(GatewayAccount)) if row.gateway in GATEWAYS}


def active(session: Session) -> list[Gateway]:
    """What subscribers may pay with, in our order."""
    found = accounts(session)
    return [each for name, each in GATEWAYS.items() if name in found and found[name].active]


def is_connected(row: GatewayAccount | None) -> bool:
    """True when there are keys."""
    return row is not None and bool(row.secret)


def credentials(row: GatewayAccount | None, secret_key: str) -> Credentials:
    """The keys in the clear, for the adapter only. Raises Refusal when there are none that can be read."""
    if row is None or not row.secret:
        raise Refusal("not_connected", N_("This gateway is not connected."))
    try:
        secret = json.loads(unseal(secret_key, PURPOSE, row.partner_id, row.secret))
    except CannotOpen:
        raise Refusal("cannot_open", N_("The stored keys cannot be read any more. Please enter them again.")) from None
    return Credentials(dict(row.settings), secret)


def connect(
    session: Session, actor: Actor, gateway: str, typed: Mapping[str, str], secret_key: str, partner_id: int
) -> GatewayAccount:
    """Store the keys; a secret that is left empty stays. What changes must pass the test anew before it is offered."""
    kind = gateway_of(gateway)
    row = _locked(session, gateway)
    kept = dict(credentials(row, secret_key).secret) if row is not None and row.secret else {}
    values = {field.name: _checked(field, typed.get(field.name, ""), kept) for field in kind.fields}
    secret = {field.name: values[field.name] for field in kind.fields if field.secret}
    plain = {field.name: values[field.name] for field in kind.fields if not field.secret and values[field.name]}
    if row is None:
        row = GatewayAccount(gateway=gateway, settings={}, secret="", checked_at=None)
        session.add(row)
    elif row.secret and secret == kept and plain == row.settings:
        return row
    row.settings, row.secret = plain, seal(secret_key, PURPOSE, partner_id, json.dumps(secret))
    row.active, row.checked_at, row.problem = False, None, ""
    session.flush()
    record(session, actor, "gateway.connected", "gateway", row.id, kind.label)
    return row


def _checked(field: Field, typed: str, kept: Mapping[str, str]) -> str:
    value = typed.strip()
    if not value and field.secret:
        value = kept.get(field.name, "")
    if not value and field.required:
        raise Refusal("required", N_("Please fill in this field."), field.name)
    if value and (len(value) > LONGEST or not re.fullmatch(field.shape, value)):
        raise Refusal(
            "shape", N_("This does not look like what the gateway gives out here. Copy it once more."), field.name
        )
    return value


def _locked(session: Session, gateway: str) -> GatewayAccount | None:
    mine = select(GatewayAccount).where(GatewayAccount.gateway == gateway).with_for_update()
    return session.scalar(mine.execution_options(populate_existing=True))


def _existing(session: Session, gateway: str) -> GatewayAccount:
    gateway_of(gateway)
    row = _locked(session, gateway)
    if row is None:
        raise NotFound
    return row


def tested(session: Session, actor: Actor, gateway: str, secret: str, problem: str) -> GatewayAccount:
    """Keep what a test showed: `secret` is the sealed text that was tried, `problem` is "" when it passed.

    A test of keys that were changed in the meantime says nothing. One that fails takes the gateway off the shop.
    """
    row = _existing(session, gateway)
    if row.secret != secret:
        raise Refusal("changed", N_("The keys were changed in the meantime. Please test again."))
    row.checked_at, row.problem = clock.now(), problem[:500]
    row.active = row.active and not problem
    session.flush()
    done = "gateway.test_failed" if problem else "gateway.test_passed"
    record(session, actor, done, "gateway", row.id, GATEWAYS[gateway].label)
    return row


def activate(session: Session, actor: Actor, gateway: str) -> GatewayAccount:
    """Offer it to subscribers. Raises Refusal without a passed test."""
    row = _existing(session, gateway)
    if not row.secret or row.checked_at is None or row.problem:
        raise Refusal("untested", N_("Test the connection first: only what works is offered to your subscribers."))
    return _switched(session, actor, row, True)


def pause(session: Session, actor: Actor, gateway: str) -> GatewayAccount:
    """Offer it no longer. Payments that were begun are still heard of."""
    return _switched(session, actor, _existing(session, gateway), False)


def _switched(session: Session, actor: Actor, row: GatewayAccount, on: bool) -> GatewayAccount:
    if row.active != on:
        row.active = on
        session.flush()
        word = "gateway.activated" if on else "gateway.paused"
        record(session, actor, word, "gateway", row.id, GATEWAYS[row.gateway].label)
    return row


def remove(session: Session, actor: Actor, gateway: str) -> None:
    """Forget the keys. Refused while subscribers may still be paying there: nobody could ask what became of it."""
    row = _existing(session, gateway)
    waiting = select(func.count(GatewayPayment.id)).where(
        GatewayPayment.gateway == gateway, GatewayPayment.state.in_(OPEN)
    )
    if session.scalar(waiting):
        raise Refusal(
            "in_use",
            N_("Somebody may still be paying there. Pause it now, and remove it when nothing is open any more."),
        )
    row.settings, row.secret, row.active, row.checked_at, row.problem = {}, "", False, None, ""
    session.flush()
    record(session, actor, "gateway.removed", "gateway", row.id, GATEWAYS[gateway].label)
