"""Why a price is what it is: the steps from the cost to what a subscriber saw on a day.

A price by a rule keeps of what it was made (`Price.made_of`), so that the steps of a past day are those of that day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from . import costs, price_groups, queries
from .amounts import WORST_FIRST, of_group, valid
from .models import Price, PriceGroup, Product


@dataclass(frozen=True)
class Question:
    """What is asked: one operation for one period (years, or days with years 0), for whom, on which day."""

    product_id: int
    operation: str
    years: int
    days: int
    account_id: int | None
    on: date


class Sum(NamedTuple):
    """An amount among the values of a sentence: the surface writes it as money."""

    minor: int
    currency: str


@dataclass(frozen=True)
class Step:
    """One step. `text` is a msgid whose placeholders `params` fill: texts, days and `Sum`s; `amount` is what there is
    after the step, minor units of the partner's currency; None: nothing is for sale.

    `kind`: wholesale | common | rate | markup | tax | rounding | own | group | none.
    """

    kind: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    amount: int | None = None


def explain(session: Session, asked: Question) -> tuple[Step, ...]:
    """The steps in their order; the last one has the price of the list. Raises NotFound for an unknown product."""
    product = queries.product(session, asked.product_id)
    if product is None:
        raise NotFound
    partner = partners.partner(session)
    group = None if asked.account_id is None else price_groups.group_on(session, asked.account_id, asked.on)
    rows = _rows(session, partner, asked, group)
    steps = [step for row in rows for step in _of_row(row, partner.currency, group)]
    if not any(row.source == "rule" for row in rows):
        steps = [*_cost_today(session, partner, product, asked), *steps]
    if not rows:
        steps.append(Step("none", N_("There is no price for it, so it is not for sale.")))
    return tuple(steps)


def _rows(session: Session, partner: Partner, asked: Question, group: PriceGroup | None) -> Sequence[Price]:
    """Of each sort (common or the group's, by rule or by hand) the price that held, the weakest first."""
    key = (Price.operation == asked.operation, Price.years == asked.years, Price.days == asked.days)
    where = (Price.product_id == asked.product_id, Price.currency == partner.currency, *key)
    audience = of_group(group.id if group else None)
    found = session.scalars(select(Price).where(*where, *valid(asked.on), audience).order_by(*WORST_FIRST))
    return list({(row.group_id, row.source): row for row in found}.values())


def _of_row(row: Price, currency: str, group: PriceGroup | None) -> Iterator[Step]:
    if row.group_id is not None and group is not None:
        yield Step("group", N_("The subscriber is in the group “%(name)s”."), {"name": group.name})
    if row.source == "own":
        yield _by_hand(row)
    else:
        yield from _by_rule(row, row.made_of, currency)


def _by_hand(row: Price) -> Step:
    if row.amount is None:
        return Step("own", N_("Taken off sale by hand on %(day)s."), {"day": row.valid_from})
    return Step("own", N_("A price set by hand counts since %(day)s, whatever a rule makes."), {"day": row.valid_from},
                row.amount)  # fmt: skip


def _by_rule(row: Price, made: Mapping[str, Any], currency: str) -> Iterator[Step]:
    yield from _base(row, made, currency)
    base = int(made.get("base_amount", made.get("common", 0)))
    before, tax_bp = Decimal(made["before"]), int(made["tax_bp"])
    net = before * 10_000 / (10_000 + tax_bp)
    if made["percent_bp"] or made["amount"]:
        yield Step("markup", *_added(made, base, currency), _rounded(net))
    if tax_bp:
        text = N_("Prices include the tax of %(percent)s %%.")
        yield Step("tax", text, {"percent": f"{Decimal(tax_bp) / 100:f}"}, _rounded(before))
    yield Step("rounding", _ROUNDING[int(made["ending"])], {}, row.amount)


def _added(made: Mapping[str, Any], base: int, currency: str) -> tuple[str, dict[str, Any]]:
    """The sentence of what a rule adds (or takes off) and its values."""
    percent_bp, amount = int(made["percent_bp"]), int(made["amount"])
    said = {
        "percent": f"{Decimal(abs(percent_bp)) / 100:f}",
        "amount": Sum(amount, currency),
        "from": Sum(base, currency),
    }
    if not percent_bp:
        return N_("The rule adds %(amount)s for a year to %(from)s."), {name: said[name] for name in ("amount", "from")}
    if amount:
        text = (N_("The rule takes %(percent)s %% off %(from)s and adds %(amount)s for a year.") if percent_bp < 0
                else N_("The rule adds %(percent)s %% to %(from)s, and %(amount)s for a year."))  # fmt: skip
        return text, said
    text = (N_("The rule takes %(percent)s %% off %(from)s.") if percent_bp < 0
            else N_("The rule adds %(percent)s %% to %(from)s."))  # fmt: skip
    return text, {name: said[name] for name in ("percent", "from")}


_ROUNDING = {
    -1: N_("Rounded up to the smallest unit."),
    0: N_("Rounded up to a whole amount."),
    90: N_("Rounded up to an amount that ends in 90."),
    99: N_("Rounded up to an amount that ends in 99."),
}


def _base(row: Price, made: Mapping[str, Any], currency: str) -> Iterator[Step]:
    if made["base"] == "common":
        yield Step("common", N_("The group's prices are made from the common ones."), {}, int(made["common"]))
        return
    own = made["currency"] == currency
    cost = {"cost": Sum(int(made["cost"]), made["currency"]), "day": row.valid_from}
    yield Step("wholesale", N_("It cost %(cost)s without tax when the price was made on %(day)s."), cost,
               int(made["base_amount"]) if own else None)  # fmt: skip
    if not own:
        rate = {"rate": made["rate"], "day": date.fromisoformat(made["rate_day"]), "table": made["table"]}
        text = N_("Converted at %(rate)s by the table of %(bank)s of %(day)s. %(table)s")
        yield Step("rate", text, {**rate, "bank": made["rate_source"].upper()}, int(made["base_amount"]))


def _cost_today(session: Session, partner: Partner, product: Product, asked: Question) -> Iterator[Step]:
    """No rule made the price, so what it costs is only told."""
    if product.tld_id is None:
        return
    period = {"years": asked.years, "days": asked.days}
    cost = costs.cost_of(session, partner, product.tld_id, asked.operation, asked.on, **period)
    if cost is not None:
        text = N_("It costs %(cost)s without tax on that day.")
        yield Step("wholesale", text, {"cost": Sum(cost.original, cost.currency)}, cost.amount)


def _rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
