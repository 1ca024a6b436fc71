"""The partner's rules for renewals: how early the proforma is made, and what a new service starts with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

KEY = "renewals"
FEWEST_DAYS, MOST_DAYS = 1, 90
#: What ended longer ago than this gets no proforma by itself any more: nobody waits for it.
LATEST = timedelta(days=45)


@dataclass(frozen=True)
class RenewalSettings:
    """`days_before` the last day the proforma is made; `automatic`: the switch of new domains and services is on."""

    days_before: int = 30
    automatic: bool = True


def settings_of(partner: Partner) -> RenewalSettings:
    """The partner's own, defaults where there is none. What is stored in another shape than ours counts for nothing."""
    everything: Any = partner.settings
    stored = everything.get(KEY) if isinstance(everything, dict) else None
    named, usual = (stored if isinstance(stored, dict) else {}), vars(RenewalSettings())
    rules = RenewalSettings(**{k: named[k] for k, value in usual.items() if type(named.get(k)) is type(value)})
    return rules if FEWEST_DAYS <= rules.days_before <= MOST_DAYS else RenewalSettings(automatic=rules.automatic)


def change_settings(session: Session, actor: Actor, days_before: int, *, automatic: bool) -> RenewalSettings:
    """Write the rules anew; they hold from the next run on. Raises Refusal for days out of reach."""
    if not FEWEST_DAYS <= days_before <= MOST_DAYS:
        message = N_("Choose from %(fewest)s to %(most)s days.")
        raise Refusal("days_before", message, "days_before", fewest=FEWEST_DAYS, most=MOST_DAYS)
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    rules = RenewalSettings(days_before, automatic)
    partner.settings = {**partner.settings, KEY: asdict(rules)}
    session.flush()
    record(session, actor, "partner.renewals", "partner", partner.id, **asdict(rules))
    return rules


def asked_on(rules: RenewalSettings, ends_on: date) -> date:
    """The day on which the proforma for the period after this end is made."""
    return ends_on - timedelta(days=rules.days_before)


def is_due(rules: RenewalSettings, ends_on: date, today: date) -> bool:
    """Shall there be a proforma today for what ends on a day? Also after days on which nobody made it."""
    return asked_on(rules, ends_on) <= today <= ends_on + LATEST
