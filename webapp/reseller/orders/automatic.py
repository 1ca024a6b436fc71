"""What happens by itself when a proforma becomes paid, if the partner wants it: it is activated."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

KEY = "activation"


def activates(partner: Partner) -> bool:
    """Does the partner want paid proformas activated without looking at them?"""
    everything: Any = partner.settings
    stored = everything.get(KEY) if isinstance(everything, dict) else None
    return isinstance(stored, dict) and stored.get("automatic") is True


def set_activation(session: Session, actor: Actor, automatic: bool) -> None:
    """From now on paid proformas are activated by themselves, or by a person only."""
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    if activates(partner) != automatic:
        partner.settings = {**partner.settings, KEY: {"automatic": automatic}}
        session.flush()
        record(session, actor, "partner.activation", "partner", partner.id, automatic=automatic)


def became_paid(session: Session, proforma: Proforma) -> None:
    """Ask for the activation by the rule, in the transaction that made it paid; a manual one has none (H-31)."""
    if proforma.origin != "manual" and activates(partners.partner(session)):
        # An undone payment may come again: each time is a time of its own.
        paid_at = proforma.paid_at.timestamp() if proforma.paid_at else 0
        outbox.enqueue(session, "proforma.activate", f"{proforma.id}:{paid_at}", {"proforma_id": proforma.id})
