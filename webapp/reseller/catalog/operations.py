"""Changing what is for sale and for how much. Every change makes cached pages of the shop out of date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_, gettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

from . import facts, queries, recompute
from .models import Price, PriceGroup, Product, Tld, TldGroup, TldGroupMember, WholesalePrice

#: Day from which the prices of `tlds.csv` hold: before the first shop.
BEGINNING = date(2026, 1, 1)
#: More endings than this is not a proposal any more, and every search asks for all of them.
LARGEST_GROUP = 60


def ensure_tlds(session: Session, registry_key: str = "sandbox") -> int:
    """Make sure that every ending of `tlds.csv` exists with its wholesale prices; returns how many were new.

    What is there already is left as the operator has it; where nothing was known of an ending, the facts are added.
    """
    known = {tld.name: tld for tld in session.scalars(select(Tld))}
    for entry in facts.tld_facts():
        if entry.name in known and not known[entry.name].facts:
            known[entry.name].facts = entry.known
    fresh = [entry for entry in facts.tld_facts() if entry.name not in known]
    added = [_tld(entry, registry_key) for entry in fresh]
    session.add_all(added)
    session.flush()
    db.insert_shared(session, WholesalePrice, [row for made in zip(added, fresh, strict=True) for row in _costs(*made)])
    return len(fresh)


def _tld(entry: facts.TldFacts, registry_key: str) -> Tld:
    return Tld(
        name=entry.name,
        registry_key=registry_key,
        kind=entry.kind,
        min_years=entry.min_years,
        max_years=entry.max_years,
        grace_days=entry.grace_days,
        redemption_days=entry.redemption_days,
        facts=entry.known,
    )


def _costs(tld: Tld, entry: facts.TldFacts) -> Iterator[dict[str, Any]]:
    for currency in facts.CURRENCIES:
        amounts = {operation: entry.amounts[operation, currency] for operation in facts.OPERATIONS}
        for operation, years, amount in facts.periods(entry.max_years, amounts):
            what = {"tld_id": tld.id, "operation": operation, "years": years, "days": 0}
            yield {**what, "currency": currency, "amount": amount, "valid_from": BEGINNING}


def _own_product(session: Session, product_id: int) -> Product:
    found = queries.product(session, product_id)
    if found is None:
        raise NotFound
    return found


def set_price(
    session: Session,
    actor: audit.Actor,
    product_id: int,
    operation: str,
    years: int,
    amount: int | None,
    currency: str,
    valid_from: date,
    group_id: int | None = None,
    days: int = 0,
) -> Price:
    """Set a retail price by hand from a day on (H-41); the same key and day again corrects the amount.

    An amount of None: not for sale for so long, whatever a rule says. A period in days has years 0.
    Raises Refusal (in_past, years, days, amount, operation) or NotFound.
    """
    product = _own_product(session, product_id)
    _check_price(session, product, (operation, years, days), amount, valid_from)
    if group_id is not None and session.scalar(select(PriceGroup.id).where(PriceGroup.id == group_id)) is None:
        raise NotFound
    key = PriceKey(product_id, operation, years, days, currency, group_id)
    before = queries.price(session, product_id, operation, years, currency, valid_from, days=days)
    row = put_own(session, key, amount, valid_from)
    deed = "price.withheld" if amount is None else "price.set"
    _record_price(session, actor, deed, product, key, amount=amount, before=before, day=valid_from)
    _changed(session, key)
    return row


@dataclass(frozen=True)
class PriceKey:
    """What a price is for. `group_id` None: the common price."""

    product_id: int
    operation: str
    years: int
    days: int
    currency: str
    group_id: int | None = None

    def where(self) -> tuple[ColumnElement[bool], ...]:
        """The rows of this key, whoever made them."""
        return tuple(getattr(Price, name) == value for name, value in asdict(self).items())


def put_own(session: Session, key: PriceKey, amount: int | None, valid_from: date) -> Price:
    """Write the row of a price that was checked before; without a word in the log."""
    same_day = (*key.where(), Price.source == "own", Price.valid_from == valid_from)
    # Two at the same moment may have written two of them: the one that counts is the later.
    row = session.scalar(select(Price).where(*same_day).order_by(Price.id.desc()).limit(1))
    if row is None:
        row = Price(**asdict(key), source="own", valid_from=valid_from)
        session.add(row)
    row.amount, row.valid_to = amount, None
    session.flush()
    return row


def _record_price(
    session: Session, actor: audit.Actor, action: str, product: Product, key: PriceKey, *, day: date, **more: Any
) -> None:
    what = {name: value for name, value in asdict(key).items() if name != "product_id"}
    what["last_day" if action in ("price.ended", "price.cleared") else "valid_from"] = day.isoformat()
    audit.record(session, actor, action, "product", product.id, product.code, **what, **more)


def _changed(session: Session, key: PriceKey) -> None:
    if key.group_id is None:
        recompute.follow(session, [key.product_id])
    bump_content(session)


def _check_price(
    session: Session, product: Product, period: tuple[str, int, int], amount: int | None, valid_from: date
) -> None:
    tld = queries.tld(session, product.tld_id) if product.tld_id else None
    check_period(tld, *period)
    if amount is not None and not 0 <= amount <= facts.LARGEST_AMOUNT:
        raise Refusal("amount", N_("The price must be between 0 and 10,000,000."), field="amount")
    if valid_from < _today(session):
        raise Refusal("in_past", N_("A price can start today at the earliest."), field="valid_from")


def check_period(tld: Tld | None, operation: str, years: int, days: int) -> None:
    """Refuse what cannot be ordered at all: Refusal (operation, years, days)."""
    if operation not in facts.PRICED:
        raise Refusal("operation", N_("There is no such operation."), field="operation")
    if days:
        if years or operation != facts.RENEW or tld is None or days not in facts.day_periods(tld.facts):
            raise Refusal("days", N_("This ending cannot be renewed for so many days."), field="days")
        return
    shortest, longest = (tld.min_years, tld.max_years) if tld else (1, 10)
    if operation not in (facts.REGISTER, facts.RENEW):
        shortest = 1  # what is done once is priced as one
    if operation in facts.FURTHER:
        longest = 10  # an option runs three years whatever the ending
    if not shortest <= years <= longest:
        message = N_("This ending can be ordered for %(shortest)s to %(longest)s years.")
        raise Refusal("years", message, field="years", shortest=shortest, longest=longest)


def _today(session: Session) -> date:
    return clock.today(partners.partner(session).timezone)


def end_price(
    session: Session,
    actor: audit.Actor,
    product_id: int,
    operation: str,
    years: int,
    currency: str,
    last_day: date,
    group_id: int | None = None,
    days: int = 0,
) -> None:
    """The operation has no price after `last_day`: every open row ends, so that no older price comes back; and where
    a rule makes one, it is put out of use."""
    product, key = _own_product(session, product_id), PriceKey(product_id, operation, years, days, currency, group_id)
    _end_own(session, key, last_day)
    by_rule = (*key.where(), Price.source == "rule", Price.valid_to.is_(None))
    if session.scalar(select(Price.id).where(*by_rule).limit(1)) is not None:
        put_own(session, key, None, last_day + timedelta(days=1))
    _record_price(session, actor, "price.ended", product, key, day=last_day)
    _changed(session, key)


def clear_override(
    session: Session,
    actor: audit.Actor,
    product_id: int,
    operation: str,
    years: int,
    currency: str,
    group_id: int | None = None,
    days: int = 0,
    start: date | None = None,
) -> None:
    """Back to what the rules make (for a group without a rule: to the common price), from a day on (today).

    Raises Refusal (in_past) or NotFound."""
    product, key = _own_product(session, product_id), PriceKey(product_id, operation, years, days, currency, group_id)
    last_day = (start or _today(session)) - timedelta(days=1)
    _end_own(session, key, last_day)
    _record_price(session, actor, "price.cleared", product, key, day=last_day)
    _changed(session, key)


def _end_own(session: Session, key: PriceKey, last_day: date) -> None:
    if last_day < _today(session) - timedelta(days=1):
        raise Refusal("in_past", N_("A price can end yesterday at the earliest."), field="valid_to")
    own = (*key.where(), Price.source == "own")
    session.execute(delete(Price).where(*own, Price.valid_from > last_day))
    open_rows = or_(Price.valid_to.is_(None), Price.valid_to > last_day)
    for row in session.scalars(select(Price).where(*own, open_rows)):
        row.valid_to = last_day
    session.flush()


def add_product(session: Session, actor: audit.Actor, tld_id: int) -> Product:
    """Begin to sell an ending, at the prices that the partner's rules make; without a price it does not show yet.

    Already sold: the same product.
    """
    tld = queries.tld(session, tld_id)
    if tld is None:
        raise NotFound
    recompute.locked(session)  # two who add it at this moment get the same product
    known = queries.product_for_tld(session, tld.name)
    if known is not None:
        return known
    product = Product(kind="domain", code=tld.name, tld_id=tld.id, on_sale=True)
    session.add(product)
    session.flush()
    audit.record(session, actor, "product.added", "product", product.id, product.code)
    recompute.recompute(session, product_ids=[product.id])
    bump_content(session)
    return product


def set_on_sale(session: Session, actor: audit.Actor, product_id: int, on_sale: bool) -> Product:
    """Take an ending off the shelf or put it back; what was ordered before is untouched."""
    product = _own_product(session, product_id)
    if product.on_sale != on_sale:
        product.on_sale = on_sale
        session.flush()
        audit.record(
            session, actor, "product.on_sale" if on_sale else "product.off_sale", "product", product.id, product.code
        )
        bump_content(session)
    return product


def set_tld_group(
    session: Session,
    actor: audit.Actor,
    product_ids: Sequence[int],
    spotlight_ids: Sequence[int] = (),
    group_id: int | None = None,
) -> TldGroup:
    """Fill a TLD group (H-54), the default one unless another is named: these endings in this order, `spotlight_ids`
    under the search field.

    Raises Refusal when the list is empty, too long, repeats an ending or holds what is not the partner's; NotFound.
    """
    _check_group(session, product_ids, spotlight_ids)
    which = TldGroup.is_default if group_id is None else TldGroup.id == group_id
    group = session.scalar(select(TldGroup).where(which))
    if group is None and group_id is not None:
        raise NotFound
    if group is None:
        group = TldGroup(name=gettext("Usual endings"), is_default=True)
        session.add(group)
        session.flush()
    session.execute(delete(TldGroupMember).where(TldGroupMember.group_id == group.id))
    session.add_all(
        TldGroupMember(
            group_id=group.id, product_id=product_id, position=position, spotlight=product_id in spotlight_ids
        )
        for position, product_id in enumerate(product_ids, start=1)
    )
    session.flush()
    audit.record(session, actor, "tld_group.set", "tld_group", group.id, group.name, products=list(product_ids))
    bump_content(session)
    return group


def _check_group(session: Session, product_ids: Sequence[int], spotlight_ids: Sequence[int]) -> None:
    if not product_ids:
        raise Refusal("empty", N_("Choose at least one ending."), field="products")
    if len(product_ids) > LARGEST_GROUP:
        raise Refusal("too_many", N_("Choose at most %(most)s endings."), field="products", most=LARGEST_GROUP)
    if len(set(product_ids)) != len(product_ids):
        raise Refusal("twice", N_("An ending stands in the list twice."), field="products")
    if not set(spotlight_ids) <= set(product_ids):
        raise Refusal("spotlight", N_("Only endings of the list can be shown under the search."), field="spotlight")
    mine = session.scalar(select(func.count(Product.id)).where(Product.id.in_(product_ids), Product.kind == "domain"))
    if mine != len(product_ids):
        raise NotFound
