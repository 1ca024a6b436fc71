"""Rules that make prices: a mark-up over what something costs, or a reduction of the common prices for a price group.

Which rule holds for what on a day, what it makes of an amount, and how a partner changes it. The prices themselves
are written by `recompute`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners

from . import facts
from .models import PriceGroup, PriceRule

KINDS = ("domain", "hosting", "certificate", "other")
WHOLESALE, COMMON = BASES = ("wholesale", "common")
ENDINGS = (-1, 0, 90, 99)
#: What of a rule makes the price.
NUMBERS = ("base", "percent_bp", "amount", "ending")
#: Ten times the cost: whoever types more has slipped.
MOST_BP = 90_000


@dataclass(frozen=True)
class RuleDraft:
    """What a rule says; see `PriceRule` for the units. `operation` "": every one that has no rule of its own."""

    base: str = WHOLESALE
    percent_bp: int = 0
    amount: int = 0  # of a year
    ending: int = -1
    operation: str = ""


@dataclass(frozen=True)
class Made:
    """What a rule made of an amount: the price, and the exact value before it was rounded."""

    amount: int
    before: Decimal


def made(rule: PriceRule | RuleDraft, base: int, tax_bp: int, *, years: int = 0, days: int = 0) -> Made | None:
    """The price for a period that costs `base` minor units; `tax_bp` is the tax to include.

    What costs nothing stays free unless the rule adds an amount. None for a price beyond every reason.
    """
    yearly = Decimal(rule.amount) * (years or Decimal(days) / 365)
    exact = Decimal(base) * (10_000 + rule.percent_bp) / 10_000 + yearly
    exact = max(exact, Decimal(0)) * (10_000 + tax_bp) / 10_000
    amount = rounded_up(exact, rule.ending) if exact else 0
    return Made(amount, exact) if amount <= facts.LARGEST_AMOUNT else None


def rounded_up(exact: Decimal, ending: int) -> int:
    """Minor units that are not less and end in these two digits; -1: the next whole minor unit."""
    if ending < 0:
        return int(exact.to_integral_value(ROUND_CEILING))
    units = int(((exact - ending) / 100).to_integral_value(ROUND_CEILING))
    return max(units, 0) * 100 + ending


@dataclass(frozen=True)
class RuleBook:
    """The rules of a partner that hold on a day."""

    rules: tuple[PriceRule, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of products that have a rule."""
        return frozenset(rule.kind for rule in self.rules)

    def mine(self, kind: str, group_id: int | None) -> list[PriceRule]:
        """The rules of a kind for everybody or for a group: the general one, then those of single operations."""
        found = [rule for rule in self.rules if rule.kind == kind and rule.group_id == group_id]
        order = ("", *facts.PRICED)
        return sorted(found, key=lambda rule: order.index(rule.operation))

    def with_draft(self, kind: str, draft: RuleDraft, group_id: int | None) -> RuleBook:
        """The same rules with this one instead of the one of its operation; for trying out."""
        drafted = PriceRule(kind=kind, group_id=group_id, **asdict(draft), active=True)
        return RuleBook((*(rule for rule in self.rules if _key(rule) != _key(drafted)), drafted))

    def groups(self, kind: str, base: str) -> list[int | None]:
        """Whose prices of a kind are made from this base: None for the common ones, which come first."""
        found = {rule.group_id for rule in self.rules if rule.kind == kind and rule.base == base}
        return sorted(found, key=lambda group: group or 0)

    def rule(self, kind: str, operation: str, group_id: int | None, base: str) -> PriceRule | None:
        """The rule of this operation, else the general one, if it starts from this base."""
        mine = {rule.operation: rule for rule in self.rules if rule.kind == kind and rule.group_id == group_id}
        found = mine.get(operation) or mine.get("")
        return found if found and found.base == base else None


def in_force(session: Session, on: date) -> RuleBook:
    """The rules that hold on a day. One statement."""
    rows = session.scalars(
        select(PriceRule).where(PriceRule.valid_from <= on).order_by(PriceRule.valid_from, PriceRule.id)
    )
    latest = {(row.kind, row.operation, row.group_id): row for row in rows}
    return RuleBook(tuple(row for row in latest.values() if row.active))


def upcoming(session: Session, kind: str, group_id: int | None, on: date) -> Sequence[PriceRule]:
    """Rules that begin after a day, the first one first."""
    mine = (PriceRule.kind == kind, PriceRule.group_id == group_id, PriceRule.valid_from > on)
    return session.scalars(select(PriceRule).where(*mine).order_by(PriceRule.valid_from, PriceRule.id)).all()


