"""Promotions (H-44): reductions for everybody who meets their conditions. The lowest price wins, they do not add up.

What a promotion takes off is fixed once it runs: only its words, its last day and its limits change afterwards, so that
the price that was asked on a day can always be told (Directive 98/6/EC, article 6a).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, current_locale, gettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

from . import conditions as rules
from .conditions import Conditions
from .facts import LARGEST_AMOUNT
from .models import DiscountUse, Promotion

KINDS = ("percent", "amount", "price")
LONGEST_NAME = 60
#: A reduction that never ends is no reduction any more but the price.
LONGEST_DAYS = 366
#: Days that somebody means; there is a day before the first and after the last one.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
LARGEST_LIMIT = 1_000_000


@dataclass(frozen=True)
class Draft:
    """What the partner enters. `value`: basis points for "percent", else minor units of the partner's currency."""

    names: Mapping[str, str]
    kind: str
    value: int
    valid_from: date
    valid_to: date
    conditions: Conditions = field(default_factory=Conditions)
    limit_total: int | None = None
    limit_account: int | None = None


@dataclass(frozen=True)
class PromotionRow:
    """A promotion as the list shows it; `taken_off` in minor units. `state`: draft, planned, running, used_up, over,
    stopped."""

    promotion: Promotion
    state: str
    uses: int
    taken_off: int


# --- reading -------------------------------------------------------------------------------------------------


def running(session: Session, on: date) -> Sequence[Promotion]:
    """Those that reduce prices on a business day and are not used up, the oldest first. One statement."""
    left = or_(Promotion.limit_total.is_(None), Promotion.used < Promotion.limit_total)
    days = (Promotion.valid_from <= on, Promotion.valid_to >= on)
    where = (Promotion.state == "active", *days, left)
    return session.scalars(select(Promotion).where(*where).order_by(Promotion.id)).all()


def ran_between(session: Session, first: date, last: date) -> Sequence[Promotion]:
    """Those that reduced prices on one of these days. `stop` moves the last day, so the days tell the truth."""
    days = (Promotion.valid_from <= last, Promotion.valid_to >= first)
    where = (Promotion.state.in_(("active", "stopped")), *days)
    return session.scalars(select(Promotion).where(*where).order_by(Promotion.id)).all()


def promotion(session: Session, promotion_id: int) -> Promotion:
    """One of the partner's. Raises NotFound."""
    found = session.scalar(select(Promotion).where(Promotion.id == promotion_id))
    if found is None:
        raise NotFound
    return found


def rows(session: Session) -> list[PromotionRow]:
    """Every promotion with its uses and what they took off, the newest first. Two statements and the partner's."""
    return _with_uses(session, session.scalars(select(Promotion).order_by(Promotion.id.desc()).limit(500)).all())


def row(session: Session, one: Promotion) -> PromotionRow:
    """The same of one of them."""
    return _with_uses(session, [one])[0]


def _with_uses(session: Session, found: Sequence[Promotion]) -> list[PromotionRow]:
    today = _today(session)
    used = (func.count(DiscountUse.id), func.coalesce(func.sum(DiscountUse.amount), 0))
    counts = session.execute(
        select(DiscountUse.promotion_id, *used)
        .where(DiscountUse.promotion_id.in_([each.id for each in found]), DiscountUse.returned_at.is_(None))
        .group_by(DiscountUse.promotion_id)
    )
    known = {promotion_id: (uses, int(amount)) for promotion_id, uses, amount in counts}
    return [PromotionRow(each, state_of(each, today), *known.get(each.id, (0, 0))) for each in found]


def state_of(one: Promotion, on: date) -> str:
    """draft, planned, running, used_up, over or stopped."""
    if one.state != "active":
        return one.state
    if one.valid_to < on:
        return "over"
    if one.limit_total is not None and one.used >= one.limit_total:
        return "used_up"
    return "planned" if one.valid_from > on else "running"


