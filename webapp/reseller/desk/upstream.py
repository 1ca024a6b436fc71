"""The bridge from a partner's panel to its wholesale side: connected only while its last test passed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.sealed import CannotOpen, seal, unseal
from webapp.providers.wholesale import signing
from webapp.providers.wholesale.port import Credentials, Funds
from webapp.reseller.billing import queries as billing
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Operator, UpstreamConnection
from webapp.reseller.services.models import ProvisioningOperation

INSTALL, PURPOSE = "install", "upstream"
LONGEST = 256
#: Operations whose wholesale price is held: they were not confirmed and not refused.
_RUNNING = ("intended", "sent", "unknown")

#: Code of a bridge error -> what it means and what to do.
PROBLEMS = {
    "login": N_("The login is not known. It is your partner code, as the purchasing panel shows it."),
    "password": N_("The API password is wrong. Set a new one in the purchasing panel and enter it here."),
    "key": N_("The API key is wrong. Make a new one in the purchasing panel and enter it here."),
    "clock": N_("The clocks of the two sides are more than five minutes apart. This is not your doing."),
    "busy": N_("Too many tries. Wait a quarter of an hour and test again."),
    "unreachable": N_("The wholesale side does not answer at the moment. Your entries are kept; test again later."),
    "strange": N_("The wholesale side answered in a way that we do not understand."),
}


def funds(session: Session) -> Funds:
    """What the partner has with the operator in its own currency, and what running operations hold of it."""
    currency = partners.partner(session).currency
    held = select(func.coalesce(func.sum(ProvisioningOperation.wholesale_amount), 0))
    running = (ProvisioningOperation.state.in_(_RUNNING), ProvisioningOperation.wholesale_currency == currency)
    restricted = session.scalar(held.where(*running)) or 0
    return Funds(currency, billing.wholesale_balance(session, currency)[0], int(restricted))


def connection(session: Session) -> UpstreamConnection | None:
    """The partner's connection to this install's wholesale side; None before anything was entered."""
    return session.scalar(select(UpstreamConnection).where(UpstreamConnection.upstream == INSTALL))


def help_contact(session: Session) -> str:
    """Whom to write to when the bridge does not carry: the operator of the install, "" if there is none yet."""
    return session.scalar(select(Operator.email).where(Operator.status == "active").order_by(Operator.id)) or ""


def is_connected(session: Session) -> bool:
    """Whether the last test passed."""
    found = connection(session)
    return found is not None and found.state == "connected"


def enter(session: Session, actor: Actor, secret: str, typed: Credentials) -> Credentials:
    """Keep what was typed (what is "" stays as it was); it counts for nothing until it is tested.

    Raises Refusal for what cannot be a login, a password or a key.
    """
    partner = partners.partner(session)
    row = connection(session)
    if row is None:
        row = UpstreamConnection(upstream=INSTALL, login="", secret="")
        session.add(row)
    before = _opened(row, secret, partner.id)
    found = Credentials(typed.login.strip().lower(), typed.password or before.password, typed.key or before.key)
    _check(found)
    row.login, row.state, row.problem, row.balance, row.checked_at = found.login, "unchecked", "", {}, None
    kept = json.dumps({"password": found.password, "key": found.key})
    row.secret = seal(secret, PURPOSE, partner.id, kept)
    session.flush()
    record(session, actor, "upstream.entered", "partner", partner.id, partner.name, login=found.login)
    return found


def _check(found: Credentials) -> None:
    if not found.login or len(found.login) > LONGEST:
        raise Refusal("login", N_("Enter the login of your purchasing panel."), field="login")
    if not found.password or len(found.password) > LONGEST or ":" in found.login:
        raise Refusal("password", N_("Enter the API password."), field="password")
    if not signing.is_key(found.key):
        raise Refusal("key", N_("A key has 64 digits and letters from a to f: copy the whole of it."), field="api_key")


def stored(session: Session, secret: str) -> Credentials | None:
    """What was entered, to test it again; None when there is nothing."""
    row = connection(session)
    found = _opened(row, secret, partners.partner(session).id) if row else None
    return found if found and found.password and found.key else None


def _opened(row: UpstreamConnection, secret: str, partner_id: int) -> Credentials:
    try:
        kept: dict[str, Any] = json.loads(unseal(secret, PURPOSE, partner_id, row.secret) or "{}")
    except CannotOpen:
        kept = {}
    return Credentials(row.login, kept.get("password", ""), kept.get("key", ""))


def keep_outcome(session: Session, actor: Actor, found: Funds | None, problem: str = "") -> UpstreamConnection:
    """Keep what came of a test: the balance, or the code of the bridge error."""
    row = connection(session)
    if row is None:
        raise Refusal("nothing", N_("Enter login, password and key first."))
    row.state = "connected" if found else "failed"
    row.problem, row.balance, row.checked_at = problem, asdict(found) if found else {}, clock.now()
    session.flush()
    partner = partners.partner(session)
    record(session, actor, f"upstream.{row.state}", "partner", partner.id, partner.name, problem=problem)
    return row


def access_changed(session: Session) -> None:
    """The other side has other secrets now: whether ours still fit is not known before the next test."""
    row = connection(session)
    if row is not None and row.state == "connected":
        row.state, row.problem, row.checked_at = "unchecked", "", None
        session.flush()
