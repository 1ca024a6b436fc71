"""Products that have no ending: hosting plans, certificates and whatever else a partner sells by hand (H-43).

Words stand by locale: {"pl": "Start"}; features are lists of {"label", "value"} by locale.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit, validate
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

from . import facts, operations, recompute
from .amounts import Amounts, prices_of
from .models import Product
from .shown import Shown, reduced

#: What a person of the partner provides, and the module (offered service) that it belongs to; endings are "domain".
MODULES = {"hosting": "hosting", "certificate": "certificates", "other": "other"}
KINDS = tuple(MODULES)
#: What has a price, and for how many years at most.
OPERATIONS, LONGEST = ("register", "renew"), 10
LONGEST_NAME, LONGEST_SUMMARY, MOST_FEATURES, LONGEST_DUE = 80, 300, 12, 60
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class ProductDraft:
    """What a product is, as a form gives it. `cost`: net minor units a year, None: not known."""

    kind: str
    code: str
    names: Mapping[str, str]
    summaries: Mapping[str, str] = field(default_factory=dict)
    features: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    cost: int | None = None
    due_days: int = 2
    on_sale: bool = True
    position: int = 0


@dataclass(frozen=True)
class PlanOffer:
    """A product with its prices: years -> minor units in the partner's tax mode.

    `was`, `lowest`: as `queries.Offer` has them, for the periods that a promotion for everybody reduces.
    """

    product: Product
    register: Amounts
    renew: Amounts
    was: Amounts = field(default_factory=dict)
    lowest: Amounts = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The shortest period for which it can be ordered."""
        return min(self.register)


# --- words ---------------------------------------------------------------------------------------------------


def in_words(words: Mapping[str, Any], *locales: str) -> Any:
    """What is written in the first of the languages that has it, else in any; "" when there is nothing."""
    wanted: Sequence[str] = (*locales, *words)
    return next((words[locale] for locale in wanted if words.get(locale)), "")


def name_in(product: Product, *locales: str) -> str:
    """The product's name for a reader; its code when nobody gave it a name."""
    return str(in_words(product.names, *locales) or product.code)


def features_in(product: Product, *locales: str) -> tuple[str, ...]:
    """What is in it, for a reader: "Space: 10 GB", "A copy every night"."""
    rows = in_words(product.features, *locales)
    known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(": ".join(filter(None, (row.get("label"), row.get("value")))) for row in known)


# --- reads ---------------------------------------------------------------------------------------------------


def plans_on_sale(
    session: Session, kinds: Collection[str], currency: str, on: date, account_id: int | None = None
) -> list[PlanOffer]:
    """What can be ordered of these kinds, by kind and in the partner's order, at what it costs with the promotions for
    everybody. Three statements."""
    return _offers(session, _products().where(Product.kind.in_(kinds), Product.on_sale), currency, on, account_id)


def plan(session: Session, code: str, currency: str, on: date, account_id: int | None = None) -> PlanOffer | None:
    """One product that can be ordered, by its code."""
    wanted = _products().where(Product.code == code, Product.on_sale)
    return next(iter(_offers(session, wanted, currency, on, account_id)), None)


def _products() -> Select[Product]:
    return select(Product).where(Product.kind.in_(KINDS)).order_by(Product.kind, Product.position, Product.id)


def _offers(
    session: Session, wanted: Select[Product], currency: str, on: date, account_id: int | None
) -> list[PlanOffer]:
    found = session.scalars(wanted).all()
    kinds = {product.id: product.kind for product in found}
    prices = prices_of(session, list(kinds), currency, on, account_id)
    shown = reduced(session, prices, currency, on, account_id, kinds)
    made = (_offer(product, prices.get(product.id, {}), shown.get(product.id)) for product in found)
    return [offer for offer in made if offer.register]


def _offer(product: Product, prices: Mapping[str, Amounts], shown: Shown | None = None) -> PlanOffer:
    register, renew = prices.get("register", {}), prices.get("renew", {})
    if shown is None:
        return PlanOffer(product, register, renew)
    return PlanOffer(product, shown.register, renew, shown.was, shown.lowest)


def all_plans(session: Session, currency: str, on: date) -> list[PlanOffer]:
    """Every product by hand with its common prices, on sale or not, without promotions. Two statements."""
    found = session.scalars(_products()).all()
    prices = prices_of(session, [product.id for product in found], currency, on, None)
    return [_offer(product, prices.get(product.id, {})) for product in found]


