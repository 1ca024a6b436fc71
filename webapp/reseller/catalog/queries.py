"""What is for sale and for how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from . import promotions
from .amounts import BEST_FIRST, Amounts, audience, first_prices_of, prices_of, valid
from .models import Price, Product, Tld, TldGroup, TldGroupMember, WholesalePrice
from .shown import Shown, reduced


@dataclass(frozen=True)
class Offer:
    """One ending as the shop shows it. Prices by years, in minor units and the partner's tax mode."""

    product_id: int
    tld: str
    tld_id: int
    registry_key: str
    spotlight: bool
    min_years: int
    max_years: int
    register: Amounts
    renew: Amounts
    transfer: Amounts
    restore: Amounts
    #: Where a promotion for everybody runs: what registering costs without it, and the lowest price of the 30 days
    #: before it began (unknown where there was none); empty while none runs.
    was: Amounts = field(default_factory=dict)
    lowest: Amounts = field(default_factory=dict)


@dataclass(frozen=True)
class GroupRow:
    """A TLD group as a list shows it; `endings` and `spotlight` are in the partner's order, on sale or not."""

    id: int
    name: str
    is_default: bool
    endings: tuple[str, ...]
    spotlight: tuple[str, ...]


def groups(session: Session) -> list[GroupRow]:
    """The partner's TLD groups (H-54), the default one first, then by name. One statement."""
    columns: tuple[Any, ...] = (TldGroup.id, TldGroup.name, TldGroup.is_default, Product.code, TldGroupMember.spotlight)
    statement = (
        select(*columns)
        .select_from(TldGroup)
        .outerjoin(TldGroupMember, TldGroupMember.group_id == TldGroup.id)
        .outerjoin(Product, Product.id == TldGroupMember.product_id)
        .order_by(TldGroup.is_default.desc(), TldGroup.name, TldGroup.id, TldGroupMember.position)
    )
    by_group: dict[int, list[Row[Any]]] = {}
    for row in session.execute(statement):
        by_group.setdefault(row.id, []).append(row)
    return [_group_row(found) for found in by_group.values()]


def _group_row(rows: Sequence[Row[Any]]) -> GroupRow:
    inside = [row for row in rows if row.code is not None]
    spotlight = tuple(row.code for row in inside if row.spotlight)
    return GroupRow(rows[0].id, rows[0].name, rows[0].is_default, tuple(row.code for row in inside), spotlight)


def offers(
    session: Session, currency: str, on: date, account_id: int | None = None, group_id: int | None = None
) -> list[Offer]:
    """Endings on sale of a group in the partner's order, those that have a register price. Three statements.

    Without a group, and for one that is gone or another partner's, the default one.
    """
    members = _for_group(session, group_id)
    prices = prices_of(session, _products(members), currency, on, account_id)
    return _for_sale(members, prices, reduced(session, prices, currency, on, account_id))


def brief_offers(
    session: Session, currency: str, on: date, account_id: int | None = None, group_id: int | None = None
) -> list[Offer]:
    """The same endings with no more prices than a search shows: see `first_prices_of`."""
    members = _for_group(session, group_id)
    prices = first_prices_of(session, _products(members), currency, on, account_id)
    return _for_sale(members, prices, reduced(session, prices, currency, on, account_id))


def _for_group(session: Session, group_id: int | None) -> Sequence[Row[Any]]:
    return session.execute(_members().where(TldGroup.id == _group_or_default(group_id), Product.on_sale)).all()


def _products(rows: Iterable[Row[Any]]) -> list[int]:
    return [row.product_id for row in rows]


