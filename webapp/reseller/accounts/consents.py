"""Consents per channel (H-22): who may be written to, by mail, SMS or phone, since when, and where that was said.

The law asks for prior consent per channel, also from companies, and for proof (Polish PKE art. 398): rows are added
and ended, never rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.audit import Actor

from . import queries
from .models import Account, Consent

NEWSLETTER = "newsletter"
CHANNELS = {"mail": N_("by e-mail"), "sms": N_("by SMS"), "phone": N_("by telephone")}
SOURCES = ("registration", "order", "panel", "partner", "import")
#: The words that the forms show; another wording is another version.
WORDING = "offers:1"


def own_hand(actor: Actor) -> None:
    """Raises Refusal for a member of staff who looks through the subscriber's eyes: this is the person's own to do."""
    if actor.through:
        raise Refusal("own_hand", N_("Only the subscriber can do this. You are looking at the panel as staff."))


def set_consent(
    session: Session, actor: Actor, account_id: int, kind: str, channel: str, *, given: bool, source: str
) -> bool:
    """Write down that a consent was given or taken back; False when it was so already.

    Raises Refusal for an unknown channel, and for staff who act in the subscriber's name.
    """
    own_hand(actor)
    if kind != NEWSLETTER or channel not in CHANNELS or source not in SOURCES:
        raise Refusal("channel", N_("Choose a channel from the list."), field="channel")
    queries.living(session, account_id)
    open_ones = _open(account_id, channel)
    if given == (session.scalar(select(Consent.id).where(*open_ones).limit(1)) is not None):
        return False
    if given:
        session.add(_row(actor, account_id, channel, source))
    else:
        db.change(session, Consent, *open_ones, withdrawn_at=clock.now())
    name = "consent.given" if given else "consent.withdrawn"
    audit.record(session, actor, name, "account", account_id, kind=kind, channel=channel, source=source)
    session.flush()
    return True


def _row(actor: Actor, account_id: int, channel: str, source: str) -> Consent:
    own = actor.kind == "user"
    return Consent(
        account_id=account_id,
        user_id=actor.id if own else None,
        kind=NEWSLETTER,
        version=WORDING,
        channel=channel,
        source=source,
        recorded_by="" if own else actor.label,
        given_at=clock.now(),
        ip=actor.ip[:64],
    )


def _open(account_id: Any, channel: str) -> tuple[Any, ...]:
    """Rows from the first days name no channel: they were asked for mail."""
    channels = ("mail", "") if channel == "mail" else (channel,)
    return (
        Consent.account_id == account_id,
        Consent.kind == NEWSLETTER,
        Consent.channel.in_(channels),
        Consent.withdrawn_at.is_(None),
    )


def current(session: Session, account_id: int) -> dict[str, Consent | None]:
    """Channel -> the consent that holds now, or None."""
    found: dict[str, Consent | None] = dict.fromkeys(CHANNELS)
    wanted = select(Consent).where(
        Consent.account_id == account_id, Consent.kind == NEWSLETTER, Consent.withdrawn_at.is_(None)
    )
    for each in session.scalars(wanted.order_by(Consent.id)):
        found[each.channel or "mail"] = each
    return found


def may_be_told(channel: str) -> Any:
    """Condition on Account: offers may be sent this way."""
    return exists().where(*_open(Account.id, channel))


def set_all(session: Session, actor: Actor, account_id: int, wanted: Mapping[str, bool], source: str) -> int:
    """Bring every channel to what a form says; returns how many changed."""
    changes = [
        set_consent(session, actor, account_id, NEWSLETTER, channel, given=wanted.get(channel, False), source=source)
        for channel in CHANNELS
    ]
    return sum(changes)