def by_id(session: Session, ids: Sequence[int]) -> dict[int, Product]:
    """Products by their ids, in one statement; none for none."""
    return {row.id: row for row in session.scalars(select(Product).where(Product.id.in_(ids)))} if ids else {}


def product(session: Session, product_id: int) -> Product:
    """One of them. Raises NotFound."""
    found = session.scalar(_products().where(Product.id == product_id))
    if found is None:
        raise NotFound
    return found


# --- writes --------------------------------------------------------------------------------------------------


def create(session: Session, actor: audit.Actor, draft: ProductDraft) -> Product:
    """Begin to sell something, at the prices that the partner's rules make of its cost; without a price it does not
    show yet. Raises Refusal at the field that is wrong."""
    if draft.kind not in KINDS:
        raise Refusal("kind", N_("Choose what it is."), "kind")
    recompute.locked(session)  # whoever takes the same code at this moment hears that it is taken
    made = Product(kind=draft.kind, code=_code(session, draft.code), **_values(session, draft))
    session.add(made)
    session.flush()
    audit.record(session, actor, "product.added", "product", made.id, made.code)
    recompute.recompute(session, actor, [made.id])
    bump_content(session)
    return made


def change(session: Session, actor: audit.Actor, product_id: int, draft: ProductDraft) -> Product:
    """Say it in other words. Kind and code stay: they stand in addresses and on papers."""
    found, values = product(session, product_id), _values(session, draft)
    changed = sorted(name for name, value in values.items() if getattr(found, name) != value)
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        session.flush()
        audit.record(session, actor, "product.changed", "product", found.id, found.code, fields=changed)
        if "cost" in changed:
            recompute.recompute(session, actor, [found.id])
        bump_content(session)
    return found


def _code(session: Session, typed: str) -> str:
    code = typed.strip().lower()
    if not _CODE.fullmatch(code) or len(code) > 40:
        raise Refusal("code", N_("Use small letters, digits and hyphens, like hosting-start."), "code")
    if session.scalar(select(Product.id).where(Product.code == code).limit(1)) is not None:
        raise Refusal("code", N_("You have a product with this code already."), "code")
    return code


def _values(session: Session, draft: ProductDraft) -> dict[str, Any]:
    if draft.cost is not None and not 0 <= draft.cost <= facts.LARGEST_AMOUNT:
        raise Refusal("cost", N_("The cost must be between 0 and 10,000,000."), "cost")
    if not 0 <= draft.due_days <= LONGEST_DUE:
        raise Refusal("due_days", N_("Give it between 0 and %(most)s working days."), "due_days", most=LONGEST_DUE)
    names = _texts(draft.names, "names", LONGEST_NAME)
    if not names.get(partners.partner(session).default_locale):
        raise Refusal("names", N_("Give it a name in the first language of your shop."), "names")
    return {
        "names": names,
        "summaries": _texts(draft.summaries, "summaries", LONGEST_SUMMARY),
        "features": {locale: _features(rows) for locale, rows in draft.features.items() if rows},
        "cost": draft.cost,
        "due_days": draft.due_days,
        "on_sale": draft.on_sale,
        "position": max(0, min(draft.position, 10_000)),
    }


def _texts(texts: Mapping[str, str], name: str, longest: int) -> dict[str, str]:
    cleaned = {at: validate.line(text, name, required=False, longest=longest) for at, text in texts.items()}
    return {locale: text for locale, text in cleaned.items() if text}


def _features(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(rows) > MOST_FEATURES:
        raise Refusal("features", N_("Name at most %(most)s things in it."), "features", most=MOST_FEATURES)
    one_line = validate.line
    made = [
        {name: one_line(row.get(name, ""), "features", required=False, longest=80) for name in ("label", "value")}
        for row in rows
    ]
    return [row for row in made if row["label"]]


def set_prices(
    session: Session, actor: audit.Actor, product_id: int, wanted: Mapping[tuple[str, int], int | None]
) -> int:
    """(operation, years) -> amount from today on, None: not for so long; returns how many are others than before."""
    partner = partners.partner(session)
    today, found = clock.today(partner.timezone), product(session, product_id)
    now = prices_of(session, [found.id], partner.currency, today, None).get(found.id, {})
    changed = {key: amount for key, amount in wanted.items() if now.get(key[0], {}).get(key[1]) != amount}
    for (operation, years), amount in sorted(changed.items()):
        where = (found.id, operation, years)
        operations.set_price(session, actor, *where, amount, partner.currency, today)
    return len(changed)
