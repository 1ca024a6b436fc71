"""Changing what is for sale and for how much. Every change makes cached pages of the shop out of date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, gettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

from . import facts, queries
from .models import Price, PriceGroup, Product, Tld, TldGroup, TldGroupMember, WholesalePrice

#: Day from which the prices of `tlds.csv` hold: before the first shop.
BEGINNING = date(2026, 1, 1)
#: Ten million in a currency with two decimals: whoever types more has slipped.
LARGEST_AMOUNT = 1_000_000_000
#: More endings than this is not a proposal any more, and every search asks for all of them.
LARGEST_GROUP = 60


def ensure_tlds(session: Session, registry_key: str = "sandbox") -> int:
    """Make sure that every ending of `tlds.csv` exists with its wholesale prices; returns how many were new.

    What is there already is left as the operator has it.
    """
    known = set(session.scalars(select(Tld.name)))
    fresh = [entry for entry in facts.tld_facts() if entry.name not in known]
    for entry in fresh:
        _add_tld(session, entry, registry_key)
    session.flush()
    return len(fresh)


def _add_tld(session: Session, entry: facts.TldFacts, registry_key: str) -> None:
    tld = Tld(
        name=entry.name,
        registry_key=registry_key,
        kind=entry.kind,
        min_years=1,
        max_years=entry.max_years,
        grace_days=entry.grace_days,
        redemption_days=entry.redemption_days,
    )
    session.add(tld)
    session.flush()
    for currency in facts.CURRENCIES:
        amounts = {operation: entry.amounts[operation, currency] for operation in facts.OPERATIONS}
        session.add_all(
            WholesalePrice(
                tld_id=tld.id, operation=operation, years=years, currency=currency, amount=amount, valid_from=BEGINNING
            )
            for operation, years, amount in facts.periods(entry.max_years, amounts)
        )


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
    amount: int,
    currency: str,
    valid_from: date,
    group_id: int | None = None,
) -> Price:
    """Set a retail price from a day on (H-41); the same key and day again corrects the amount.

    Raises Refusal (in_past, years, amount, operation) or NotFound.
    """
    product = _own_product(session, product_id)
    _check_price(session, product, operation, years, amount, valid_from)
    if group_id is not None and session.scalar(select(PriceGroup.id).where(PriceGroup.id == group_id)) is None:
        raise NotFound
    key = _key(product_id, operation, years, currency, group_id)
    row = session.scalar(select(Price).where(*key, Price.valid_from == valid_from))
    before = row.amount if row else queries.price(session, product_id, operation, years, currency, valid_from)
    if row is None:
        row = Price(
            product_id=product_id,
            operation=operation,
            years=years,
            currency=currency,
            group_id=group_id,
            valid_from=valid_from,
        )
        session.add(row)
    row.amount, row.valid_to = amount, None
    session.flush()
    audit.record(
        session, actor, "price.set", "product", product.id, product.code,
        operation=operation, years=years, currency=currency, amount=amount, before=before,
        valid_from=valid_from.isoformat(), group_id=group_id,
    )  # fmt: skip
    bump_content(session)
    return row


def _key(product_id: int, operation: str, years: int, currency: str, group_id: int | None) -> tuple[Any, ...]:
    return (
        Price.product_id == product_id,
        Price.operation == operation,
        Price.years == years,
        Price.currency == currency,
        Price.group_id == group_id,
    )


def _check_price(session: Session, product: Product, operation: str, years: int, amount: int, valid_from: date) -> None:
    if operation not in facts.OPERATIONS:
        raise Refusal("operation", N_("There is no such operation."), field="operation")
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise Refusal("amount", N_("The price must be between 0 and 10,000,000."), field="amount")
    tld = queries.tld(session, product.tld_id) if product.tld_id else None
    shortest, longest = (tld.min_years, tld.max_years) if tld else (1, 10)
    if not shortest <= years <= longest:
        message = N_("This ending can be ordered for %(shortest)s to %(longest)s years.")
        raise Refusal("years", message, field="years", shortest=shortest, longest=longest)
    if valid_from < _today(session):
        raise Refusal("in_past", N_("A price can start today at the earliest."), field="valid_from")


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
) -> None:
    """The operation has no price after `last_day`: every open row ends, so that no older price comes back."""
    product = _own_product(session, product_id)
    if last_day < _today(session) - timedelta(days=1):
        raise Refusal("in_past", N_("A price can end yesterday at the earliest."), field="valid_to")
    key = _key(product_id, operation, years, currency, group_id)
    session.execute(delete(Price).where(*key, Price.valid_from > last_day))
    open_rows = or_(Price.valid_to.is_(None), Price.valid_to > last_day)
    for row in session.scalars(select(Price).where(*key, open_rows)):
        row.valid_to = last_day
    session.flush()
    audit.record(
        session, actor, "price.ended", "product", product.id, product.code,
        operation=operation, years=years, currency=currency, last_day=last_day.isoformat(), group_id=group_id,
    )  # fmt: skip
    bump_content(session)


def add_product(session: Session, actor: audit.Actor, tld_id: int) -> Product:
    """Begin to sell an ending; without prices it does not show yet. Already sold: the same product."""
    tld = queries.tld(session, tld_id)
    if tld is None:
        raise NotFound
    known = queries.product_for_tld(session, tld.name)
    if known is not None:
        return known
    product = Product(kind="domain", code=tld.name, tld_id=tld.id, on_sale=True)
    session.add(product)
    session.flush()
    audit.record(session, actor, "product.added", "product", product.id, product.code)
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
