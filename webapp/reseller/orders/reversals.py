"""Money goes back: to the credit, or because a bank takes it; and what that means for the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import ledger, money_documents
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.models import MoneyDocument, Payment, Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.services.states import move

from . import payments
from .settlement import given_back
from .subjects import Subject, domains_of, kind_of, lines_of, name_of, services_of

#: What happens to services whose payment was taken back: a person is asked, or they are suspended at once.
POLICIES = ("ask", "suspend")


@dataclass(frozen=True)
class ChargebackSettings:
    """The partner's rule about chargebacks (partner.settings["chargebacks"])."""

    services: str = "ask"


def settings_of(settings: Mapping[str, Any] | None) -> ChargebackSettings:
    """The rule that is kept; anything that is no rule of ours is the usual one."""
    stored = (settings or {}).get("chargebacks")
    policy = stored.get("services") if isinstance(stored, dict) else None
    return ChargebackSettings(policy) if policy in POLICIES else ChargebackSettings()


def set_policy(session: Session, actor: Actor, policy: str) -> None:
    """Keep a rule of POLICIES."""
    if policy not in POLICIES:
        raise Refusal("policy", N_("Choose what happens to the services."), "services")
    partner = partners.partner(session)
    partner.settings = dict(partner.settings or {}) | {"chargebacks": {"services": policy}}
    record(session, actor, "settings.chargebacks", "partner", partner.id, services=policy)


def charge_back(session: Session, actor: Actor, payment_id: int, amount: int, reason: str, key: str) -> MoneyDocument:
    """Book that the payer's bank took money back. Services are suspended if the partner wants it, never deleted."""
    document = money_documents.charge_back(session, actor, payment_id, amount, reason, key)
    if settings_of(partners.partner(session).settings).services == "suspend":
        for subject in subjects_of(session, money_documents.locked_payment(session, payment_id)):
            suspend(session, actor, subject)
    return document


def proformas_of(session: Session, payment: Payment) -> list[Proforma]:
    """What a payment was for."""
    ids = payment.covers or ([payment.proforma_id] if payment.proforma_id else [])
    query = select(Proforma).where(Proforma.id.in_(ids)).order_by(Proforma.id)
    return list(session.scalars(query)) if ids else []


def subjects_of(session: Session, payment: Payment) -> list[Subject]:
    """The domains and services that a payment paid for, each once."""
    lines = [line for each in proformas_of(session, payment) for line in lines_of(session, each.id)]
    return [*domains_of(session, lines).values(), *services_of(session, lines).values()]


def suspend(session: Session, actor: Actor, subject: Subject) -> bool:
    """Hold a running service until its money is settled; False when it does not run."""
    return _move(session, actor, subject, "suspended")


def resume(session: Session, actor: Actor, subject: Subject) -> bool:
    """Let a suspended service run again."""
    return subject.state == "suspended" and _move(session, actor, subject, "active")


def _move(session: Session, actor: Actor, subject: Subject, to: str) -> bool:
    if not move(session, subject, to):
        return False
    action = "suspended" if to == "suspended" else "resumed"
    record(session, actor, f"{kind_of(subject)}.{action}", kind_of(subject), subject.id, name_of(subject))
    return True


def hold_or_release(session: Session, actor: Actor, payment_id: int, kind: str, subject_id: int) -> Subject:
    """Suspend a service of a payment, or resume it where it is suspended."""
    payment = money_documents.locked_payment(session, payment_id)
    for subject in subjects_of(session, payment):
        if (kind_of(subject), subject.id) == (kind, subject_id):
            done = (resume if subject.state == "suspended" else suspend)(session, actor, subject)
            if not done:
                raise Refusal("state", N_("This service does not run: there is nothing to suspend."))
            return subject
    raise NotFound


def take_back(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """A paid proforma that nothing was made of awaits payment again; its money is credit, which can be sent back."""
    document = billing.locked_proforma(session, proforma_id)
    if document.state == "issued":
        return document
    payments.refuse_if_used(session, document)
    payments.await_again(session, actor, document)
    return document


def give_back(session: Session, actor: Actor, proforma_id: int, amount: int, reason: str, key: str) -> int:
    """Give a part of the price of a paid proforma back to the credit, for example for what was of no use.

    At most what is left of the price. Returns the amount. The invoice, if any, needs its correction besides.
    """
    document = billing.locked_proforma(session, proforma_id)
    entry = f"give-back:{proforma_id}:{key}"
    if ledger.is_posted(session, ledger.RETAIL, entry):
        return amount
    if document.state not in ("paid", "activated"):
        raise Refusal("state", N_("Only the price of a paid proforma can be given back."))
    if not 0 < amount <= billing.MAX_AMOUNT:
        raise Refusal("amount", money_documents.NO_AMOUNT, "amount")
    if amount > document.gross - given_back(session, document):
        raise Refusal("too_much", N_("That is more than what is left of the price."), "amount")
    billing.return_to_credit(session, entry, document, amount, reason.strip()[:200])
    why = reason.strip()[:200]
    record(session, actor, "proforma.given_back", "proforma", document.id, document.number, amount=amount, reason=why)
    return amount
