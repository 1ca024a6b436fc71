"""Discount codes (H-45): a word that takes something off an order. Refused with the reason; switched off, never
deleted.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_date
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners

from . import conditions as rules
from .conditions import Buyer, Conditions
from .models import DiscountCode, DiscountUse
from .promotions import check_limits, check_value
from .recompute import locked

KINDS = ("percent", "amount")
SHORTEST, LONGEST = 3, 20
LONGEST_NOTE = 200
MOST_AT_ONCE = 500
#: Without letters and digits that people take for one another.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GENERATED = 8


@dataclass(frozen=True)
class Draft:
    """What the partner enters. `value`: basis points for "percent", else minor units of the partner's currency."""

    code: str
    kind: str
    value: int
    valid_from: date
    valid_to: date | None = None
    conditions: Conditions = field(default_factory=Conditions)
    limit_total: int | None = None
    limit_account: int | None = None
    below_cost: bool = False
    note: str = ""


@dataclass(frozen=True)
class CodeRow:
    """A code as the list shows it. `state`: planned, running, used_up, over or off; `taken_off` in minor units."""

    code: DiscountCode
    state: str
    taken_off: int


# --- reading -------------------------------------------------------------------------------------------------


def cleaned(text: str) -> str:
    """As codes are stored: upper case, without blanks that people type around and inside."""
    return re.sub(r"\s", "", text[:100]).upper()


def find(session: Session, text: str) -> DiscountCode | None:
    """The partner's code, whatever letters it was typed in."""
    return session.scalar(select(DiscountCode).where(DiscountCode.code == cleaned(text)))


def code(session: Session, code_id: int) -> DiscountCode:
    """One of the partner's. Raises NotFound."""
    found = session.scalar(select(DiscountCode).where(DiscountCode.id == code_id))
    if found is None:
        raise NotFound
    return found


def rows(session: Session, text: str = "") -> list[CodeRow]:
    """Codes with what they took off, the newest first; those whose code or note holds `text`."""
    today = clock.today(partners.partner(session).timezone)
    query = select(DiscountCode).order_by(DiscountCode.id.desc()).limit(500)
    if wanted := cleaned(text):
        query = query.where(
            DiscountCode.code.contains(wanted, autoescape=True)
            | func.upper(DiscountCode.note).contains(text.strip().upper(), autoescape=True)
        )
    found = session.scalars(query).all()
    taken = _taken_off(session, [each.id for each in found])
    return [CodeRow(each, state_of(each, today), taken.get(each.id, 0)) for each in found]


def _taken_off(session: Session, ids: Sequence[int]) -> dict[int, int]:
    counted = session.execute(
        select(DiscountUse.code_id, func.sum(DiscountUse.amount))
        .where(DiscountUse.code_id.in_(ids), DiscountUse.returned_at.is_(None))
        .group_by(DiscountUse.code_id)
    )
    return {code_id: int(amount) for code_id, amount in counted if code_id is not None}


def uses_of(session: Session, code_id: int) -> Sequence[DiscountUse]:
    """Orders that used a code, the newest first; at most 500."""
    latest = select(DiscountUse).where(DiscountUse.code_id == code_id).order_by(DiscountUse.id.desc()).limit(500)
    return session.scalars(latest).all()


def state_of(one: DiscountCode, on: date) -> str:
    """planned, running, used_up, over or off."""
    if not one.active:
        return "off"
    if one.valid_to is not None and one.valid_to < on:
        return "over"
    if one.limit_total is not None and one.used >= one.limit_total:
        return "used_up"
    return "planned" if one.valid_from > on else "running"


def times_used_by(session: Session, code_id: int, account_id: int) -> int:
    """In how many orders a subscriber has used it; cancelled ones are not counted."""
    mine = (DiscountUse.code_id == code_id, DiscountUse.account_id == account_id, DiscountUse.returned_at.is_(None))
    return session.scalar(select(func.count(DiscountUse.id)).where(*mine)) or 0


def refused(one: DiscountCode | None, on: date, buyer: Buyer) -> Refusal | None:
    """Why a code cannot be used today by this buyer, whatever is in the basket. None: it can."""
    if one is None:
        return Refusal("unknown", N_("There is no such code. Please check how it is written."), "code")
    state = state_of(one, on)
    if state == "planned":
        return Refusal("not_yet", N_("This code can be used from %(day)s on."), "code", day=format_date(one.valid_from))
    if state != "running":
        return Refusal(state, _STATES[state], "code")
    return rules.refused_buyer(rules.read(one.conditions), buyer)


