"""The visitor's basket as pages show it: lines with their periods, the sum and the tax in it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.money import TaxRow, tax_row
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.quoted import CodeResult, QuotedLine
from webapp.reseller.orders import carts, product_cart
from webapp.reseller.orders.carts import PriceChange
from webapp.reseller.orders.models import Cart, CartItem
from webapp.reseller.orders.pricing import priced_cart
from webapp.surfaces.shared.current import cart_token, database, site
from webapp.surfaces.shared.forms import said

from .buyer import account_id


@dataclass(frozen=True)
class Line:
    """One thing in the basket. `periods`: (years, price for all of them) to choose from; `then`: a year afterwards;
    `pays`: `amount` without what a code takes off.

    `unicode` is what stands first: the name, or the product; `what` is what is done, or what the product is for.
    `domain`: whether it is a name of some ending.
    """

    id: int
    name: str
    unicode: str
    what: str
    domain: bool
    years: int
    amount: int
    then: int | None
    periods: tuple[tuple[int, int], ...]
    pays: int
    #: Of a promotion: the price before, and the lowest one of the 30 days before it began.
    was: int | None = None
    lowest: int | None = None


@dataclass(frozen=True)
class Basket:
    """`total` is what an order confirms: the lines without what the code takes off; `tax` splits it; `pays` is what is
    asked for. `code_refused` says why a code that is on the basket takes nothing off."""

    lines: tuple[Line, ...]
    revision: int
    total: int
    currency: str
    tax: TaxRow
    tax_mode: str
    changes: tuple[PriceChange, ...] = ()
    code: str = ""
    code_off: int = 0
    code_refused: str = ""
    #: The buyer accounts for the tax (see taxed.py).
    reverse_charge: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names in it, in ASCII."""
        return frozenset(line.name for line in self.lines if line.domain)

    @property
    def only_names(self) -> bool:
        """Whether nothing but names is in it."""
        return all(line.domain for line in self.lines)

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
    products_by_hand = product_cart.names_of(session, products, current_locale(), shop.locale)
    quotation = priced_cart(session, cart, account)
    lines = tuple(
        _line(item, prices.get(item.product_id, {}), products_by_hand, quotation.lines.get(item.id))
        for item in cart.items
    )
    return _basket(lines, cart, tuple(carts.changes(cart, quotation)), quotation.code_result)


def now() -> Basket:
    """The same in a session of its own; without a cart nobody is asked."""
    if not cart_token():
        return _basket((), None)
    with database().reading() as session:
        return load(session)


def _line(
    item: CartItem, prices: dict[str, dict[int, int]], products: dict[int, str], quoted: QuotedLine | None
) -> Line:
    periods = prices.get("register", {}) | {item.years: item.amount}
    then = prices.get("renew", {}).get(1)
    shown, what, domain = item.name_unicode, _("Registration"), True
    if (product := products.get(item.product_id)) is not None:
        shown, what, domain = product, _("for %(name)s", name=shown) if shown else "", False
    pays = quoted.amount if quoted is not None else item.amount
    priced = (item.years, item.amount, then, tuple(sorted(periods.items())), pays)
    lowest = quoted.lowest_30 if quoted is not None and item.list_amount is not None else None
    return Line(item.id, item.name, shown, what, domain, *priced, item.list_amount, lowest)


def _basket(
    lines: tuple[Line, ...],
    cart: Cart | None,
    changes: tuple[PriceChange, ...] = (),
    code: CodeResult | None = None,
) -> Basket:
    shop, off = site(), code.discount if code is not None else 0
    total = sum(line.amount for line in lines) - off
    tax = tax_row(shop.tax_rate_bp, total, gross=shop.tax_mode == "gross")
    word, refused = (code.code, said(code.reason) if code.reason else "") if code is not None else ("", "")
    revision = cart.revision if cart else 0
    return Basket(lines, revision, total, shop.currency, tax, shop.tax_mode, changes, word, off, refused)
