"""Activation as work of its own: one paid proforma by the partner's rule, or many with a progress to watch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import i18n, outbox
from webapp.foundation.db import Database
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import long_works
from webapp.reseller.partners.audit import SYSTEM, Actor
from webapp.reseller.partners.models import LongWork

from . import activation, funds
from .subjects import lines_of

KIND = "activate"
#: Proformas at once, and of one transaction: others wait for the balance no longer than that takes.
MOST, STEP = 2000, 10
#: Seconds of one lease (outbox.LEASE is three minutes) after which the rest is taken up anew.
TURN = 60.0


class Context(Protocol):
    """What these jobs need of the worker's context."""

    @property
    def database(self) -> Database: ...


def start(session: Session, actor: Actor, proforma_ids: Sequence[int]) -> LongWork:
    """Activate these one after the other, in the background (H-28). Raises Refusal for none or too many."""
    # What is not this partner's is as if it had not been ticked.
    known = billing.proformas_by_id(session, list(proforma_ids)) if len(proforma_ids) <= MOST else proforma_ids
    ids = [each for each in dict.fromkeys(proforma_ids) if each in known]
    if not 0 < len(ids) <= MOST:
        raise Refusal("how_many", N_("Choose at least one and at most %(most)s proformas."), most=MOST)
    who = {"kind": actor.kind, "id": actor.id, "label": actor.label, "ip": actor.ip, "request_id": actor.request_id}
    data = {"ids": ids, "actor": who, "locale": i18n.current_locale()}
    work = long_works.start(session, actor, KIND, len(ids), data)
    outbox.enqueue(session, "proformas.activate", str(work.id), {"work_id": work.id})
    return work


def activate_many(context: Context, lease: outbox.Lease) -> None:
    """Take the work up where it stands. Each step commits what it did together with how far it is."""
    ends = time.monotonic() + TURN
    while _step(context.database, lease):
        if time.monotonic() > ends:
            raise outbox.Later(timedelta(0), "more to activate")
    with context.database.writing() as session:
        outbox.complete(session, lease)


def _step(database: Database, lease: outbox.Lease) -> bool:
    """Activate a few more; False when nothing is left."""
    with database.writing() as session:
        work = long_works.get(session, lease.payload["work_id"], lock=True)
        outbox.lengthen(session, lease)
        ids = work.data["ids"][work.done : work.done + STEP]
        if work.state == "running" and ids:
            actor = Actor(**work.data["actor"])
            with i18n.use_locale(work.data["locale"]):
                problems = [said for each in ids if (said := _activated(session, actor, each))]
            long_works.step(session, work, len(ids), problems)
        if work.state == "running" and work.done >= work.total:
            long_works.finish(session, work)
        return work.state == "running"


def _activated(session: Session, actor: Actor, proforma_id: int) -> dict[str, str] | None:
    """Activate one for itself; what a person should know about it, if anything."""
    try:
        with session.begin_nested():
            proforma = activation.activate(session, actor, proforma_id)
    except NotFound:
        return {"what": str(proforma_id), "why": i18n.gettext("There is no such proforma.")}
    except Refusal as refusal:
        number = session.scalar(select(Proforma.number).where(Proforma.id == proforma_id))
        return {"what": number or "", "why": i18n.gettext(refusal.message) % refusal.params}
    waiting = sum(line.state == "awaiting_funds" for line in lines_of(session, proforma.id))
    if not waiting:
        return None
    missing = activation.shortage(session)
    amount = i18n.format_money(missing.missing, missing.currency)
    why = i18n.gettext("Waits for funds: %(amount)s are missing on your balance with the operator.", amount=amount)
    return {"what": proforma.number, "why": why}


def activate_paid(context: Context, lease: outbox.Lease) -> None:
    """A proforma became paid and the partner wants such ones activated; one that is not paid any more stays."""
    with context.database.writing() as session:
        try:
            with session.begin_nested():
                activation.activate(session, SYSTEM, lease.payload["proforma_id"])
        except Refusal:
            pass  # its payment was taken back, or somebody else did something to it: a person decides
        outbox.complete(session, lease)


def tell_missing(context: Context, lease: outbox.Lease) -> None:
    """Paid lines have waited for funds for a moment: tell the owners how much is missing, if it still is."""
    with context.database.writing() as session:
        missing = activation.shortage(session)
        if missing.lines:
            funds.tell_waiting(session, missing)
        outbox.complete(session, lease)