def used_by(session: Session, account_id: int, ids: Sequence[int]) -> dict[int, int]:
    """promotion id -> how often a subscriber has used it; those that came back are not counted."""
    if not ids:
        return {}
    mine = (DiscountUse.account_id == account_id, DiscountUse.returned_at.is_(None))
    found = session.execute(
        select(DiscountUse.promotion_id, func.count(DiscountUse.id))
        .where(DiscountUse.promotion_id.in_(ids), *mine)
        .group_by(DiscountUse.promotion_id)
    )
    return {promotion_id: count for promotion_id, count in found if promotion_id is not None}


def next_change(session: Session, on: date) -> date | None:
    """The next day after `on` on which a promotion begins or has ended: prices that are shown live no longer."""
    begins, ends = session.execute(
        select(
            func.min(case((Promotion.valid_from > on, Promotion.valid_from))),
            func.min(case((Promotion.valid_to >= on, Promotion.valid_to))),
        ).where(Promotion.state == "active")
    ).one()
    days = [day for day in (begins, ends + timedelta(days=1) if ends else None) if day]
    return min(days, default=None)


def name_of(one: Promotion, locale: str = "") -> str:
    """What it is called in a language, else in any that it has a name in."""
    names = {code: name for code, name in one.names.items() if name}
    return names.get(locale or current_locale()) or next(iter(names.values()), gettext("Promotion"))


# --- writing -------------------------------------------------------------------------------------------------


def create(session: Session, actor: audit.Actor, draft: Draft) -> Promotion:
    """A new one, as a draft: it reduces nothing before `activate`. Raises Refusal."""
    _check(draft)
    made = Promotion(**_columns(draft), state="draft", used=0, created_at=clock.now())
    session.add(made)
    session.flush()
    _record(session, actor, "promotion.created", made)
    return made


def change(session: Session, actor: audit.Actor, promotion_id: int, draft: Draft) -> Promotion:
    """Make it what `draft` says. An active one keeps what it takes off, for whom and since when."""
    one = _locked(session, promotion_id)
    _check(draft)
    if one.state == "stopped":
        raise Refusal("stopped", N_("This promotion is stopped. Make a copy of it to run it again."))
    if one.state == "active":
        draft = _while_active(one, draft, _today(session))
    for name, value in _columns(draft).items():
        setattr(one, name, value)
    session.flush()
    _record(session, actor, "promotion.changed", one)
    bump_content(session)
    return one


def activate(session: Session, actor: audit.Actor, promotion_id: int) -> Promotion:
    """Let it reduce prices from its first day on, today at the earliest. Raises Refusal."""
    one, today = _locked(session, promotion_id), _today(session)
    if one.state == "active":
        return one
    if one.state == "stopped":
        raise Refusal("stopped", N_("This promotion is stopped. Make a copy of it to run it again."))
    if one.valid_to < today:
        raise Refusal("over", N_("Its last day is over. Choose a later one."), "valid_to")
    one.state, one.valid_from = "active", max(one.valid_from, today)
    session.flush()
    _record(session, actor, "promotion.activated", one)
    bump_content(session)
    return one


def stop(session: Session, actor: audit.Actor, promotion_id: int) -> Promotion:
    """End it now. Carts that hold it are told; orders that are placed keep it."""
    one, today = _locked(session, promotion_id), _today(session)
    if one.state == "stopped":
        return one
    if one.state == "active":
        one.valid_to = min(one.valid_to, today)
    one.state, one.stopped_at = "stopped", clock.now()
    session.flush()
    _record(session, actor, "promotion.stopped", one)
    bump_content(session)
    return one


def copy(session: Session, actor: audit.Actor, promotion_id: int) -> Promotion:
    """A draft like it that begins today and runs for as many days."""
    one, today = promotion(session, promotion_id), _today(session)
    days = max(one.valid_to - one.valid_from, timedelta(0))
    return create(session, actor, _draft_of(one, today, today + days))


# --- rules ---------------------------------------------------------------------------------------------------


def _draft_of(one: Promotion, first: date, last: date) -> Draft:
    limits = {"limit_total": one.limit_total, "limit_account": one.limit_account}
    return Draft(one.names, one.kind, one.value, first, last, rules.read(one.conditions), **limits)


