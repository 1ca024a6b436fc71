"""The visitor's basket as pages show it: lines with their periods, the sum and the tax in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.money import TaxRow, tax_row
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.orders import carts
from webapp.reseller.orders.carts import PriceChange
from webapp.reseller.orders.models import Cart, CartItem
from webapp.surfaces.shared.current import cart_token, database, site

from .buyer import account_id


@dataclass(frozen=True)
class Line:
    """One name in the basket. `periods`: (years, price for all of them) to choose from; `then`: a year afterwards."""

    id: int
    name: str
    unicode: str
    years: int
    amount: int
    then: int | None
    periods: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Basket:
    """`total` is the sum of the lines as an order confirms it; `tax` splits it; `pays` is what will be asked for."""

    lines: tuple[Line, ...]
    revision: int
    total: int
    currency: str
    tax: TaxRow
    tax_mode: str
    changes: tuple[PriceChange, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names in it, in ASCII."""
        return frozenset(line.name for line in self.lines)

    @property
    def pays(self) -> int:
        """With tax."""
        return self.tax.gross

    @property
    def rate(self) -> Decimal:
        """The tax rate as a fraction."""
        return Decimal(self.tax.rate_bp) / 10_000


def load(session: Session) -> Basket:
    """The basket of the visitor at hand, and which of its prices have changed since."""
    cart, account = carts.cart_for(session, cart_token()), account_id()
    if cart is None or not cart.items:
        return _basket((), cart)
    shop = site()
    products = [item.product_id for item in cart.items]
    prices = catalog.prices_on_sale(session, products, shop.currency, clock.today(shop.timezone), account)
    lines = tuple(_line(item, prices.get(item.product_id, {})) for item in cart.items)
    return _basket(lines, cart, tuple(carts.price_changes(session, cart, account)))


def now() -> Basket:
    """The same in a session of its own; without a cart nobody is asked."""
    if not cart_token():
        return _basket((), None)
    with database().reading() as session:
        return load(session)


def _line(item: CartItem, prices: dict[str, dict[int, int]]) -> Line:
    periods = prices.get("register", {}) | {item.years: item.amount}
    then = prices.get("renew", {}).get(1)
    return Line(item.id, item.name, item.name_unicode, item.years, item.amount, then, tuple(sorted(periods.items())))


def _basket(lines: tuple[Line, ...], cart: Cart | None, changes: tuple[PriceChange, ...] = ()) -> Basket:
    shop = site()
    total = sum(line.amount for line in lines)
    tax = tax_row(shop.tax_rate_bp, total, gross=shop.tax_mode == "gross")
    return Basket(lines, cart.revision if cart else 0, total, shop.currency, tax, shop.tax_mode, changes)
