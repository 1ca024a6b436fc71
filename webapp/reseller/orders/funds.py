"""The partner's balance with the operator, as orders see it: what waits for it, how much is missing, when to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import ledger
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import LedgerPosting
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner, Staff

from .models import OrderLine

KEY = "low_balance"
#: So many waiting lines are priced one by one; of more it is only said that there are more.
PRICED = 500


@dataclass(frozen=True)
class Shortage:
    """Lines that wait for funds, what they cost together, and how much of it the balance and its limit lack."""

    lines: int
    needed: int
    missing: int
    currency: str


def threshold_of(partner: Partner) -> int:
    """Below which balance the owners are told, in minor units of the partner's currency; 0: only when work waits."""
    everything: Any = partner.settings
    stored = everything.get(KEY) if isinstance(everything, dict) else None
    found = stored.get(partner.currency) if isinstance(stored, Mapping) else None
    return found if type(found) is int and found > 0 else 0


def set_threshold(session: Session, actor: Actor, amount: int) -> None:
    """Say below which balance the owners want to be told. Raises Refusal for an absurd amount."""
    if not 0 <= amount <= 10**12:
        raise Refusal("amount", N_("Enter zero or more."), "amount")
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    stored = partner.settings.get(KEY)
    amounts = {**(stored if isinstance(stored, dict) else {}), partner.currency: amount}
    partner.settings = {**partner.settings, KEY: amounts}
    session.flush()
    record(session, actor, "partner.low_balance", "partner", partner.id, amount=amount, currency=partner.currency)


def tell_if_low(session: Session, taken: int) -> None:
    """After `taken` went off the balance: tell the owners when that took it below their threshold, once per fall."""
    partner = partners.partner(session)
    threshold = threshold_of(partner)
    if not threshold or not taken:
        return
    balance, _limit = billing.wholesale_balance(session, partner.currency)
    if balance < threshold <= balance + taken:
        _tell(session, partner, "low", Shortage(0, 0, 0, partner.currency), balance)


def tell_waiting(session: Session, shortage: Shortage) -> None:
    """Something that is paid waits for funds: tell the owners, once until money arrives."""
    partner = partners.partner(session)
    balance, _limit = billing.wholesale_balance(session, partner.currency)
    _tell(session, partner, "waits", shortage, balance)


def _tell(session: Session, partner: Partner, why: str, shortage: Shortage, balance: int) -> None:
    arrived = _last_posting(session, "topup:%")
    # A fall is named by the movement that made it, a wait by the last money that came.
    name = f"{why}:{partner.currency}:{arrived if why == 'waits' else _last_posting(session, 'hold:%')}"
    data = {
        "balance": balance,
        "threshold": threshold_of(partner),
        "currency": partner.currency,
        "missing": shortage.missing,
        "waiting": shortage.lines,
        "path": "/settlements/balance",
    }
    owners = select(Staff).where(Staff.role == "owner", Staff.status == "active").order_by(Staff.id)
    people = [(owner.email, owner.locale) for owner in session.scalars(owners)]
    for email, locale in people or [(partner.email, partner.default_locale)]:
        about = ("partner", partner.id)
        queue_mail(session, "low_balance", email, locale, data, f"balance:{name}:{email}", about=about)


def _last_posting(session: Session, like: str) -> int:
    where = (LedgerPosting.book == ledger.WHOLESALE, LedgerPosting.entry.like(like))
    return session.scalar(select(func.max(LedgerPosting.id)).where(*where)) or 0


def shortage_of(needed: int, lines: int, balance: int, limit: int, currency: str) -> Shortage:
    """What is missing for these costs."""
    return Shortage(lines, needed, max(needed - (balance + limit), 0), currency)


def ask_to_tell(session: Session) -> None:
    """Have the owners told in a moment, when all that waits is known; once until money arrives."""
    name = f"{partners.partner(session).currency}:{_last_posting(session, 'topup:%')}"
    outbox.enqueue(session, "funds.missing", name, {}, after=timedelta(minutes=1))


def waiting_lines(session: Session) -> tuple[int, list[OrderLine]]:
    """How many order lines wait for funds, and the oldest of them."""
    waits = OrderLine.state == "awaiting_funds"
    total = session.scalar(select(func.count(OrderLine.id)).where(waits)) or 0
    rows = session.scalars(select(OrderLine).where(waits).order_by(OrderLine.id).limit(PRICED)).all() if total else []
    return total, list(rows)