def _columns(draft: Draft) -> dict[str, Any]:
    plain = ("kind", "value", "valid_from", "valid_to", "limit_total", "limit_account")
    values: dict[str, Any] = {name: getattr(draft, name) for name in plain}
    return values | {"names": dict(draft.names), "conditions": rules.stored(draft.conditions)}


def _while_active(one: Promotion, draft: Draft, today: date) -> Draft:
    """What may still change. Raises Refusal for anything else."""
    fixed = (one.kind, one.value, one.valid_from, rules.read(one.conditions))
    if fixed != (draft.kind, draft.value, draft.valid_from, draft.conditions):
        raise Refusal(
            "fixed",
            N_("It is active: what it takes off, its conditions and its first day stay. Stop it and make a copy."),
        )
    if draft.valid_to < min(today, one.valid_to):
        raise Refusal("in_past", N_("The last day is over. To end it at once, stop it."), "valid_to")
    if draft.limit_total is not None and draft.limit_total < one.used:
        raise Refusal("limit", N_("It has been used %(count)s times already."), "limit_total", count=one.used)
    return draft


def _check(draft: Draft) -> None:
    if not any(name.strip() for name in draft.names.values()):
        raise Refusal("name", N_("Give it a name in one language at least: it stands on documents."), "names")
    if any(len(name) > LONGEST_NAME for name in draft.names.values()):
        raise Refusal("name", N_("The name is too long: at most %(most)s characters."), "names", most=LONGEST_NAME)
    if draft.valid_from < FIRST_DAY or draft.valid_to > LAST_DAY:
        wrong = "valid_from" if draft.valid_from < FIRST_DAY else "valid_to"
        raise Refusal("days", N_("Please check the year."), wrong)
    if draft.valid_to < draft.valid_from:
        raise Refusal("days", N_("The last day lies before the first one."), "valid_to")
    if (draft.valid_to - draft.valid_from).days > LONGEST_DAYS:
        raise Refusal("days", N_("A promotion runs for a year at most: after that it is simply the price."), "valid_to")
    check_value(draft.kind, draft.value, KINDS)
    _check_price(draft)
    check_limits(draft.limit_total, draft.limit_account)


def check_value(kind: str, value: int, kinds: Sequence[str]) -> None:
    """Raises Refusal for a reduction of nothing, of more than everything, or of a size that nobody means."""
    if kind not in kinds:
        raise Refusal("kind", N_("Choose what it takes off."), "kind")
    if kind == "percent" and not 1 <= value <= 10_000:
        raise Refusal("value", N_("The percentage must be above 0 and at most 100."), "percent")
    if kind != "percent" and not (0 if kind == "price" else 1) <= value <= LARGEST_AMOUNT:
        raise Refusal("value", N_("The amount must be above 0 and at most 10,000,000."), "amount")


def _check_price(draft: Draft) -> None:
    """A fixed price is that of one period: nobody means the same for one year and for ten."""
    if draft.kind == "price" and not draft.conditions.first_year and len(draft.conditions.years) != 1:
        raise Refusal("one_period", N_("A fixed price holds for one period: choose it, or the first year."), "years")


def check_limits(*limits: int | None) -> None:
    """Raises Refusal for a limit that lets nobody in."""
    if any(limit is not None and not 1 <= limit <= LARGEST_LIMIT for limit in limits):
        raise Refusal("limit", N_("A limit is a number from 1 to 1,000,000, or nothing."), "limit_total")


def _locked(session: Session, promotion_id: int) -> Promotion:
    found = session.scalar(select(Promotion).where(Promotion.id == promotion_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def _record(session: Session, actor: audit.Actor, action: str, one: Promotion) -> None:
    facts: dict[str, Any] = {"kind": one.kind, "value": one.value, "conditions": one.conditions, "state": one.state}
    facts |= {"valid_from": one.valid_from.isoformat(), "valid_to": one.valid_to.isoformat()}
    facts |= {"limit_total": one.limit_total, "limit_account": one.limit_account}
    label = name_of(one, partners.partner(session).default_locale)
    audit.record(session, actor, action, "promotion", one.id, label, **facts)


def _today(session: Session) -> date:
    return clock.today(partners.partner(session).timezone)