def history(session: Session, kind: str, group_id: int | None = None) -> Sequence[PriceRule]:
    """Every rule that holds, held or will hold, the latest first."""
    mine = (PriceRule.kind == kind, PriceRule.group_id == group_id)
    return session.scalars(select(PriceRule).where(*mine).order_by(PriceRule.valid_from.desc(), PriceRule.id)).all()


def partners_with_rules(session: Session) -> list[int]:
    """Ids of partners that have ever had a rule; platform work."""
    return sorted(session.scalars(select(PriceRule.partner_id).distinct()))


def set_rule(
    session: Session,
    actor: audit.Actor,
    kind: str,
    draft: RuleDraft,
    group_id: int | None = None,
    valid_from: date | None = None,
) -> PriceRule:
    """Make this the rule from a day on (today); the same day again corrects it. Prices follow with `recompute`.

    Raises Refusal (kind, operation, base, percent, amount, ending, in_past) or NotFound.
    """
    start = checked(session, kind, draft, group_id, valid_from)
    values: dict[str, Any] = {
        "base": draft.base,
        "percent_bp": draft.percent_bp,
        "amount": draft.amount,
        "ending": draft.ending,
    }
    row = _put(session, (kind, draft.operation, group_id, start), **values, active=True)
    facts_of_log: dict[str, Any] = {"operation": draft.operation, "group_id": group_id, "valid_from": start.isoformat()}
    audit.record(session, actor, "price_rule.set", "price_rule", row.id, kind, **facts_of_log, **values)
    return row


def drop_rule(
    session: Session, actor: audit.Actor, kind: str, operation: str = "", group_id: int | None = None
) -> None:
    """No such rule from today on; what it made ends with `recompute`. Raises NotFound when there is none."""
    today = _today(session)
    found = next((r for r in in_force(session, today).rules if _key(r) == (kind, operation, group_id)), None)
    if found is None:
        raise NotFound
    values = {name: getattr(found, name) for name in NUMBERS}
    row = _put(session, (kind, operation, group_id, today), **values, active=False)
    audit.record(session, actor, "price_rule.dropped", "price_rule", row.id, kind, operation=operation)


def _key(rule: PriceRule) -> tuple[str, str, int | None]:
    return rule.kind, rule.operation, rule.group_id


def _put(session: Session, key: tuple[str, str, int | None, date], **values: Any) -> PriceRule:
    names = dict(zip(("kind", "operation", "group_id", "valid_from"), key, strict=True))
    row = session.scalar(select(PriceRule).where(*(getattr(PriceRule, name) == value for name, value in names.items())))
    if row is None:
        row = PriceRule(**names)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return row


def checked(session: Session, kind: str, draft: RuleDraft, group_id: int | None, valid_from: date | None) -> date:
    """From when such a rule would hold. Raises as `set_rule` does."""
    today = _today(session)
    start = valid_from or today
    if kind not in KINDS:
        raise Refusal("kind", N_("There is no such kind of service."), "kind")
    if draft.operation and draft.operation not in facts.PRICED:
        raise Refusal("operation", N_("There is no such operation."), "operation")
    if start < today:
        raise Refusal("in_past", N_("A rule can start today at the earliest."), "valid_from")
    _check_numbers(draft)
    _check_base(session, draft, group_id)
    return start


def _check_numbers(draft: RuleDraft) -> None:
    if not -10_000 <= draft.percent_bp <= MOST_BP:
        raise Refusal("percent", N_("The mark-up must be between -100 and 900 per cent."), "percent")
    if abs(draft.amount) > facts.LARGEST_AMOUNT:
        raise Refusal("amount", N_("The amount must be between -10,000,000 and 10,000,000."), "amount")
    if draft.ending not in ENDINGS:
        raise Refusal("ending", N_("Choose how prices end from the list."), "ending")


def _check_base(session: Session, draft: RuleDraft, group_id: int | None) -> None:
    if draft.base not in BASES or (draft.base == COMMON and group_id is None):
        raise Refusal("base", N_("Only prices of a group can be made from the common ones."), "base")
    if group_id is not None and session.scalar(select(PriceGroup.id).where(PriceGroup.id == group_id)) is None:
        raise NotFound


def _today(session: Session) -> date:
    return clock.today(partners.partner(session).timezone)
