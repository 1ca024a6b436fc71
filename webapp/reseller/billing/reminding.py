"""When a subscriber is reminded of an unpaid proforma, and when it is given up: days from the due date, per partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

KEY = "reminders"
MOST, FURTHEST = 8, 180


@dataclass(frozen=True)
class Schedule:
    """`days` from the due date, ascending: -7 is a week before, 1 the day after. `cancel_after`: days past the due
    date at which an unpaid proforma is cancelled; 0: never."""

    days: tuple[int, ...] = (-7, 1, 7)
    cancel_after: int = 0

    @property
    def ends(self) -> tuple[int, ...]:
        """Every day on which something happens."""
        return (*self.days, self.cancel_after) if self.cancel_after else self.days


def schedule_of(partner: Partner) -> Schedule:
    """The partner's own; what is stored in another shape than ours counts for nothing."""
    everything: Any = partner.settings
    stored = everything.get(KEY) if isinstance(everything, dict) else None
    if not isinstance(stored, dict):
        return Schedule()
    days, cancel = stored.get("days"), stored.get("cancel_after")
    fine = days if isinstance(days, list) and all(type(day) is int for day in days) else Schedule().days
    return Schedule(tuple(sorted(fine)), cancel if type(cancel) is int else 0)


def next_day(schedule: Schedule, due: date, after: date) -> date | None:
    """The next day on which something happens; None when nothing does any more."""
    days = (due + timedelta(days=each) for each in schedule.ends)
    return min((day for day in days if day > after), default=None)


def change_schedule(session: Session, actor: Actor, days: Sequence[int], cancel_after: int) -> Schedule:
    """Write the schedule anew; proformas follow it from their next day on. Raises Refusal for days out of reach."""
    wanted = Schedule(tuple(sorted(set(days))), cancel_after)
    if len(wanted.days) > MOST or any(abs(day) > FURTHEST for day in wanted.days):
        message = N_("At most %(most)s days, none further than %(furthest)s days from the due date.")
        raise Refusal("days", message, "days", most=MOST, furthest=FURTHEST)
    if cancel_after and not max((0, *wanted.days)) < cancel_after <= FURTHEST:
        message = N_("Cancel after the last reminder, and within %(furthest)s days.")
        raise Refusal("cancel_after", message, "cancel_after", furthest=FURTHEST)
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    stored: dict[str, Any] = {"days": list(wanted.days), "cancel_after": cancel_after}
    partner.settings = {**partner.settings, KEY: stored}
    session.flush()
    record(session, actor, "partner.reminders", "partner", partner.id, **stored)
    return wanted