_STATES = {
    "off": N_("This code is not valid any more."),
    "over": N_("This code has expired."),
    "used_up": N_("This code has been used as often as it may be."),
}


# --- writing -------------------------------------------------------------------------------------------------


def create(session: Session, actor: audit.Actor, draft: Draft) -> DiscountCode:
    """A new code, valid from its first day on. Raises Refusal."""
    word = cleaned(draft.code)
    _check(draft, word)
    locked(session)  # whoever makes the same one at this moment hears that it is there
    if find(session, word) is not None:
        raise Refusal(
            "taken", N_("You have this code already. Codes are kept for good, so choose another one."), "code"
        )
    made = DiscountCode(**_columns(draft), code=word, used=0, active=True, created_at=clock.now())
    session.add(made)
    session.flush()
    _record(session, actor, "code.created", made)
    return made


def generate(session: Session, actor: audit.Actor, draft: Draft, count: int) -> list[DiscountCode]:
    """So many codes with random letters behind what the draft's code begins with. Raises Refusal."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise Refusal("count", N_("Make from 1 to %(most)s codes at once."), "count", most=MOST_AT_ONCE)
    start = cleaned(draft.code)
    if len(start) > LONGEST - _GENERATED - 1:
        raise Refusal("code", N_("The beginning may have at most %(most)s characters."), "code", most=11)
    words: set[str] = set()
    while len(words) < count:
        words.add("-".join(filter(None, (start, "".join(secrets.choice(_ALPHABET) for _ in range(_GENERATED))))))
    for word in words:
        _check(draft, word)
    taken = set(session.scalars(select(DiscountCode.code).where(DiscountCode.code.in_(words))))
    columns, now = _columns(draft), clock.now()
    made = [DiscountCode(**columns, code=word, used=0, active=True, created_at=now) for word in sorted(words - taken)]
    session.add_all(made)
    session.flush()
    audit.record(session, actor, "code.generated", "code", None, start, count=len(made), codes=sorted(words - taken))
    return made


def change(session: Session, actor: audit.Actor, code_id: int, draft: Draft) -> DiscountCode:
    """Make it what `draft` says, but for the code itself. Orders that used it keep what they have. Raises Refusal."""
    one = _locked(session, code_id)
    _check(draft, one.code)
    if draft.limit_total is not None and draft.limit_total < one.used:
        raise Refusal("limit", N_("It has been used %(count)s times already."), "limit_total", count=one.used)
    for name, value in _columns(draft).items():
        setattr(one, name, value)
    session.flush()
    _record(session, actor, "code.changed", one)
    return one


def switch(session: Session, actor: audit.Actor, code_id: int, *, active: bool) -> DiscountCode:
    """Switch a code off, or on again."""
    one = _locked(session, code_id)
    if one.active != active:
        one.active = active
        session.flush()
        _record(session, actor, "code.activated" if active else "code.deactivated", one)
    return one


def _columns(draft: Draft) -> dict[str, Any]:
    plain = ("kind", "value", "valid_from", "valid_to", "limit_total", "limit_account", "below_cost")
    values: dict[str, Any] = {name: getattr(draft, name) for name in plain}
    return values | {"note": draft.note.strip()[:LONGEST_NOTE], "conditions": rules.stored(draft.conditions)}


def _check(draft: Draft, word: str) -> None:
    if not re.fullmatch(rf"[A-Z0-9](?:[A-Z0-9-]{{{SHORTEST - 2},{LONGEST - 2}}})[A-Z0-9]", word):
        message = N_("A code has 3 to 20 letters from A to Z, digits and dashes, and no dash at either end.")
        raise Refusal("code", message, "code")
    check_value(draft.kind, draft.value, KINDS)
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise Refusal("days", N_("The last day lies before the first one."), "valid_to")
    check_limits(draft.limit_total, draft.limit_account)


def _locked(session: Session, code_id: int) -> DiscountCode:
    found = session.scalar(select(DiscountCode).where(DiscountCode.id == code_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def _record(session: Session, actor: audit.Actor, action: str, one: DiscountCode) -> None:
    facts: dict[str, Any] = {
        "kind": one.kind,
        "value": one.value,
        "conditions": one.conditions,
        "below_cost": one.below_cost,
    }
    facts |= {"valid_from": one.valid_from.isoformat(), "valid_to": one.valid_to.isoformat() if one.valid_to else None}
    facts |= {"limit_total": one.limit_total, "limit_account": one.limit_account}
    audit.record(session, actor, action, "code", one.id, one.code, **facts)