def offers_of_groups(
    session: Session, ids: Iterable[int], currency: str, on: date, account_id: int | None = None
) -> dict[int, list[Offer]]:
    """group id -> its offers as in `offers`. A group that is gone, foreign or has nothing to sell is left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    members: dict[int, list[Row[Any]]] = {}
    for row in session.execute(_members().where(TldGroup.id.in_(wanted), Product.on_sale)):
        members.setdefault(row.group_id, []).append(row)
    products = sorted({row.product_id for rows in members.values() for row in rows})
    prices = prices_of(session, products, currency, on, account_id)
    shown = reduced(session, prices, currency, on, account_id)
    made = {group: _for_sale(rows, prices, shown) for group, rows in members.items()}
    return {group: found for group, found in made.items() if found}


def _for_sale(
    members: Iterable[Row[Any]], prices: dict[int, dict[str, Amounts]], shown: Mapping[int, Shown]
) -> list[Offer]:
    made = (_offer(row, prices.get(row.product_id, {}), shown.get(row.product_id)) for row in members)
    return [offer for offer in made if offer.register]


def _group_or_default(group_id: int | None) -> ColumnElement[Any]:
    default = select(TldGroup.id).where(TldGroup.is_default).scalar_subquery()
    if group_id is None:
        return default
    return func.coalesce(select(TldGroup.id).where(TldGroup.id == group_id).scalar_subquery(), default)


def others_on_sale(
    session: Session, currency: str, on: date, account_id: int | None, known: Iterable[int], most: int
) -> list[Offer]:
    """At most so many endings on sale whose products are not among `known`; the default group's first, in its order.

    With brief prices (`first_prices_of`).
    """
    found = session.execute(
        all_products().where(Product.on_sale, Product.kind == "domain", Product.id.not_in(list(known))).limit(most)
    ).all()
    prices = first_prices_of(session, _products(found), currency, on, account_id)
    return _for_sale(found, prices, reduced(session, prices, currency, on, account_id))


def offer_for(session: Session, tld: str, currency: str, on: date, account_id: int | None = None) -> Offer | None:
    """The offer of one ending, whether or not it is in the group; None when it is not on sale or has no price."""
    return offers_by_ending(session, [tld], currency, on, account_id).get(tld)


def offers_by_ending(
    session: Session, tlds: Iterable[str], currency: str, on: date, account_id: int | None = None
) -> dict[str, Offer]:
    """ending -> its offer, for those of the endings that are on sale here. Three statements."""
    rows = session.execute(all_products().where(Product.on_sale, Tld.name.in_(set(tlds)))).all()
    prices = prices_of(session, _products(rows), currency, on, account_id)
    shown = reduced(session, prices, currency, on, account_id)
    return {offer.tld: offer for offer in _for_sale(rows, prices, shown)}


_COLUMNS: tuple[Any, ...] = (
    Product.id.label("product_id"),
    Product.on_sale,
    Tld.name.label("tld"),
    Tld.id.label("tld_id"),
    Tld.registry_key,
    Tld.min_years,
    Tld.max_years,
    TldGroupMember.position,
    TldGroupMember.spotlight,
)


def _members() -> Select[Any]:
    return (
        select(*_COLUMNS, TldGroupMember.group_id)
        .select_from(TldGroupMember)
        .join(TldGroup, TldGroup.id == TldGroupMember.group_id)
        .join(Product, Product.id == TldGroupMember.product_id)
        .join(Tld, Tld.id == Product.tld_id)
        .order_by(TldGroupMember.position)
    )


def all_products() -> Select[Any]:
    """Every domain product; group columns are empty for an ending outside the default group."""
    default = select(TldGroup.id).where(TldGroup.is_default).scalar_subquery()
    mine = (TldGroupMember.product_id == Product.id) & (TldGroupMember.group_id == default)
    return (
        select(*_COLUMNS)
        .select_from(Product)
        .join(Tld, Tld.id == Product.tld_id)
        .outerjoin(TldGroupMember, mine)
        .order_by(TldGroupMember.position.is_(None), TldGroupMember.position, Tld.name)
    )


def _offer(row: Row[Any], amounts: dict[str, Amounts], shown: Shown | None) -> Offer:
    return Offer(
        product_id=row.product_id,
        tld=row.tld,
        tld_id=row.tld_id,
        registry_key=row.registry_key,
        spotlight=bool(row.spotlight),
        min_years=row.min_years,
        max_years=row.max_years,
        register=shown.register if shown else amounts.get("register", {}),
        renew=amounts.get("renew", {}),
        transfer=amounts.get("transfer", {}),
        restore=amounts.get("restore", {}),
        was=shown.was if shown else {},
        lowest=shown.lowest if shown else {},
    )


def price(
    session: Session,
    product_id: int,
    operation: str,
    years: int,
    currency: str,
    on: date,
    account_id: int | None = None,
    days: int = 0,
) -> int | None:
    """The retail price of exactly this period on a day, or None; a period in days has years 0."""
    return session.scalar(
        select(Price.amount)
        .where(Price.product_id == product_id, Price.operation == operation, Price.years == years, Price.days == days)
        .where(Price.currency == currency, *valid(on), audience(account_id))
        .order_by(*BEST_FIRST)
        .limit(1)
    )


def product(session: Session, product_id: int) -> Product | None:
    """A product of the current partner."""
    return session.scalar(select(Product).where(Product.id == product_id))


def product_for_tld(session: Session, tld: str) -> Product | None:
    """The partner's product of an ending ("com.pl", A-labels), on sale or not."""
    return session.scalar(select(Product).where(Product.kind == "domain", Product.code == tld))


