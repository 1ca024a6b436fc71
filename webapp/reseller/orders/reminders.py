"""The daily reminders of unpaid proformas, over all partners: each on its day, once, until it is paid or given up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import reminding
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM, Actor, record

from . import mails
from .operations import cancel

#: Proformas of one transaction: mails are rendered in it.
CHUNK = 50
#: By hand at most once in so many days: a slip of the finger should not annoy anybody.
BY_HAND = timedelta(hours=12)


class Context(Protocol):
    """What these jobs need of the tick's context."""

    @property
    def database(self) -> Database: ...


def remind(context: Context) -> str:
    """Send what is due by today, a few at a time; what was sent has its next day before anything else can happen."""
    sent = cancelled = 0
    # Somewhere it is tomorrow already: each partner's own day decides again.
    latest = clock.now().date() + timedelta(days=1)
    for partner_id in _partners(context.database, latest):
        with tenancy.tenant(partner_id):
            while (done := _some(context.database)) is not None:
                sent, cancelled = sent + done[0], cancelled + done[1]
    return f"{sent} reminders, {cancelled} cancelled"


def _partners(database: Database, latest: date) -> list[int]:
    due = select(Proforma.partner_id).where(Proforma.remind_on <= latest, Proforma.state == "issued").distinct()
    with database.reading(tenancy.Platform("tick")) as session:
        return list(session.scalars(due.order_by(Proforma.partner_id)))


def _some(database: Database) -> tuple[int, int] | None:
    """(reminded, cancelled) of the next few that are due for the partner at hand; None when there are none."""
    with database.writing() as session:
        today = clock.today(partners.partner(session).timezone)
        due = (Proforma.remind_on <= today, Proforma.state == "issued")
        query = select(Proforma.id).where(*due).order_by(Proforma.remind_on, Proforma.id).limit(CHUNK)
        ids = list(session.scalars(query))
        did = [_one(session, proforma_id, today) for proforma_id in ids]
        return (did.count("reminded"), did.count("cancelled")) if ids else None


def _one(session: Session, proforma_id: int, today: date) -> str:
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.state != "issued" or proforma.remind_on is None or proforma.remind_on > today:
        return ""
    schedule = reminding.schedule_of(partners.partner(session))
    given_up = proforma.due_date + timedelta(days=schedule.cancel_after)
    if schedule.cancel_after and given_up <= today:
        proforma.remind_on = None
        cancel(session, SYSTEM, proforma.id)
        return "cancelled"
    # A schedule that was changed meanwhile may have no reminder any more for the day that was planned.
    wanted = proforma.remind_on - proforma.due_date in [timedelta(days=day) for day in schedule.days]
    proforma.remind_on = reminding.next_day(schedule, proforma.due_date, today)
    if not wanted:
        return ""
    _send(session, SYSTEM, proforma)
    return "reminded"


def remind_now(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """Send a reminder at once, besides the schedule. Raises Refusal for one that is paid, or right after another."""
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.state != "issued":
        raise Refusal("state", N_("This proforma is not unpaid any more: there is nothing to remind of."))
    before = partners.audit_events(session, object_kind="proforma", object_id=proforma.id).items
    if any(each.action == "proforma.reminded" and each.at > clock.now() - BY_HAND for each in before):
        raise Refusal("too_soon", N_("A reminder went out a short while ago. Please wait before you send another."))
    _send(session, actor, proforma)
    return proforma


def _send(session: Session, actor: Actor, proforma: Proforma) -> None:
    proforma.reminders += 1
    session.flush()
    record(session, actor, "proforma.reminded", "proforma", proforma.id, proforma.number, count=proforma.reminders)
    mails.proforma_reminder(session, proforma)