def tld(session: Session, tld_id: int) -> Tld | None:
    """Facts of an ending."""
    return session.get(Tld, tld_id)


def tld_by_name(session: Session, name: str) -> Tld | None:
    """Facts of an ending by its name in A-labels."""
    return session.scalar(select(Tld).where(Tld.name == name))


def tlds(session: Session) -> list[Tld]:
    """Every ending that the install knows, by name."""
    return list(session.scalars(select(Tld).order_by(Tld.name)))


def wholesale(session: Session, tld_id: int, operation: str, years: int, currency: str, on: date) -> int | None:
    """What the operator charges on a day, net, or None when nothing is agreed for this period."""
    return session.scalar(
        select(WholesalePrice.amount)
        .where(WholesalePrice.tld_id == tld_id, WholesalePrice.operation == operation)
        .where(WholesalePrice.years == years, WholesalePrice.currency == currency, WholesalePrice.valid_from <= on)
        .order_by(WholesalePrice.valid_from.desc())
        .limit(1)
    )


def wholesale_amounts(session: Session, currency: str, on: date) -> dict[tuple[int, str, int], int]:
    """(TLD id, operation, years) -> net amount, for every ending; for price tables. One statement."""
    rows = session.execute(
        select(WholesalePrice.tld_id, WholesalePrice.operation, WholesalePrice.years, WholesalePrice.amount)
        .where(WholesalePrice.currency == currency, WholesalePrice.days == 0, WholesalePrice.valid_from <= on)
        .order_by(WholesalePrice.valid_from)
    )
    return {(tld_id, operation, years): amount for tld_id, operation, years, amount in rows}


def next_price_change(session: Session, on: date) -> date | None:
    """The next day after `on` on which some price or promotion begins or has ended: cached pages live no longer."""
    begins, ends = session.execute(
        select(
            func.min(case((Price.valid_from > on, Price.valid_from))),
            func.min(case((Price.valid_to >= on, Price.valid_to))),
        )
    ).one()
    days = [day for day in (begins, ends + timedelta(days=1) if ends else None) if day]
    promoted = promotions.next_change(session, on)
    return min([*days, promoted] if promoted else days, default=None)


def prices_on_sale(
    session: Session, product_ids: Sequence[int], currency: str, on: date, account_id: int | None = None
) -> dict[int, dict[str, Amounts]]:
    """product id -> operation -> years -> amount, for those of the products that are on sale. Two statements."""
    on_sale = session.scalars(select(Product.id).where(Product.id.in_(product_ids), Product.on_sale)).all()
    return prices_of(session, on_sale, currency, on, account_id)
